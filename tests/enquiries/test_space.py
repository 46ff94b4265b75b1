"""The author’s space: plain words, messages both ways, withdrawing, reopening, and what a colleague typed for her."""

import re
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import services, situation
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.workflow import State
from proxirh.kernel.tokens import grouped
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Team, Topic
from tests.enquiries import acts
from tests.enquiries.acts import LATER
from tests.enquiries.visitors import same_as_unknown, text, visitor
from tests.routes import unknown
from tests.strict_client import StrictClient
from tests.world import CAST, NOW, World

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n%%EOF\n"
ROUTES = ("follow", "withdraw", "reopen", "recognise", "not_mine")


def follow(world: World, enquiry: Enquiry, part: str = "author") -> str:
    answer = visitor(world, part).get(reverse("enquiries:follow", args=[enquiry.uid]))
    assert answer.status_code == 200
    return text(answer)


def steps(world: World, enquiry: Enquiry, *, at=LATER) -> tuple[str, list[str]]:
    """The title and each step with its date, as the author reads them."""
    found = (
        Enquiry.objects.visible_to(world.actor("author"))
        .select_related("department", "team__academy", "lead__data_key")
        .get(pk=enquiry.pk)
    )
    told = situation.of(found, at=at)
    plain = [f"{step.text} {step.when}".replace("\u00a0", " ").strip() for step in told.steps]
    return told.title.replace("\u00a0", " "), plain


def now_closed(world: World, **changes) -> Enquiry:
    enquiry = world.submit(at=timezone.now())
    acts.take(world, enquiry, at=timezone.now())
    acts.close(world, world.reload(enquiry), at=timezone.now(), **changes)
    return world.reload(enquiry)


# ── Where it stands ────────────────────────────────────────────────────────────────────────────────
def test_before_taking_the_team_has_it_and_a_day_is_promised(world: World) -> None:
    title, told = steps(world, world.submit())
    assert title == "Votre demande est reçue"
    assert told[1] == "Cette personne vous répond. Au plus tard le jeudi 19 novembre 2026"


def test_late_we_say_that_we_are_late(world: World) -> None:
    """Promise honestly: never a date that has passed without a word."""
    Team.objects.update(phone="04 00 00 00 00")
    _, told = steps(world, world.submit(), at=NOW + timedelta(days=10))
    assert "Nous sommes en retard" in told[1]
    assert "04 00 00 00 00" in told[1]


@pytest.mark.parametrize("topic", ["1.1", "2.1", "3.1"])
def test_no_page_apologises_by_itself(world: World, topic: str) -> None:
    """Mutations: « et nous nous en excusons » where a day has passed; the same of one branch alone."""
    late = {"at": NOW + timedelta(days=10)}
    enquiry = world.submit(topic=Topic.objects.get(code=topic), wants_call_today=True)
    untaken = steps(world, enquiry, **late)[1]
    acts.take(world, enquiry)
    told = " ".join((*untaken, *steps(world, enquiry, **late)[1]))
    assert (told.count("Nous sommes en retard."), told.count("le jour promis est passé.")) == (2, 2)
    assert "excus" not in told


def test_once_taken_her_name_is_told(world: World) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    name = world.people["counsellor"].full_name
    title, told = steps(world, enquiry)
    assert title == f"{name} s’occupe de votre demande"
    assert told == [f"{name} vous contacte. Au plus tard le jeudi 19 novembre 2026"]


def test_the_next_step_is_told_with_its_day_and_when_it_has_passed(world: World) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    acts.log(world, enquiry)
    assert steps(world, enquiry)[1] == ["Envoyer la fiche Au plus tard le mardi 24 novembre 2026"]
    assert "Cette date est passée" in steps(world, enquiry, at=NOW + timedelta(days=9))[1][1]


def test_handed_back_nothing_has_to_be_said_again(world: World) -> None:
    enquiry = acts.in_state(world, State.IN_PROGRESS)
    acts.give_back(world, enquiry)
    title, _ = steps(world, enquiry)
    assert title == "Une autre personne va suivre votre demande"
    assert "vous n’aurez rien à répéter" in follow(world, enquiry)


def test_when_it_is_her_turn_we_say_what_we_wait_for_and_that_nothing_closes_by_itself(world: World) -> None:
    enquiry = acts.in_state(world, State.WAITING_FOR_AGENT)
    title, told = steps(world, enquiry)
    assert title == "Nous attendons votre réponse"
    assert told[0] == "À vous : Envoyer l’arrêté"
    assert "ne se ferme pas toute seule" in follow(world, enquiry)


