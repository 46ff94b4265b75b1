"""Typed by a colleague, recognised by its author: a spoken code, five tries, and « ce n’est pas moi »."""

from datetime import timedelta

import pytest
from django.core import signing

from proxirh.accounts.models import Person
from proxirh.enquiries import notices, services
from proxirh.enquiries.models import Enquiry, Handling
from proxirh.enquiries.services.claiming import find_disowned
from proxirh.enquiries.workflow import HandlingState
from proxirh.kernel.errors import DomainError, NotAllowed, TooManyTries
from proxirh.kernel.models import DataKey
from proxirh.outbox.models import OutgoingEmail
from tests.enquiries import acts
from tests.world import NOW, World

pytestmark = pytest.mark.django_db


def typed(world: World, *, email: str = "colleague@exemple.invalid") -> Enquiry:
    """Typed by the counsellor for her colleague; the code to say is on the instance."""
    return services.submit_enquiry(
        actor=world.actor("counsellor"),
        answers=world.answers(first_name="Colleague", last_name="Unique Exemple", email=email),
        idempotency_key=world.enquiry.uid,
        channel="phone",
        on_behalf=True,
        at=NOW,
    )


def claim(world: World, enquiry: Enquiry, code: str, *, part: str = "colleague", at=NOW) -> Enquiry:
    return services.claim_enquiry(actor=world.actor(part), reference=enquiry.reference, code=code, at=at)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def seen(world: World, part: str, enquiry: Enquiry) -> bool:
    return Enquiry.objects.visible_to(world.actor(part)).filter(pk=enquiry.pk).exists()


def test_a_typed_address_sees_nothing_before_the_code(world: World) -> None:
    """Mutation: drop claim_digest from `written_by`."""
    enquiry = typed(world)
    assert not seen(world, "colleague", enquiry)
    rows = Enquiry.objects.for_system("preuve").typed_for(world.actor("colleague"))
    assert [row.pk for row in rows] == [enquiry.pk]
    claim(world, enquiry, enquiry.claim_code)
    assert seen(world, "colleague", enquiry)
    assert not rows.all().exists()


def test_the_code_gives_the_words_to_the_one_who_exists_and_forgets_the_one_who_was_typed(world: World) -> None:
    enquiry = typed(world)
    people, keys = Person.objects.count(), DataKey.objects.count()
    claim(world, enquiry, enquiry.claim_code)
    found = world.reload(enquiry)
    assert found.author == world.people["colleague"]
    assert found.messages.get().sender == world.people["colleague"]
    assert (Person.objects.count(), DataKey.objects.count()) == (people - 1, keys - 1)


def test_until_then_no_mail_leaves_but_the_first(world: World) -> None:
    enquiry = typed(world)
    OutgoingEmail.objects.all().delete()
    acts.take(world, world.reload(enquiry))
    acts.reply(world, world.reload(enquiry))
    assert not OutgoingEmail.objects.exists()
    claim(world, enquiry, enquiry.claim_code)
    acts.reply(world, world.reload(enquiry))
    assert [mail.kind for mail in OutgoingEmail.objects.all()] == ["message_for_author"]


def test_a_wrong_code_and_an_unknown_reference_are_told_alike(world: World) -> None:
    enquiry = typed(world)
    with pytest.raises(DomainError) as first:
        claim(world, enquiry, wrong(enquiry.claim_code))
    with pytest.raises(DomainError) as second:
        services.claim_enquiry(actor=world.actor("colleague"), reference="ZZZZ-ZZZZ", code="000000", at=NOW)
    assert str(first.value) == str(second.value)


def test_five_tries_and_no_more_even_with_the_right_code(world: World) -> None:
    """Mutation: count the tries in memory."""
    enquiry = typed(world)
    for _ in range(5):
        with pytest.raises(DomainError):
            claim(world, enquiry, wrong(enquiry.claim_code))
    with pytest.raises(DomainError) as blocked:
        claim(world, enquiry, enquiry.claim_code)
    with pytest.raises(DomainError) as unknown:
        services.claim_enquiry(actor=world.actor("colleague"), reference="ZZZZ-ZZZZ", code="000000", at=NOW)
    assert str(blocked.value) == str(unknown.value), "nothing tells that the reference exists"
    assert not seen(world, "colleague", enquiry)


def test_ten_tries_an_hour_whatever_the_references(world: World) -> None:
    for n in range(10):
        with pytest.raises(DomainError):
            services.claim_enquiry(actor=world.actor("colleague"), reference=f"AAAA-AAA{n}", code="000000", at=NOW)
    with pytest.raises(TooManyTries, match="une heure"):
        services.claim_enquiry(actor=world.actor("colleague"), reference="AAAA-AAAA", code="000000", at=NOW)


def test_a_new_code_replaces_the_former_and_gives_five_tries_again(world: World) -> None:
    enquiry = typed(world)
    acts.take(world, world.reload(enquiry))
    for _ in range(5):
        with pytest.raises(DomainError):
            claim(world, enquiry, wrong(enquiry.claim_code))
    code = services.renew_claim_code(actor=world.actor("counsellor"), enquiry=world.reload(enquiry), at=NOW)
    if code != enquiry.claim_code:
        with pytest.raises(DomainError):
            claim(world, enquiry, enquiry.claim_code)
    claim(world, enquiry, code)
    assert seen(world, "colleague", enquiry)


