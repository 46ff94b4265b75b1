"""Visits of the mobile team: asked, taken by one, declined for a reason, given back, withdrawn."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse

from proxirh.enquiries.models import Enquiry, Handling, PersonChoice
from proxirh.enquiries.workflow import HandlingState
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.models import DataKey
from proxirh.outbox.models import OutgoingEmail
from proxirh.scheduling.errors import SlotTaken
from proxirh.scheduling.models import DeclineReason, Half, HeldTime, Holder, SessionSeat, VisitRequest
from proxirh.scheduling.retention import RULES
from proxirh.scheduling.services import seats, visits
from proxirh.scheduling.services.forgetting import forget_asked
from proxirh.scheduling.workflow import VisitState
from proxirh.territories.models import Coverage, Division, WorkTie
from tests.enquiries.visitors import same_as_unknown, visitor
from tests.scheduling.going import AFTERNOON, HOUR, fresh, session, visit, when
from tests.scheduling.opening import TUESDAY
from tests.world import LONG_AGO, NOW, World, make_person

pytestmark = pytest.mark.django_db


def take(world: World, row: VisitRequest, part: str = "counsellor", *, start=AFTERNOON, at=NOW) -> None:
    visits.take_visit(actor=world.actor(part), visit=row, starts_at=start, ends_at=start + HOUR, at=at)


def kinds() -> list[str]:
    return sorted(OutgoingEmail.objects.filter(kind__startswith="visit_").values_list("kind", flat=True))


def waiting(world: World, part: str) -> list[VisitRequest]:
    return list(visits.to_take(world.actor(part), at=NOW))


def test_a_visit_is_asked_once_and_its_team_is_told(world: World) -> None:
    key = uuid.uuid4()
    row = visit(world, key=key)
    assert visit(world, key=key) == row
    assert VisitRequest.objects.count() == 1
    assert set(kinds()) == {"visit_for_staff"}
    with pytest.raises(StaleState):
        visit(world, key=key, note="Autre chose.")
    assert bytes(VisitRequest.objects.values_list("note", flat=True).get()) != b"Par la cour."


def test_those_whose_team_goes_there_read_it_without_a_name(world: World) -> None:
    """Neither another académie, nor an officer, nor whoever works at that school, nor whoever asks.

    Mutations: leave out the perimeter, the ties, or the asker.
    """
    row = visit(world)
    assert waiting(world, "counsellor") == [row]
    assert "note" in waiting(world, "counsellor")[0].get_deferred_fields()
    for part in ("counsellor elsewhere", "HR officer", "superior", "coordinator", "author", "code-only staff"):
        assert waiting(world, part) == [], part
    own = visit(world, part="fellow counsellor")
    assert waiting(world, "fellow counsellor") == [row]
    assert own in waiting(world, "counsellor")
    Coverage.objects.filter(team=world.team).update(valid_until=NOW.date() - timedelta(days=1))
    assert waiting(world, "counsellor") == []


def excludes(world: World, *, part: str = "author", kind: str = "excluded") -> None:
    """This person has the counsellor kept away from an enquiry of hers."""
    enquiry = world.submit(part, email=f"{part}@exemple.invalid")
    PersonChoice.objects.create(enquiry=enquiry, person=world.people["counsellor"], kind=kind)


def named_by_her_address(world: World) -> None:
    """The same in an enquiry that she wrote before she had an account."""
    excludes(world)
    Enquiry.objects.update(author=make_person("without account", with_account=False))


def known_to_the_counsellor(world: World) -> None:
    Handling.objects.filter(enquiry=world.submit()).update(
        state=HandlingState.DECLINED, person=world.people["counsellor"]
    )


def in_a_division_there(world: World) -> None:
    division = Division.objects.create(site=world.site, name="Division d’exemple")
    WorkTie.objects.create(person=world.people["counsellor"], kind="works", division=division, valid_from=LONG_AGO)


@pytest.mark.parametrize(
    "keep_apart",
    [
        excludes,
        lambda world: excludes(world, kind="superior"),
        named_by_her_address,
        known_to_the_counsellor,
        in_a_division_there,
    ],
    ids=["excluded", "superior", "by her address", "declined", "division"],
)
def test_whom_she_keeps_away_neither_reads_nor_takes_it_nor_is_told(world: World, keep_apart: Callable) -> None:
    """A request like any other for the rest of the team.

    Mutations: leave `KEEP_AWAY` or `KEPT_AWAY_BY` out; read choices alone, or accounts alone; forget divisions.
    """
    keep_apart(world)
    OutgoingEmail.objects.all().delete()
    row, client = visit(world), visitor(world, "counsellor")
    counsellor = world.actor("counsellor")
    assert waiting(world, "counsellor") == []
    for act in (
        lambda: take(world, row),
        lambda: visits.decline_visit(actor=counsellor, visit=row, reason=DeclineReason.NO_TIME, at=NOW),
    ):
        with pytest.raises(NotAllowed):
            act()
    for method in ("GET", "POST"):
        assert same_as_unknown(client, method, reverse("scheduling:visit", args=[row.uid]), row.uid)
    told = {str(one.recipient) for one in OutgoingEmail.objects.filter(kind="visit_for_staff")}
    assert told
    assert world.people["counsellor"].staff_address not in told
    assert waiting(world, "fellow counsellor") == [row]


def test_the_choice_of_somebody_else_keeps_nobody_away(world: World) -> None:
    """Mutations: forget of whom the enquiry is; take an acceptance for a refusal."""
    excludes(world, part="colleague")
    excludes(world, kind="accepted")
    row = visit(world)
    assert waiting(world, "counsellor") == [row]
    assert world.people["counsellor"].pk in visits._who_may_answer(world.actor("author"), world.site, at=NOW)


@pytest.mark.parametrize("zone", ["site", "circonscription", "academy"])
def test_every_zone_of_a_perimeter_holds_its_sites(world: World, zone: str) -> None:
    row = visit(world)
    places = {"site": world.site, "circonscription": world.site.circonscription, "academy": world.academy}
    Coverage.objects.filter(team=world.team).update(department=None, **{zone: places[zone]})
    assert waiting(world, "counsellor") == [row]


def test_one_takes_it_and_her_time_is_held_there(world: World) -> None:
    """Mutation: take it without a look at the state."""
    row = visit(world)
    stale = fresh(row)
    take(world, row)
    held = HeldTime.objects.get()
    assert (held.kind, held.place.site, held.starts_at) == (Holder.VISIT, world.site, AFTERNOON)
    assert kinds().count("visit_for_agent") == 1
    take(world, row)
    with pytest.raises(StaleState, match="collègue"):
        take(world, fresh(row), "fellow counsellor")
    with pytest.raises((StaleState, NotAllowed)):
        take(world, stale, "fellow counsellor")
    assert HeldTime.objects.count() == 1
    assert kinds().count("visit_for_agent") == 1


def test_a_time_that_is_taken_takes_no_visit(world: World) -> None:
    session(world)
    row = visit(world)
    with pytest.raises(SlotTaken):
        take(world, row)
    assert fresh(row).state == VisitState.ASKED


def test_it_is_declined_for_a_reason_of_the_list(world: World) -> None:
    row, counsellor = visit(world), world.actor("counsellor")
    with pytest.raises(ValueError, match="valid"):
        visits.decline_visit(actor=counsellor, visit=row, reason="", at=NOW)  # type: ignore[arg-type]
    for _ in range(2):
        visits.decline_visit(actor=counsellor, visit=row, reason=DeclineReason.BY_PHONE, at=NOW)
    assert kinds().count("visit_for_agent") == 1
    with pytest.raises(StaleState):
        take(world, row)


def test_what_is_given_back_waits_again(world: World) -> None:
    """Mutation: keep the time."""
    row = visit(world)
    take(world, row)
    with pytest.raises(NotAllowed):
        visits.give_back_visit(actor=world.actor("fellow counsellor"), visit=row, at=NOW)
    visits.give_back_visit(actor=world.actor("counsellor"), visit=row, at=NOW)
    assert not HeldTime.objects.exists()
    assert waiting(world, "fellow counsellor") == [row]
    take(world, fresh(row), "fellow counsellor", at=NOW + HOUR)
    assert kinds().count("visit_for_agent") == 3


def test_whoever_asked_takes_it_back_and_whoever_was_to_come_is_told(world: World) -> None:
    row = visit(world)
    told = kinds().count("visit_for_staff")
    take(world, row)
    with pytest.raises(NotAllowed):
        visits.withdraw_visit(actor=world.actor("colleague"), visit=row, at=NOW)
    with pytest.raises(DomainError, match="commencé"):
        visits.withdraw_visit(actor=world.actor("author"), visit=row, at=AFTERNOON)
    for _ in range(2):
        visits.withdraw_visit(actor=world.actor("author"), visit=row, at=NOW)
    assert not HeldTime.objects.exists()
    assert kinds().count("visit_for_staff") == told + 1


def test_whoever_may_not_answer_is_refused(world: World) -> None:
    WorkTie.objects.create(person=world.people["co-handler"], kind="works", site=world.site, valid_from=LONG_AGO)
    row = visit(world)
    for part in ("counsellor elsewhere", "HR officer", "author", "superior", "co-handler"):
        with pytest.raises(NotAllowed):
            take(world, row, part)
        with pytest.raises(NotAllowed):
            visits.decline_visit(actor=world.actor(part), visit=row, reason=DeclineReason.NO_TIME, at=NOW)


def test_days_that_cannot_be_and_a_fourth_request_are_refused(world: World) -> None:
    yesterday, far = NOW.date() - timedelta(days=1), NOW.date() + timedelta(days=181)
    four = [(TUESDAY + timedelta(days=n), Half.MORNING) for n in range(4)]
    for wished in ([], [(yesterday, Half.MORNING)], [(far, Half.MORNING)], four):
        with pytest.raises(DomainError):
            visit(world, wished=wished)
    with pytest.raises(DomainError, match="280"):
        visit(world, note="x" * 281)
    for _ in range(3):
        visit(world)
    with pytest.raises(DomainError, match="attendent déjà"):
        visit(world)


def test_a_request_goes_with_its_key_thirty_days_after(world: World) -> None:
    """After the visit, after a refusal, after the last day wished when nobody answered.

    Mutations: keep what was declined; count from the request.
    """
    rule = next(one for one in RULES if one.name == "demandes de visite")
    taken, declined, left = visit(world), visit(world), visit(world)
    take(world, taken)
    visits.decline_visit(actor=world.actor("counsellor"), visit=declined, reason=DeclineReason.NO_TIME, at=NOW)
    keys = DataKey.objects.count()
    month = timedelta(days=30)
    assert rule.apply(at=NOW + month) == 0
    assert rule.apply(at=NOW + month + timedelta(seconds=1)) == 1
    assert rule.apply(at=AFTERNOON + HOUR + month + timedelta(seconds=1)) == 1
    assert VisitRequest.objects.get() == left
    assert rule.apply(at=NOW + timedelta(days=60)) == 1
    assert DataKey.objects.count() == keys - 3


def test_what_somebody_asked_or_joined_goes_with_her(world: World) -> None:
    """Time is given back, and her seat goes to whoever waits. Mutation: erase the rows alone."""
    row, meeting = visit(world), session(world, when=when(AFTERNOON + 24 * HOUR))
    take(world, row)
    for part in ("author", "colleague", "superior"):
        seats.register(actor=world.actor(part), session=meeting, at=NOW)
    keys = DataKey.objects.count()
    forget_asked(actor=world.actor("author"), at=NOW)
    assert not VisitRequest.objects.exists()
    assert HeldTime.objects.get().kind == Holder.SESSION
    assert set(SessionSeat.objects.values_list("person", "number")) == {
        (world.people["colleague"].pk, 2),
        (world.people["superior"].pk, 1),
    }
    mails = OutgoingEmail.objects.filter(kind="session_for_agent").count()
    assert (DataKey.objects.count(), mails) == (keys - 1 + 2, 1)  # two mails, each with a key of its own


def test_half_days_wished_under_their_former_codes_are_rewritten(world: World) -> None:
    """Mutation: leave a code out of the migration, or rewrite the days too."""
    codes = import_module("proxirh.scheduling.migrations.0009_halves_of_visits")
    wish = visit(world)
    said = [["2026-12-01", "morning"], ["2026-12-02", "afternoon"], ["2026-12-03", "pm"]]
    VisitRequest.objects.filter(pk=wish.pk).update(wished=said)
    for _ in range(2):
        codes.forwards(apps, connection.schema_editor())
    wish.refresh_from_db()
    assert wish.wished == [["2026-12-01", "am"], ["2026-12-02", "pm"], ["2026-12-03", "pm"]]
    codes.backwards(apps, connection.schema_editor())
    wish.refresh_from_db()
    assert [half for _, half in wish.wished] == ["morning", "afternoon", "afternoon"]