def test_a_wait_for_a_date_names_the_date(world: World) -> None:
    _, told = steps(world, acts.in_state(world, State.WAITING_FOR_DATE))
    assert told[0] == "Résultats du mouvement Le mardi 24 novembre 2026"


def test_the_page_always_bears_the_reference_the_code_and_who_was_contacted(world: World) -> None:
    now = timezone.now()
    enquiry = world.submit(at=now)
    acts.take(world, enquiry, at=now)
    acts.log(world, world.reload(enquiry), reached=False, next_step_on=now.date() + timedelta(days=7), at=now)
    shown = follow(world, enquiry)
    found = world.reload(enquiry)
    for expected in (
        found.reference,
        grouped(found.call_code, 3),
        "Nous avons essayé de vous joindre (téléphone)",
        world.people["counsellor"].full_name,
        "Ce qui va se passer ensuite",
        "author@exemple.invalid",
    ):
        assert expected in shown, expected


def test_what_is_the_service_s_own_is_not_told(world: World) -> None:
    """Neither the reason of a hand-over, nor a refusal, nor an outcome code."""
    enquiry = world.submit(at=timezone.now())
    acts.decline(world, enquiry, part="fellow counsellor", at=timezone.now())
    acts.take(world, enquiry, at=timezone.now())
    acts.give_back(world, world.reload(enquiry), reason="charge", at=timezone.now())
    shown = follow(world, enquiry).lower()
    for secret in ("déclin", "trop de demandes", "connais", "rendue"):
        assert secret not in shown, secret


def test_words_never_used_with_agents_are_not_used(world: World) -> None:
    """PRODUCT §3."""
    for state in acts.WAYS:
        shown = follow(world, acts.in_state(world, state)).lower()
        for word in ("injoignable", "hors périmètre", "à clore", "clôtur", "dossier", "ticket"):
            assert word not in shown, (state, word)


def test_queries_do_not_grow_with_the_story(world: World) -> None:
    enquiry, client = world.submit(at=timezone.now()), visitor(world, "author")
    acts.take(world, enquiry, at=timezone.now())
    address = reverse("enquiries:follow", args=[enquiry.uid])
    client.get(address)

    def queries(where: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(where)
        return len(captured)

    few, few_listed = queries(address), queries(reverse("enquiries:space"))
    for _ in range(10):
        acts.reply(world, world.reload(enquiry), at=timezone.now())
        acts.write(world, world.reload(enquiry), at=timezone.now())
        world.taken()
    assert few == queries(address) <= 12
    assert few_listed == queries(reverse("enquiries:space")) <= 12


# ── The list ───────────────────────────────────────────────────────────────────────────────────────
def test_the_list_holds_one_s_own_and_nothing_else(world: World) -> None:
    mine = world.submit("colleague", email="colleague@exemple.invalid")
    shown = text(visitor(world, "colleague").get(reverse("enquiries:space")))
    assert mine.reference in shown
    assert world.enquiry.reference not in shown


def test_with_nothing_one_reads_what_to_do(world: World) -> None:
    shown = text(visitor(world, "colleague").get(reverse("enquiries:space")))
    assert "Vous n’avez pas de demande en cours" in shown
    assert reverse("enquiries:ask") in shown
    assert reverse("enquiries:find_again") in shown


def test_a_counsellor_s_own_space_holds_none_of_those_she_follows(world: World) -> None:
    shown = text(visitor(world, "counsellor").get(reverse("enquiries:space")))
    assert world.enquiry.reference not in shown


def test_a_stranger_is_led_to_sign_in_and_back(world: World) -> None:
    address = reverse("enquiries:follow", args=[world.enquiry.uid])
    answer = StrictClient().get(address)
    assert answer.url == f"{reverse('accounts:sign_in')}?next={address}"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_for_anyone_else_there_is_nothing_at_that_address(world: World, method: str) -> None:
    """The lead and the coordinator included: this is the author’s side."""
    for part in sorted(set(CAST) - {"author"}):
        client, refused = visitor(world, part), 302 if part == "anonymous" else 404
        for route in ROUTES:
            address = reverse(f"enquiries:{route}", args=[world.enquiry.uid])
            assert same_as_unknown(client, method, address, world.enquiry.uid), (part, route)
            assert getattr(client, method.lower())(address).status_code in (refused, 405), (part, route)


# ── Writing ────────────────────────────────────────────────────────────────────────────────────────
def test_a_message_with_files_leaves_once(world: World) -> None:
    client, address = visitor(world, "author"), reverse("enquiries:follow", args=[world.enquiry.uid])
    for _ in range(2):
        data = {
            "body": "Voici mon arrêté.",
            "files": [SimpleUploadedFile("arrêté.pdf", PDF)],
            "idempotency_key": "7a9f0d3c-0000-4000-8000-000000000001",
        }
        assert client.post(address, data).url == address
    found = world.reload()
    assert [one.body for one in found.messages.order_by("pk")][1:] == ["Voici mon arrêté."]
    assert [one.name for one in found.attachments.all()] == ["arrêté.pdf"]
    assert "arrêté.pdf" in follow(world, found)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"body": ""}, "Écrivez votre message"),
        ({"body": "x" * 9000}, "trop long"),
        ({"body": "Gardez ceci", "files": [SimpleUploadedFile("a.exe", b"MZ")]}, "format accepté"),
        ({"body": "Gardez ceci\x00\u202e", "idempotency_key": "nope"}, ""),
    ],
)
def test_what_is_not_right_comes_back_with_what_was_typed(world: World, data: dict, said: str) -> None:
    answer = visitor(world, "author").post(reverse("enquiries:follow", args=[world.enquiry.uid]), data)
    assert answer.status_code == 422
    assert said in text(answer)
    assert data["body"].strip("\x00\u202e")[:50] in text(answer)
    assert world.reload().messages.count() == 1


