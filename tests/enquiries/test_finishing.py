"""Ending several follow-ups: the exact list first, then each as if it were alone, never twice and never one changed."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import freshness, services
from proxirh.enquiries.models import Enquiry, Outcome
from proxirh.enquiries.workflow import State
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Topic
from tests.enquiries.visitors import now_taken, text, visitor
from tests.world import World

pytestmark = pytest.mark.django_db
FINISH = reverse("enquiries:finish")


def silent(world: World, **changes: object) -> Enquiry:
    """Three attempts without an answer: it stands in « à terminer »."""
    enquiry = now_taken(world, **changes)
    Enquiry.objects.filter(pk=enquiry.pk).update(failed_attempts=3)
    return world.reload(enquiry)


def values(html: str, name: str = "chosen") -> list[str]:
    return re.findall(rf'name="{name}"[^>]*? value="([^"]+)"', html)


def listed(desk: Client, **typed: object) -> str:
    """The page that shows the exact list, for all that may end together."""
    offered = values(desk.get(FINISH).content.decode())
    answer = desk.post(FINISH, {"chosen": offered, "outcomes": ["individual_information"], **typed})
    assert answer.status_code == 200
    return answer.content.decode()


def confirm(desk: Client, html: str, **changes: object) -> object:
    carried = {name: values(html, name) for name in ("chosen", "outcomes", "key")}
    return desk.post(FINISH, carried | {"closing_word": "", "geste": "terminer"} | changes, follow=True)


def test_the_exact_list_comes_before_anything_ends(world: World) -> None:
    """Mutation: end at the first POST."""
    first, second = silent(world), silent(world)
    desk = visitor(world, "counsellor")
    html = listed(desk, closing_word="Merci.\nÀ bientôt.")
    assert first.reference in html
    assert second.reference in html
    assert "Vous allez terminer 2" in html
    assert not Enquiry.objects.filter(state=State.CLOSED).exists()
    answer = confirm(desk, html, closing_word="Merci.\nÀ bientôt.")
    assert "2 suivis sont terminés" in text(answer)
    for enquiry in (first, second):
        ended = world.reload(enquiry)
        assert (ended.state, ended.closing_word) == (State.CLOSED, "Merci.\nÀ bientôt.")
        assert OutgoingEmail.objects.filter(kind="closed", about=enquiry.uid).count() == 1


def test_only_what_was_ticked_ends(world: World) -> None:
    """Mutation: end all that the page offered."""
    kept, ended = silent(world), silent(world)
    desk = visitor(world, "counsellor")
    offered = [one for one in values(desk.get(FINISH).content.decode()) if one.startswith(ended.uid.hex)]
    confirm(desk, listed(desk, chosen=offered))
    assert (world.reload(kept).state, world.reload(ended).state) == (State.IN_PROGRESS, State.CLOSED)


def test_one_that_changed_since_the_list_is_left_and_named(world: World) -> None:
    """Mutation: leave `seen` out of finish_together."""
    changed, ended = silent(world), silent(world)
    desk = visitor(world, "counsellor")
    html = listed(desk)
    services.send_message(actor=world.actor("author"), enquiry=changed, body="Me voilà.", at=timezone.now())
    said = confirm(desk, html).content.decode()
    assert (world.reload(changed).state, world.reload(ended).state) == (State.IN_PROGRESS, State.CLOSED)
    assert f"La demande {changed.reference} est laissée comme elle est" in said


def test_one_that_changed_since_the_choice_is_asked_again(world: World) -> None:
    """Mutation: let the value of a choice be the id alone."""
    changed = silent(world)
    desk = visitor(world, "counsellor")
    offered = values(desk.get(FINISH).content.decode())
    Enquiry.objects.filter(pk=changed.pk).update(failed_attempts=4)
    answer = desk.post(FINISH, {"chosen": offered, "outcomes": ["individual_information"], "closing_word": "Un mot."})
    assert answer.status_code == 422
    assert "a changé entre-temps" in answer.content.decode()
    assert "Un mot." in answer.content.decode()


def test_a_double_click_ends_and_tells_once(world: World) -> None:
    """Mutation: draw a new key for each enquiry: the second answer would say that nothing was ended."""
    enquiry = silent(world)
    desk = visitor(world, "counsellor")
    html = listed(desk)
    confirm(desk, html)
    assert "1 suivi est terminé" in text(confirm(desk, html))
    services.reopen_enquiry(actor=world.actor("author"), enquiry=world.reload(enquiry), at=timezone.now())
    confirm(desk, html)
    assert world.reload(enquiry).state == State.IN_PROGRESS
    assert OutgoingEmail.objects.filter(kind="closed", about=enquiry.uid).count() == 1


def test_a_second_tab_learns_that_they_had_ended(world: World) -> None:
    """Mutation: tell what refused it. Each tab has a key of its own."""
    enquiry = silent(world)
    desk = visitor(world, "counsellor")
    first, second = listed(desk), listed(desk)
    confirm(desk, first)
    said = text(confirm(desk, second))
    assert f"La demande {enquiry.reference} est laissée comme elle est. Elle avait déjà pris fin." in said
    assert OutgoingEmail.objects.filter(kind="closed", about=enquiry.uid).count() == 1


@pytest.mark.parametrize("code", ["2.1", "3.1", "7"])
def test_difficulties_health_and_unclear_topics_end_one_by_one(world: World, code: str) -> None:
    """Mutation: leave the check out of finish_together, or the filter out of the page."""
    enquiry = silent(world, topic=Topic.objects.get(code=code))
    desk = visitor(world, "counsellor")
    html = desk.get(FINISH).content.decode()
    assert values(html) == []
    assert enquiry.reference in html
    forged = {"chosen": [f"{enquiry.uid.hex}-{freshness.tag(enquiry)}"], "outcomes": ["individual_information"]}
    desk.post(FINISH, forged | {"key": str(uuid.uuid4()), "geste": "terminer"})
    assert world.reload(enquiry).state == State.IN_PROGRESS


def test_not_reached_asks_for_three_attempts_of_each(world: World) -> None:
    """Mutation: leave `clean` out of FinishForm."""
    enquiry = now_taken(world)
    on = timezone.localdate() + timedelta(days=7)
    services.wait_for_agent(
        actor=world.actor("counsellor"), enquiry=enquiry, next_step="L’arrêté", next_step_on=on, at=timezone.now()
    )
    Enquiry.objects.filter(pk=enquiry.pk).update(waiting_since=timezone.now() - timedelta(days=60))
    desk = visitor(world, "counsellor")
    offered = values(desk.get(FINISH).content.decode())
    assert len(offered) == 1
    answer = desk.post(FINISH, {"chosen": offered, "outcomes": [Outcome.NOT_REACHED]})
    assert answer.status_code == 422
    assert "trois essais" in answer.content.decode()


@pytest.mark.parametrize("part", ["fellow counsellor", "co-handler", "counsellor elsewhere"])
def test_what_others_lead_is_out_of_reach(world: World, part: str) -> None:
    """Mutation: read with `for_system` in `in_hands`."""
    enquiry = silent(world)
    html = listed(visitor(world, "counsellor"))
    stranger = visitor(world, part)
    assert enquiry.reference not in stranger.get(FINISH).content.decode()
    said = confirm(stranger, html).content.decode()
    assert "terminée" not in said
    assert enquiry.reference not in said
    assert world.reload(enquiry).state == State.IN_PROGRESS


def test_the_list_offers_it_where_something_is_to_end(world: World) -> None:
    silent(world)
    desk = visitor(world, "counsellor")
    assert FINISH in desk.get(f"{reverse('enquiries:desk')}?vue=a-terminer").content.decode()
    assert FINISH not in desk.get(f"{reverse('enquiries:desk')}?vue=en-cours").content.decode()


def test_more_to_end_asks_no_query_more(world: World, django_assert_max_num_queries) -> None:
    for _ in range(6):
        silent(world)
    desk = visitor(world, "counsellor")
    desk.get(FINISH)
    with django_assert_max_num_queries(12):
        desk.get(FINISH)
