"""« Modifié entre-temps »: what changed, who did it and when is told beside what was typed, and nothing is lost."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import services
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services import noting
from proxirh.enquiries.services.noting import write_note
from proxirh.kernel.errors import StaleState
from tests.enquiries import acts
from tests.enquiries.visitors import ANSWERS, now_taken, text, visitor
from tests.world import World

pytestmark = pytest.mark.django_db
TYPED = {"repondre": "body", "echange": "summary", "etape": "next_step", "attendre_agent": "next_step"}
TYPED |= {"attendre_date": "next_step", "terminer": "closing_word"}


def shown(world: World, gesture: str, enquiry: Enquiry) -> dict[str, str]:
    """What the form carries hidden, as its page was shown a minute ago."""
    page = visitor(world, "counsellor").get(reverse(f"enquiries:desk_{gesture}", args=[enquiry.uid]))
    carried = {name: str(page.context["form"].initial[name]) for name in ("seen", "idempotency_key")}
    return carried | {"shown_at": (timezone.now() - timedelta(minutes=1)).isoformat()}


def by_its_author(world: World, enquiry: Enquiry) -> str:
    acts.write(world, enquiry, at=timezone.now())
    return f"Message, {enquiry.contact_name}, "


def from_another_window(world: World, enquiry: Enquiry) -> str:
    services.set_next_step(
        actor=world.actor("counsellor"),
        enquiry=enquiry,
        next_step="Autre chose",
        next_step_on=timezone.localdate() + timedelta(days=7),
        at=timezone.now(),
    )
    return "Prochaine étape fixée : "


@pytest.mark.parametrize("change", [by_its_author, from_another_window])
@pytest.mark.parametrize("gesture", list(TYPED))
def test_each_form_says_what_changed_who_and_when(
    world: World, gesture: str, change: Callable[[World, Enquiry], str]
) -> None:
    """Mutation: read no `shown_at`; tell the whole story; write over what changed."""
    enquiry = now_taken(world)
    hidden = shown(world, gesture, enquiry)
    said = change(world, world.reload(enquiry))
    before = world.reload(enquiry)
    answer = visitor(world, "counsellor").post(
        reverse(f"enquiries:desk_{gesture}", args=[enquiry.uid]), {**hidden, **ANSWERS[gesture]}
    )
    page = text(answer)
    assert answer.status_code == 422
    changes = page.partition("Depuis que vous avez ouvert cette page :")[2].partition("</ul>")[0]
    assert said in changes
    if change is from_another_window:
        assert world.people["counsellor"].full_name in changes
    assert ANSWERS[gesture][TYPED[gesture]] in page
    after = world.reload(enquiry)
    assert (after.state, after.next_step, after.last_contact_at) == (
        before.state,
        before.next_step,
        before.last_contact_at,
    )


def test_what_happened_before_the_page_was_shown_is_not_told(world: World) -> None:
    enquiry = now_taken(world)
    hidden = shown(world, "repondre", enquiry) | {"shown_at": timezone.now().isoformat()}
    acts.write(world, world.reload(enquiry), at=timezone.now())
    answer = visitor(world, "counsellor").post(
        reverse("enquiries:desk_repondre", args=[enquiry.uid]), {**hidden, **ANSWERS["repondre"]}
    )
    changes = text(answer).partition("Depuis que vous avez ouvert cette page :")[2].partition("</ul>")[0]
    assert "Message, " in changes
    assert "Prise en charge" not in changes


@pytest.mark.parametrize("moment", ["", "hier", "9" * 50, "0001-01-01T00:00:00+14:00", "<script>"])
def test_a_forged_moment_changes_words_only(world: World, moment: str) -> None:
    """Mutation: trust that it is a date."""
    enquiry = now_taken(world)
    hidden = shown(world, "repondre", enquiry) | {"shown_at": moment}
    acts.write(world, world.reload(enquiry), at=timezone.now())
    address = reverse("enquiries:desk_repondre", args=[enquiry.uid])
    answer = visitor(world, "counsellor").post(address, {**hidden, **ANSWERS["repondre"]})
    assert answer.status_code == 422
    assert "a changé pendant que vous écriviez" in text(answer)
    assert moment not in answer.context["form"].data["shown_at"] or not moment


def test_a_note_written_in_another_window_is_not_written_over(world: World) -> None:
    """Mutation: compare with the note as the POST finds it."""
    me = world.actor("counsellor")
    note = write_note(actor=me, enquiry=world.reload(), body="Premier jet.", at=timezone.now())
    client = visitor(world, "counsellor")
    address = reverse("enquiries:note", args=[world.enquiry.uid, note.uid])
    seen = client.get(address).context["form"].initial["seen"]
    noting.change_note(actor=me, note=note, body="Autre fenêtre.", at=timezone.now())
    answer = client.post(address, {"body": "Mon texte.", "seen": seen})
    page = text(answer)
    assert answer.status_code == 422
    for said in ("Cette note a changé", "Vous l’avez changée dans une autre fenêtre", "Autre fenêtre.", "Mon texte."):
        assert said in page
    again = answer.context["form"].data["seen"]
    assert client.post(address, {"body": "Mon texte.", "seen": again}).status_code == 302
    assert world.enquiry.working_notes.filter(pk=note.pk, written_at__gt=note.written_at).exists()


def test_a_note_is_compared_by_the_service_too(world: World) -> None:
    me = world.actor("counsellor")
    note = write_note(actor=me, enquiry=world.reload(), body="Premier jet.", at=timezone.now())
    with pytest.raises(StaleState):
        noting.change_note(actor=me, note=note, body="Mon texte.", seen="une autre page")