def test_emoji_and_right_to_left_marks_are_read_as_written_or_dropped(world: World) -> None:
    visitor(world, "author").post(
        reverse("enquiries:follow", args=[world.enquiry.uid]), {"body": "Merci 🙂 <b>beaucoup</b>\u202e\x00"}
    )
    assert world.reload().messages.order_by("-pk")[0].body == "Merci 🙂 <b>beaucoup</b>"
    assert "Merci 🙂 &lt;b&gt;beaucoup&lt;/b&gt;" in follow(world, world.enquiry)


def test_writing_to_a_closed_enquiry_reopens_it_and_says_so(world: World) -> None:
    enquiry = now_closed(world)
    answer = visitor(world, "author").post(
        reverse("enquiries:follow", args=[enquiry.uid]), {"body": "Encore une question."}, follow=True
    )
    assert "de nouveau ouverte" in text(answer)
    assert world.reload(enquiry).state == State.IN_PROGRESS


# ── The end ────────────────────────────────────────────────────────────────────────────────────────
def test_withdrawing_asks_once_and_never_why(world: World) -> None:
    client, address = visitor(world, "author"), reverse("enquiries:withdraw", args=[world.enquiry.uid])
    asked = client.get(address)
    assert "Nous ne vous demandons pas pourquoi" in text(asked)
    assert world.reload().is_open
    key = re.search(rb'name="idempotency_key" value="([^"]+)"', asked.content)
    data = {"idempotency_key": key[1].decode()} if key else {}
    for _ in range(2):
        assert client.post(address, data).url == reverse("enquiries:follow", args=[world.enquiry.uid])
    assert world.reload().state == State.WITHDRAWN
    shown = follow(world, world.enquiry)
    assert "Vous avez retiré cette demande" in shown
    assert "Faire une nouvelle demande</a>" in shown
    assert client.get(address).status_code == 302


def test_a_closed_enquiry_shows_its_last_word_and_reopens_in_one_click(world: World) -> None:
    enquiry = now_closed(world, closing_word="Bonne route à vous.")
    shown = follow(world, enquiry)
    assert "Bonne route à vous." in shown
    assert "Le suivi est terminé depuis le" in shown
    client, address = visitor(world, "author"), reverse("enquiries:reopen", args=[enquiry.uid])
    for _ in range(2):
        assert client.post(address).url == reverse("enquiries:follow", args=[enquiry.uid])
    assert world.reload(enquiry).state == State.IN_PROGRESS


def test_after_ninety_days_a_new_enquiry_recalls_the_old_one(world: World) -> None:
    long_ago = timezone.now() - timedelta(days=120)
    enquiry = world.submit(at=long_ago)
    acts.take(world, enquiry, at=long_ago)
    acts.close(world, world.reload(enquiry), at=long_ago + timedelta(days=1))
    shown = follow(world, enquiry)
    assert f"{reverse('enquiries:ask')}?suite={enquiry.uid}" in shown
    assert "<textarea" not in shown
    assert reverse("enquiries:reopen", args=[enquiry.uid]) not in shown
    answer = visitor(world, "author").post(reverse("enquiries:reopen", args=[enquiry.uid]), follow=True)
    assert "ne peut plus être rouverte" in text(answer)


