"""One enquiry at the desk: before taking, in hand, every gesture, its files, and nothing for anyone else."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import services
from proxirh.enquiries.models import Enquiry, Outcome
from proxirh.enquiries.views.desk_gestures import GESTURES
from proxirh.enquiries.workflow import HandlingState, State
from proxirh.kernel.files import CheckedFile
from proxirh.territories.models import Topic
from tests.enquiries import acts
from tests.enquiries.asker import SCREENS, Asker
from tests.enquiries.visitors import ANSWERS, do, fields, in_days, now_taken, same_as_unknown, text, visitor
from tests.routes import unknown
from tests.world import CAST, World

pytestmark = pytest.mark.django_db

HANDLERS = {"counsellor", "co-handler"}
PDF = b"%PDF-1.7\n%%EOF\n"


def page(world: World, part: str, enquiry: Enquiry | None = None, name: str = "enquiry"):
    return visitor(world, part).get(reverse(f"enquiries:{name}", args=[(enquiry or world.enquiry).uid]))


# ── Before taking ──────────────────────────────────────────────────────────────────────────────────
def test_before_taking_one_reads_the_name_the_site_and_the_wishes(world: World) -> None:
    enquiry = world.submit(
        at=timezone.now(),
        first_name="Zoé",
        last_name="Exemple",
        words="Mots secrets",
        not_at_work=True,
        excluded_names="Dominique Inconnu",
    )
    shown = text(page(world, "counsellor", enquiry))
    for expected in (
        "Zoé Exemple",
        world.site.name,
        world.category.label,
        "Ne pas",
        "Dominique Inconnu",
        "aujourd’hui",
    ):
        assert expected in shown, expected
    for secret in ("Mots secrets", world.topic.label, enquiry.reference, "0600000000"):
        assert secret not in shown, secret


def test_taking_from_the_list_opens_the_enquiry(world: World) -> None:
    enquiry, client = world.submit(), visitor(world, "counsellor")
    address = reverse("enquiries:take", args=[enquiry.uid])
    for _ in range(2):  # a double click opens it too
        response = client.post(address)
        assert response.url == reverse("enquiries:enquiry", args=[enquiry.uid])
    assert world.reload(enquiry).lead == world.people["counsellor"]


def test_a_colleague_who_was_slower_is_told_kindly(world: World) -> None:
    enquiry, late = world.submit(), visitor(world, "fellow counsellor")
    acts.take(world, enquiry)
    response = late.post(reverse("enquiries:take", args=[enquiry.uid]), follow=True)
    assert response.redirect_chain[-1][0] == reverse("enquiries:desk")
    assert "vient de prendre cette demande" in text(response)
    assert late.get(reverse("enquiries:enquiry", args=[enquiry.uid])).status_code == 404


def test_whoever_knows_the_person_sees_it_no_more(world: World) -> None:
    enquiry, client = world.submit(), visitor(world, "counsellor")
    response = client.post(reverse("enquiries:decline", args=[enquiry.uid]), follow=True)
    assert "ne vous sera plus proposée" in text(response)
    assert same_as_unknown(client, "GET", reverse("enquiries:enquiry", args=[enquiry.uid]), enquiry.uid)
    acts.take(world, enquiry, part="fellow counsellor")
    assert "déclin" not in text(page(world, "fellow counsellor", enquiry)).lower()


# ── In hand ────────────────────────────────────────────────────────────────────────────────────────
def test_the_page_tells_the_whole_story(world: World) -> None:
    enquiry = now_taken(world, words="Mes premiers mots", wants_call_today=True)
    acts.reply(world, enquiry, at=timezone.now())
    do(world, "echange", world.reload(enquiry))
    acts.write(world, world.reload(enquiry), at=timezone.now())
    shown = text(page(world, "counsellor", enquiry))
    for expected in (
        "Mes premiers mots",
        "Bonjour, voici.",
        "Échange sur le projet.",
        "Merci.",
        "Prise en charge",
        "Envoyer la fiche",
        world.topic.label,
        enquiry.reference,
        "0600000000",
        'href="tel:0600000000"',
    ):
        assert expected in shown, expected


def test_a_co_handler_reads_and_has_no_gesture(world: World) -> None:
    shown = page(world, "co-handler")
    assert "Je voudrais parler de mon projet." in text(shown)
    assert shown.context["gestures"] == []
    for gesture in GESTURES:
        address = reverse(f"enquiries:{gesture.name}", args=[world.enquiry.uid])
        answer = visitor(world, "co-handler").post(address, ANSWERS.get(gesture.name.removeprefix("desk_"), {}))
        assert answer.status_code == 403
    assert world.reload().state == State.IN_PROGRESS
    assert world.reload().messages.count() == 1


def test_a_former_handler_learns_since_when_and_nothing_else(world: World) -> None:
    world.enquiry.handlings.filter(state=HandlingState.GIVEN_BACK).update(ended_at=timezone.now())
    for name in ("enquiry", "desk_repondre", "desk_terminer"):
        answer = page(world, "former handler", name=name)
        assert answer.status_code == 403
        assert "Elle ne l’est plus depuis le" in text(answer)
        for secret in (world.enquiry.reference, world.people["author"].last_name, world.topic.label):
            assert secret not in text(answer)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_for_anyone_else_there_is_nothing_at_that_address(world: World, method: str) -> None:
    """The very bytes of an unknown id; the anonymous are sent to sign in, whatever they name."""
    outsiders = (
        set(CAST) - HANDLERS - {"former handler", "code-only staff", "fellow counsellor", "counsellor in two academies"}
    )
    names = ("enquiry", "take", "decline", "desk_code", "slip", *(gesture.name for gesture in GESTURES))
    for part in sorted(outsiders):
        client = visitor(world, part)
        for name in names:
            if (part, name) == ("coordinator", "enquiry"):  # who finds its row there: see test_opening
                continue
            address = reverse(f"enquiries:{name}", args=[world.enquiry.uid])
            assert same_as_unknown(client, method, address, world.enquiry.uid), (part, name)
            status = getattr(client, method.lower())(address).status_code
            assert status in ((302, 405) if part == "anonymous" else (404, 405)), (part, name)


@pytest.mark.parametrize("part", ["fellow counsellor", "counsellor in two academies"])
def test_a_colleague_of_the_team_finds_no_page_of_what_another_follows(world: World, part: str) -> None:
    address = reverse("enquiries:enquiry", args=[world.enquiry.uid])
    assert same_as_unknown(visitor(world, part), "GET", address, world.enquiry.uid)


def test_the_author_does_not_come_in_by_the_desk(world: World) -> None:
    """Even a counsellor who asks for herself: her page is the author’s."""
    enquiry = world.submit("counsellor", email="counsellor@exemple.invalid")
    assert page(world, "counsellor", enquiry).status_code == 404


def test_queries_do_not_grow_with_the_story(world: World) -> None:
    """At most twelve, and thirty kilobytes with twenty messages and their files."""
    enquiry, client = now_taken(world), visitor(world, "counsellor")
    address = reverse("enquiries:enquiry", args=[enquiry.uid])
    client.get(address)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    few = queries()
    for n in range(10):
        upload = CheckedFile(f"{n}.pdf", "application/pdf", PDF)
        acts.reply(world, world.reload(enquiry), at=timezone.now(), uploads=[upload])
        acts.write(world, world.reload(enquiry), at=timezone.now())
    assert few == queries() <= 12
    assert len(client.get(address).content) <= 30_000


def test_a_long_story_shows_its_end_and_leads_to_the_rest(world: World) -> None:
    enquiry = now_taken(world, words="Mes premiers mots")
    for _ in range(45):
        acts.write(world, world.reload(enquiry), at=timezone.now())
    client, address = visitor(world, "counsellor"), reverse("enquiries:enquiry", args=[enquiry.uid])
    assert "Mes premiers mots" not in text(client.get(address))
    assert "étapes plus anciennes" in text(client.get(address))
    assert "Mes premiers mots" in text(client.get(f"{address}?tout"))


def test_a_fragment_is_a_part_of_the_page_itself(world: World) -> None:
    address = reverse("enquiries:desk_echange", args=[world.enquiry.uid])
    shown = visitor(world, "counsellor").get(address, headers={"HX-Request": "true"})
    assert b"<html" not in shown.content
    assert b'name="summary"' in shown.content


# ── Gestures ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("gesture", "state"),
    [
        ("repondre", State.IN_PROGRESS),
        ("echange", State.IN_PROGRESS),
        ("etape", State.IN_PROGRESS),
        ("attendre_agent", State.WAITING_FOR_AGENT),
        ("attendre_date", State.WAITING_FOR_DATE),
        ("terminer", State.CLOSED),
        ("rendre", State.IN_PROGRESS),
    ],
)
def test_each_gesture_is_a_page_a_post_and_a_sentence(world: World, gesture: str, state: str) -> None:
    enquiry = now_taken(world)
    response = do(world, gesture, enquiry)
    leaves = gesture in {"terminer", "rendre"}
    expected = reverse("enquiries:desk") if leaves else reverse("enquiries:enquiry", args=[enquiry.uid])
    assert (response.status_code, response.url) == (302, expected)
    found = world.reload(enquiry)
    assert found.state == state
    assert (found.lead is None) == (gesture == "rendre")


def test_resuming_is_one_button(world: World) -> None:
    enquiry = now_taken(world)
    do(world, "attendre_agent", enquiry)
    do(world, "reprendre", enquiry)
    assert world.reload(enquiry).state == State.IN_PROGRESS


def test_an_answer_says_what_comes_next_and_by_when(world: World) -> None:
    """Nobody is forgotten after a message. Mutation: drop the step from `_from_lead`."""
    enquiry = now_taken(world)
    do(world, "repondre", enquiry)
    found = world.reload(enquiry)
    assert found.next_step == "Vous rappeler"
    assert found.next_step_on.isoformat() == in_days(7)
    form = page(world, "counsellor", name="desk_repondre", enquiry=found).context["form"]
    assert form.initial["next_step"] == "Vous rappeler", "said already: not to be typed again"
    assert do(world, "repondre", found, next_step_on=in_days(-1)).status_code == 422


def test_only_reaching_the_person_ends_the_call_she_asked_for(world: World) -> None:
    """Mutation: let a written answer, or an attempt, count as the call."""
    enquiry = now_taken(world, wants_call_today=True)
    do(world, "repondre", enquiry)
    do(world, "echange", world.reload(enquiry), was_reached="non")
    assert world.reload(enquiry).wants_call_today
    do(world, "echange", world.reload(enquiry))
    assert not world.reload(enquiry).wants_call_today


def test_a_gesture_the_state_forbids_leads_back_to_the_page(world: World) -> None:
    answer = page(world, "counsellor", name="desk_reprendre")
    assert answer.url == reverse("enquiries:enquiry", args=[world.enquiry.uid])


@pytest.mark.parametrize(
    ("gesture", "wrong", "said"),
    [
        ("repondre", {"body": ""}, "Complétez"),
        ("repondre", {"body": "x" * 9000}, "compte 9 000."),
        ("echange", {"summary": "", "next_step": "Garder ceci"}, "Complétez"),
        ("echange", {"next_step_on": in_days(-1), "next_step": "Garder ceci"}, "passée"),
        ("echange", {"happened_on": in_days(1), "next_step": "Garder ceci"}, "entre le jour"),
        ("attendre_date", {"next_step_on": "2026-02-31", "next_step": "Garder ceci"}, "date"),
        ("terminer", {"outcomes": [], "closing_word": "Garder ceci"}, "au moins une suite"),
        ("terminer", {"outcomes": [Outcome.NOT_REACHED], "closing_word": "Garder ceci"}, "trois essais"),
        ("terminer", {"outcomes": [Outcome.WITHDRAWN], "closing_word": "Garder ceci"}, "n’est pas dans la liste"),
        ("rendre", {"reason": "x"}, "n’est pas dans la liste"),
    ],
)
def test_a_form_that_is_not_right_comes_back_with_what_was_typed(
    world: World, gesture: str, wrong: dict, said: str
) -> None:
    enquiry = now_taken(world)
    answer = do(world, gesture, enquiry, **wrong)
    assert answer.status_code == 422
    assert said in text(answer)
    if "Garder ceci" in wrong.values():
        assert "Garder ceci" in text(answer)
    assert world.reload(enquiry).state == State.IN_PROGRESS


@pytest.mark.parametrize("gesture", ["repondre", "echange", "etape", "attendre_agent", "terminer"])
def test_what_changed_meanwhile_is_shown_and_what_was_typed_is_kept(world: World, gesture: str) -> None:
    """The author wrote while the form was open; the second sending goes through."""
    enquiry = now_taken(world)
    hidden = fields(world, gesture, enquiry)
    acts.write(world, world.reload(enquiry), at=timezone.now())
    client, address = visitor(world, "counsellor"), reverse(f"enquiries:desk_{gesture}", args=[enquiry.uid])
    answer = client.post(address, {**hidden, **ANSWERS[gesture]})
    assert answer.status_code == 422
    assert "a changé pendant que vous écriviez" in text(answer)
    assert "Merci." in text(answer)
    typed = next(
        str(value)
        for name, value in ANSWERS[gesture].items()
        if name in {"body", "summary", "next_step", "closing_word"}
    )
    assert typed in text(answer)
    seen = answer.context["form"].data["seen"]
    assert seen != hidden["seen"]
    assert client.post(address, {**hidden, **ANSWERS[gesture], "seen": seen}).status_code == 302


@pytest.mark.parametrize("gesture", [name for name in ANSWERS if name != "reprendre"])
def test_a_double_click_acts_once(world: World, gesture: str) -> None:
    enquiry = now_taken(world)
    client, address = visitor(world, "counsellor"), reverse(f"enquiries:desk_{gesture}", args=[enquiry.uid])
    data = {**fields(world, gesture, enquiry), **ANSWERS[gesture]}
    first = client.post(address, data)
    lines = world.reload(enquiry).messages.count(), world.reload(enquiry).exchanges.count()
    second = client.post(address, data)
    assert first.status_code == 302
    assert second.status_code == (403 if gesture == "rendre" else 302)
    assert (world.reload(enquiry).messages.count(), world.reload(enquiry).exchanges.count()) == lines


def test_handing_back_is_free_at_first(world: World) -> None:
    enquiry = now_taken(world)
    assert do(world, "rendre", enquiry, reason="").status_code == 302
    assert world.reload(enquiry).lead is None


def test_the_topic_other_is_asked_anew(world: World) -> None:
    enquiry = now_taken(world, topic=Topic.objects.get(code="7"))
    answer = do(world, "terminer", enquiry)
    assert answer.status_code == 422
    assert "de quoi il s’agissait" in text(answer)
    codes = {option.code for option in answer.context["form"].fields["topic"].queryset}
    assert "7" in codes
    assert not codes & set(Topic.objects.filter(is_violence=True).values_list("code", flat=True))
    assert do(world, "terminer", enquiry, topic="4.1").status_code == 302
    assert world.reload(enquiry).fact.topic_code == "4.1"


def test_a_new_code_is_shown_once(world: World) -> None:
    typed = services.submit_enquiry(
        actor=world.actor("fellow counsellor"),
        answers=world.answers(email=""),
        idempotency_key=unknown(),
        channel="phone",
        on_behalf=True,
        at=timezone.now(),
    )
    acts.take(world, typed, at=timezone.now())
    client = visitor(world, "counsellor")
    shown = client.post(reverse("enquiries:desk_code", args=[typed.uid]), follow=True)
    assert "Code à dire à la personne" in text(shown)
    assert "Code à dire" not in text(client.get(reverse("enquiries:enquiry", args=[typed.uid])))


# ── What is told of the author ─────────────────────────────────────────────────────────────────────
def test_an_address_that_nobody_has_proved_is_told_so(world: World) -> None:
    enquiry = world.submit("anonymous", email="inconnue@exemple.invalid")
    acts.take(world, enquiry)
    assert "Adresse à confirmer" in text(page(world, "counsellor", enquiry))
    assert "Adresse à confirmer" not in text(page(world, "counsellor"))


def test_knowing_someone_is_silent_for_the_colleagues_who_follow(world: World) -> None:
    """Mutation: tell the reason of « je connais cette personne » in the story."""
    enquiry = world.submit()
    acts.take(world, enquiry)
    acts.give_back(world, world.reload(enquiry), reason="connait_la_personne")
    acts.take(world, world.reload(enquiry), part="fellow counsellor")
    shown = text(page(world, "fellow counsellor", enquiry))
    assert "Rendue à l’équipe" in shown
    assert "connais" not in shown


def test_what_an_enquiry_follows_is_a_link_for_whoever_followed_it(world: World) -> None:
    former = world.taken()
    following = world.submit(previous=former.uid)
    assert following.previous == former
    acts.take(world, following)
    assert former.reference in text(page(world, "counsellor", following))
    acts.give_back(world, world.reload(following))
    acts.take(world, world.reload(following), part="fellow counsellor")
    shown = text(page(world, "fellow counsellor", following))
    assert former.reference not in shown
    assert "une demande terminée, que vous n’avez pas suivie" in shown


def test_nobody_follows_the_enquiry_of_someone_else(world: World) -> None:
    """Mutation: take the key that the draft holds at its word."""
    assert world.submit("colleague", previous=world.enquiry.uid).previous is None
    assert world.submit("anonymous", previous=world.enquiry.uid).previous is None


def test_a_new_enquiry_asked_from_a_former_one_follows_it(world: World) -> None:
    former = acts.in_state(world, State.CLOSED)
    client = visitor(world, "author")
    client.post(reverse("enquiries:ask", query={"suite": str(former.uid)}))
    asker = Asker(world, client)
    for screen in SCREENS:
        asker.post(screen)
    asker.send()
    assert Enquiry.objects.visible_to(world.actor("author")).latest("pk").previous == former