def test_only_whoever_speaks_with_the_author_draws_a_new_code(world: World) -> None:
    enquiry = typed(world)
    for part in ("fellow counsellor", "coordinator", "colleague"):
        with pytest.raises(NotAllowed):
            services.renew_claim_code(actor=world.actor(part), enquiry=world.reload(enquiry), at=NOW)
    assert services.renew_claim_code(actor=world.actor("counsellor"), enquiry=world.reload(enquiry), at=NOW)


def test_no_code_is_drawn_for_an_enquiry_that_has_its_author(world: World) -> None:
    with pytest.raises(DomainError, match="déjà été reconnue"):
        services.renew_claim_code(actor=world.actor("counsellor"), enquiry=world.reload(), at=NOW)


def test_without_any_address_the_reference_and_the_code_are_enough(world: World) -> None:
    enquiry = typed(world, email="")
    claim(world, enquiry, enquiry.claim_code)
    found = world.reload(enquiry)
    assert seen(world, "colleague", enquiry)
    assert found.contact["email"] == "colleague@exemple.invalid"


def test_a_mistyped_address_gives_way_to_the_one_that_is_proved(world: World) -> None:
    """The stranger whose address was typed by mistake hears of nothing any more."""
    enquiry = typed(world, email="stranger@exemple.invalid")
    claim(world, enquiry, enquiry.claim_code)
    acts.take(world, world.reload(enquiry))
    acts.reply(world, world.reload(enquiry))
    mails = OutgoingEmail.objects.filter(kind="message_for_author").select_related("data_key")
    assert [mail.recipient for mail in mails] == ["colleague@exemple.invalid"]


def test_the_typed_address_is_told_before_it_is_replaced(world: World) -> None:
    """Mutation: replace the address without a word; whoever stole the code would never be noticed."""
    enquiry = typed(world, email="stranger@exemple.invalid")
    claim(world, enquiry, enquiry.claim_code)
    mail = OutgoingEmail.objects.select_related("data_key").get(kind="claimed_elsewhere")
    assert mail.recipient == "stranger@exemple.invalid"
    assert enquiry.reference not in f"{mail.subject}{mail.body}"


@pytest.mark.parametrize("part", ["counsellor", "fellow counsellor", "co-handler"])
def test_a_colleague_who_had_it_in_hand_never_becomes_its_author(world: World, part: str) -> None:
    """Mutation: forget `created_by`, those beside the lead, or those who gave it back, in `once_in_hands_of`."""
    enquiry = typed(world)
    acts.take(world, world.reload(enquiry), part="fellow counsellor")
    acts.give_back(world, world.reload(enquiry), part="fellow counsellor")
    Handling.objects.create(
        enquiry=enquiry,
        team=world.team,
        person=world.people["co-handler"],
        state=HandlingState.ACCEPTED,
        is_lead=False,
        accepted_at=NOW,
    )
    with pytest.raises(NotAllowed):
        claim(world, enquiry, enquiry.claim_code, part=part)
    assert not seen(world, "author", enquiry)
    assert world.reload(enquiry).author != world.people[part]


def test_an_anonymous_visitor_cannot_claim(world: World) -> None:
    enquiry = typed(world)
    with pytest.raises(NotAllowed):
        claim(world, enquiry, enquiry.claim_code, part="anonymous")


def test_one_enquiry_has_one_author(world: World) -> None:
    enquiry = typed(world)
    claim(world, enquiry, enquiry.claim_code)
    with pytest.raises(DomainError):
        claim(world, enquiry, enquiry.claim_code, part="author", at=NOW + timedelta(minutes=1))
    assert world.reload(enquiry).author == world.people["colleague"]


# ── « Ce n’est pas moi » ───────────────────────────────────────────────────────────────────────────
def token_of(enquiry: Enquiry) -> str:
    return signing.dumps(str(enquiry.uid), salt=notices.DISOWNING)


def test_not_me_cuts_the_address_off_and_tells_the_team(world: World) -> None:
    enquiry = typed(world)
    OutgoingEmail.objects.all().delete()
    found = find_disowned(token_of(enquiry))
    assert found is not None
    for _ in range(2):
        services.disown_enquiry(actor=world.actor("anonymous"), enquiry=found, at=NOW)
    assert set(OutgoingEmail.objects.values_list("kind", flat=True)) == {"disowned"}
    assert not Enquiry.objects.for_system("preuve").typed_for(world.actor("colleague")).exists()
    OutgoingEmail.objects.all().delete()
    acts.take(world, world.reload(enquiry))
    assert not OutgoingEmail.objects.exists()


def test_the_right_person_may_still_recognise_it(world: World) -> None:
    enquiry = typed(world, email="stranger@exemple.invalid")
    services.disown_enquiry(actor=world.actor("anonymous"), enquiry=find_disowned(token_of(enquiry)), at=NOW)
    claim(world, enquiry, enquiry.claim_code)
    assert seen(world, "colleague", enquiry)
    assert world.reload(enquiry).disowned_at is None


def test_the_link_is_signed_and_dies_with_the_claim(world: World) -> None:
    enquiry = typed(world)
    token = token_of(enquiry)
    for forged in (
        "",
        "x",
        str(enquiry.uid),
        token[:-1] + ("a" if token[-1] != "a" else "b"),
        signing.dumps("not a uid", salt=notices.DISOWNING),
        signing.dumps(str(enquiry.uid)),
    ):
        assert find_disowned(forged) is None
    claim(world, enquiry, enquiry.claim_code)
    assert find_disowned(token) is None
    assert find_disowned(token_of(world.enquiry)) is None