@pytest.mark.parametrize("route", ["reopen"])
def test_a_click_that_acts_is_a_post(world: World, route: str) -> None:
    assert visitor(world, "author").get(reverse(f"enquiries:{route}", args=[world.enquiry.uid])).status_code == 405


def test_an_address_that_is_not_proved_is_to_confirm(world: World) -> None:
    enquiry = world.submit("author", email="other@exemple.invalid")
    assert "Adresse à confirmer" in follow(world, enquiry)
    assert "Adresse à confirmer" not in follow(world, world.enquiry)


# ── Typed by a colleague ───────────────────────────────────────────────────────────────────────────
def typed(world: World, email: str = "colleague@exemple.invalid") -> Enquiry:
    return services.submit_enquiry(
        actor=world.actor("counsellor"),
        answers=world.answers(email=email, words="Mots dits au téléphone"),
        idempotency_key=uuid.uuid4(),
        channel="phone",
        on_behalf=True,
        at=timezone.now(),
    )


def test_a_typed_enquiry_is_announced_without_a_word_of_it(world: World) -> None:
    enquiry = typed(world)
    shown = text(visitor(world, "colleague").get(reverse("enquiries:space")))
    assert "Une demande a été créée pour vous" in shown
    for secret in (enquiry.reference, "Mots dits", world.topic.label, world.team.name):
        assert secret not in shown
    assert visitor(world, "colleague").get(reverse("enquiries:follow", args=[enquiry.uid])).status_code == 404


def test_the_code_alone_opens_it_for_the_proved_address(world: World) -> None:
    enquiry, client = typed(world), visitor(world, "colleague")
    address = reverse("enquiries:recognise", args=[enquiry.uid])
    assert client.get(address).status_code == 200
    assert client.post(address, {"code": "12"}).status_code == 422
    opened = client.post(address, {"code": f" {enquiry.claim_code[:3]} {enquiry.claim_code[3:]}"}, follow=True)
    assert "Mots dits au téléphone" in text(opened)
    assert "Saisie pour vous par" in text(opened)


def test_the_reference_and_the_code_open_it_for_anyone_who_holds_the_slip(world: World) -> None:
    enquiry, client = typed(world, email=""), visitor(world, "colleague")
    reference = enquiry.reference.lower().replace("-", " ")
    wrong = client.post(reverse("enquiries:find_again"), {"reference": reference, "code": "000000"})
    if enquiry.claim_code != "000000":
        assert wrong.status_code == 422
    opened = client.post(
        reverse("enquiries:find_again"), {"reference": reference, "code": enquiry.claim_code}, follow=True
    )
    assert "Mots dits au téléphone" in text(opened)


def test_too_many_tries_are_told_with_their_status(world: World) -> None:
    client = visitor(world, "colleague")
    statuses = [
        client.post(reverse("enquiries:find_again"), {"reference": "AAAAAAAA", "code": "000000"}).status_code
        for _ in range(11)
    ]
    assert statuses == [422] * 10 + [429]


def link_in_the_mail(enquiry: Enquiry) -> str:
    mail = OutgoingEmail.objects.filter(kind="created_for_you").select_related("data_key").latest("pk")
    assert enquiry.reference not in mail.body
    return re.search(r"/suivi/pas-moi/\S+", mail.body)[0]


def test_the_mailed_link_shows_one_button_and_only_the_post_acts(world: World) -> None:
    """Mail scanners follow links. Mutation: act on the GET."""
    enquiry = typed(world)
    client, address = StrictClient(), link_in_the_mail(enquiry)
    assert "Ce n’est pas moi" in text(client.get(address))
    assert world.reload(enquiry).disowned_at is None
    for _ in range(2):
        assert "C’est noté" in text(client.post(address))
    assert world.reload(enquiry).disowned_at is not None
    assert "créée pour vous" not in text(visitor(world, "colleague").get(reverse("enquiries:space")))


@pytest.mark.parametrize("token", ["x", "a:b:c", str(unknown())])
def test_a_forged_link_is_not_found(world: World, token: str) -> None:
    client = StrictClient()
    for method in (client.get, client.post):
        assert method(reverse("enquiries:disown", args=[token])).status_code == 404


def test_signed_in_one_may_say_so_too(world: World) -> None:
    enquiry, client = typed(world), visitor(world, "colleague")
    address = reverse("enquiries:not_mine", args=[enquiry.uid])
    assert "Ce n’est pas moi" in text(client.get(address))
    assert "C’est noté" in text(client.post(address, follow=True))
    assert world.reload(enquiry).disowned_at is not None
    assert same_as_unknown(client, "GET", address, enquiry.uid)
