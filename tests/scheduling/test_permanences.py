"""A half-day at a school: proposed or drafted, its room answered for, announced, booked as any other, cancelled."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from proxirh.kernel.errors import DomainError, NotAllowed, StaleState, TooManyTries
from proxirh.outbox.models import OutgoingEmail
from proxirh.scheduling.free import Wanted, free_slots
from proxirh.scheduling.models import Availability, MeetingPlace, SitePermanence, Way
from proxirh.scheduling.services import permanences as service
from proxirh.scheduling.services.half_days import HalfDayAtSite, tag
from proxirh.scheduling.services.openings import Hours, change_day, end_hours
from proxirh.scheduling.workflow import PermanenceState
from proxirh.territories.models import Coverage, WorkTie
from tests.scheduling.going import MORNING, SAFE, drafted, fresh, proposed, published
from tests.scheduling.opening import TUESDAY, opened
from tests.world import LONG_AGO, NOW, World, make_person

pytestmark = pytest.mark.django_db


def slots(world: World) -> list:
    start = datetime.combine(TUESDAY, time.min, UTC)
    asked = Wanted(timedelta(minutes=45), start, start + timedelta(days=1))
    return list(free_slots([world.people["counsellor"].pk], asked))


def kinds() -> list[str]:
    return list(
        OutgoingEmail.objects.filter(kind__startswith="permanence").order_by("pk").values_list("kind", flat=True)
    )


def test_an_announced_half_day_is_offered_in_slots_of_its_own_length_on_site_alone(world: World) -> None:
    """Mutations: cut it by the length that the académie says; let it be taken by telephone too."""
    row = published(world)
    found = slots(world)
    assert len(found) == 6
    assert {one.end - one.start for one in found} == {timedelta(minutes=30)}
    assert {one.ways for one in found} == {frozenset({Way.ON_SITE})}
    place = MeetingPlace.objects.get(pk=found[0].place)
    assert (place.site, place.name) == (world.site, "Collège des Exemples, Salle B12")
    assert fresh(row).opening.person == world.people["counsellor"]


@pytest.mark.parametrize("missing", SAFE)
def test_nothing_is_announced_before_the_three_answers(world: World, missing: str) -> None:
    """Neither by the service, nor by any other way. Mutations: announce without looking; drop the constraint."""
    row = drafted(world)
    counsellor = world.actor("counsellor")
    service.check_room(actor=counsellor, permanence=row, answers=[one for one in SAFE if one != missing], at=NOW)
    with pytest.raises(DomainError, match="salle"):
        service.publish_permanence(actor=counsellor, permanence=row, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        SitePermanence.objects.filter(pk=row.pk).update(state=PermanenceState.PUBLISHED)
    assert not slots(world)
    assert not service.announced_for(world.site, day=TUESDAY)


def test_each_yes_keeps_its_day_and_who_said_it_and_a_no_takes_it_back(world: World) -> None:
    row = proposed(world)
    head, later = world.actor("superior"), NOW + timedelta(days=1)
    service.check_room(actor=head, permanence=row, answers=["private"], at=NOW)
    service.accept_permanence(actor=world.actor("counsellor"), permanence=row, at=NOW)
    service.check_room(actor=world.actor("counsellor"), permanence=row, answers=SAFE, at=later)
    row = fresh(row)
    assert (row.private_at, row.private_by_id) == (NOW, head.person_id)
    assert (row.no_queue_at, row.no_queue_by_id) == (later, world.people["counsellor"].pk)
    service.check_room(actor=head, permanence=row, answers=["private"], at=later)
    assert not fresh(row).is_room_safe
    assert fresh(row).soundproof_by is None


def test_a_room_that_changes_while_it_is_announced_is_not_announced(world: World) -> None:
    """Mutation: announce without comparing the answers."""
    row = drafted(world)
    counsellor = world.actor("counsellor")
    service.check_room(actor=counsellor, permanence=row, answers=SAFE, at=NOW)
    stale = service.hers_or_to_take(counsellor, at=NOW).get(pk=row.pk)
    service.check_room(actor=world.actor("superior"), permanence=fresh(row), answers=[], at=NOW)
    with pytest.raises(StaleState):
        service.publish_permanence(actor=counsellor, permanence=stale, at=NOW)
    assert not Availability.objects.exists()


def test_a_head_proposes_and_a_counsellor_comes(world: World) -> None:
    """Those who counsel there are told, then the head at each step; twice tells once."""
    key = uuid.uuid4()
    days = (TUESDAY, TUESDAY + timedelta(days=7))
    row = proposed(world, days=days, key=key)
    assert proposed(world, days=days, key=key) == row
    assert SitePermanence.objects.count() == 2
    assert set(kinds()) == {"permanence_for_staff"}
    with pytest.raises(StaleState):
        proposed(world, key=key)
    for _ in range(2):
        service.accept_permanence(actor=world.actor("counsellor"), permanence=row, at=NOW)
    assert kinds().count("permanence_for_host") == 1
    with pytest.raises(DomainError):
        service.accept_permanence(actor=world.actor("fellow counsellor"), permanence=row, at=NOW)


def test_so_many_half_days_of_one_person_wait_and_so_many_leave_in_a_day(world: World) -> None:
    """Twelve may wait for an answer, six may leave in a day; what is past or answered waits no more.

    Mutations: count neither; count other people’s; count what is past.
    """
    other = make_person("other head")
    SitePermanence.objects.bulk_create(
        SitePermanence(
            site=world.site,
            room="S",
            day=TUESDAY,
            starts_at=time(9),
            ends_at=time(12),
            state="proposed",
            made_by=other,
            created_at=NOW,
        )
        for _ in range(12)
    )
    weeks = [TUESDAY + timedelta(days=7 * n) for n in range(13)]
    for n in range(4):
        proposed(world, days=tuple(weeks[3 * n : 3 * n + 3]))
    with pytest.raises(DomainError, match="Douze"):
        proposed(world, days=(weeks[12],))
    service.accept_permanence(
        actor=world.actor("counsellor"),
        permanence=service.hosted(world.actor("superior")).filter(made_by=world.people["superior"]).first(),
        at=NOW,
    )
    for _ in range(2):
        row = proposed(world, days=(weeks[12],))
        service.cancel_permanence(actor=world.actor("superior"), permanence=row, at=NOW)
    with pytest.raises(TooManyTries, match="demain"):
        proposed(world, days=(weeks[12],))
    later = NOW + timedelta(days=40)
    assert proposed(world, days=tuple(weeks[10:13]), at=later)


def test_a_proposal_that_cannot_be_told_is_not_made(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: tell of it in a transaction of its own."""

    def lost(*_: object, **__: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(service, "tell", lost)
    with pytest.raises(ConnectionError):
        proposed(world)
    assert not SitePermanence.objects.exists()


def test_an_answer_given_on_an_older_page_wipes_nothing(world: World) -> None:
    """Whoever reads the page again may take it back. Mutation: compare with the row as it is read now alone."""
    row = drafted(world)
    seen = tag(row)
    service.check_room(actor=world.actor("superior"), permanence=fresh(row), answers=["private"], seen=seen, at=NOW)
    with pytest.raises(StaleState, match="vient de changer"):
        service.check_room(
            actor=world.actor("counsellor"), permanence=fresh(row), answers=["no_queue"], seen=seen, at=NOW
        )
    assert (fresh(row).private_at, fresh(row).no_queue_at) == (NOW, None)
    service.check_room(actor=world.actor("counsellor"), permanence=fresh(row), answers=[], seen=tag(fresh(row)), at=NOW)
    assert fresh(row).private_at is None


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"room": "Salle C3"}, set()),
        ({"starts_at": time(10)}, {"soundproof", "no_queue"}),
        ({"day": TUESDAY + timedelta(days=7)}, {"soundproof", "no_queue"}),
        ({"minutes": 45}, set(SAFE)),
        ({}, set(SAFE)),
    ],
)
def test_a_draft_is_prepared_otherwise_and_what_was_said_of_another_room_is_asked_again(
    world: World, changes: dict, kept: set[str]
) -> None:
    """The head who proposed it is told, once, of what changes. Mutations: keep the answers; tell nobody."""
    row = proposed(world)
    counsellor, later = world.actor("counsellor"), NOW + timedelta(hours=1)
    service.accept_permanence(actor=counsellor, permanence=row, at=NOW)
    service.check_room(actor=counsellor, permanence=row, answers=SAFE, at=NOW)
    told = kinds().count("permanence_for_host")
    day = changes.pop("day", TUESDAY)
    for _ in range(2):
        service.revise_permanence(
            actor=counsellor, permanence=row, day=day, half_day=replace(MORNING, **changes), at=later
        )
    row = fresh(row)
    assert (row.day, row.room) == (day, changes.get("room", "Salle B12"))
    assert {name for name in SAFE if getattr(row, f"{name}_by_id")} == kept
    assert kinds().count("permanence_for_host") == told + (1 if changes or day != TUESDAY else 0)


def test_what_is_announced_or_another_s_or_changed_meanwhile_is_not_prepared_otherwise(world: World) -> None:
    """Mutations: let anybody; after it is announced; over what another tab wrote."""
    row = drafted(world)
    seen, other = tag(row), replace(MORNING, room="Salle C3")
    for part in ("fellow counsellor", "superior", "author", "counsellor elsewhere"):
        with pytest.raises(NotAllowed):
            service.revise_permanence(actor=world.actor(part), permanence=row, day=TUESDAY, half_day=other, at=NOW)
    service.revise_permanence(
        actor=world.actor("coordinator"), permanence=fresh(row), day=TUESDAY, half_day=other, seen=seen, at=NOW
    )
    assert kinds() == ["permanence_for_staff"]
    with pytest.raises(StaleState):
        service.revise_permanence(
            actor=world.actor("counsellor"), permanence=fresh(row), day=TUESDAY, half_day=MORNING, seen=seen, at=NOW
        )
    with pytest.raises(StaleState):
        service.revise_permanence(
            actor=world.actor("counsellor"),
            permanence=row,
            day=TUESDAY,
            half_day=replace(MORNING, room="Salle D4"),
            at=NOW,
        )
    assert fresh(row).room == "Salle C3"
    announced = published(world, day=TUESDAY + timedelta(days=7))
    with pytest.raises(DomainError, match="annoncée"):
        service.revise_permanence(
            actor=world.actor("counsellor"), permanence=announced, day=TUESDAY, half_day=other, at=NOW
        )


def test_hours_changed_while_it_is_announced_are_not_announced(world: World) -> None:
    """Mutation: compare the answers alone."""
    row, counsellor = drafted(world), world.actor("counsellor")
    service.check_room(actor=counsellor, permanence=row, answers=SAFE, at=NOW)
    stale = fresh(row)
    service.revise_permanence(
        actor=counsellor, permanence=fresh(row), day=TUESDAY, half_day=replace(MORNING, minutes=45), at=NOW
    )
    with pytest.raises(StaleState):
        service.publish_permanence(actor=counsellor, permanence=stale, at=NOW)
    assert not Availability.objects.exists()


def test_the_coordination_says_who_comes_among_those_who_serve_there(world: World) -> None:
    row, coordinator = proposed(world), world.actor("coordinator")
    with pytest.raises(DomainError, match="ne reçoit pas"):
        service.accept_permanence(
            actor=coordinator, permanence=row, person=world.people["counsellor elsewhere"], at=NOW
        )
    service.accept_permanence(actor=coordinator, permanence=row, person=world.people["counsellor"], at=NOW)
    assert fresh(row).person == world.people["counsellor"]


def test_whoever_may_not_is_refused(world: World) -> None:
    """Mutation: propose anywhere; draft where one’s team does not go; announce or cancel another’s."""
    for part in ("author", "counsellor", "coordinator"):
        with pytest.raises(NotAllowed):
            service.propose_permanence(
                actor=world.actor(part), site=world.site, days=[TUESDAY], half_day=MORNING, at=NOW
            )
    with pytest.raises(NotAllowed):
        service.draft_permanence(
            actor=world.actor("counsellor elsewhere"), site=world.site, day=TUESDAY, half_day=MORNING, at=NOW
        )
    row = published(world)
    for part in ("fellow counsellor", "superior", "author", "coordinator"):
        actor = world.actor(part)
        with pytest.raises(NotAllowed):
            service.publish_permanence(actor=actor, permanence=row, at=NOW)
        if part != "coordinator":
            with pytest.raises(NotAllowed):
                service.cancel_permanence(actor=actor, permanence=row, at=NOW)
    waits = drafted(world, day=TUESDAY + timedelta(days=7))
    for part in ("fellow counsellor", "author", "coordinator"):
        with pytest.raises(NotAllowed):
            service.check_room(actor=world.actor(part), permanence=waits, answers=SAFE, at=NOW)


def test_a_head_without_a_mission_hosts_and_one_whose_tie_is_over_does_not(world: World) -> None:
    """Also through a circonscription. Mutation: read ties of those who have a mission alone."""
    author = world.people["author"]
    tie = WorkTie.objects.create(
        person=author, kind="has_authority", circonscription=world.site.circonscription, valid_from=LONG_AGO
    )
    assert world.actor("author").hosts
    assert service.propose_permanence(
        actor=world.actor("author"), site=world.site, days=[TUESDAY], half_day=MORNING, at=NOW
    )
    WorkTie.objects.filter(pk=tie.pk).update(kind="works")
    assert not world.actor("author").hosts
    WorkTie.objects.filter(pk=tie.pk).update(kind="has_authority", valid_until=LONG_AGO)
    assert not world.actor("author").hosts


def test_cancelling_closes_the_opening_once(world: World) -> None:
    """Mutation: leave the opening."""
    row = published(world)
    for _ in range(2):
        service.cancel_permanence(actor=world.actor("counsellor"), permanence=row, at=NOW)
    assert not slots(world)
    assert not Availability.objects.exists()
    assert fresh(row).state == PermanenceState.CANCELLED
    with pytest.raises(DomainError):
        service.publish_permanence(actor=world.actor("counsellor"), permanence=fresh(row), at=NOW)


def test_its_hours_are_not_changed_from_the_agenda(world: World) -> None:
    """Elsewhere, the room would not be the one that was answered for. Mutation: look at the owner alone."""
    opening = fresh(published(world)).opening
    actor = world.actor("counsellor")
    with pytest.raises(DomainError, match="permanence"):
        change_day(actor=actor, availability=opening, day=TUESDAY, hours=Hours(time(14), time(15)), at=NOW)
    with pytest.raises(DomainError, match="permanence"):
        end_hours(actor=actor, availability=opening, last=None, at=NOW)


def test_everybody_near_reads_of_it_once_announced(world: World) -> None:
    """At the site and in its circonscription, not elsewhere. Mutation: tell drafts too."""
    drafted(world, day=TUESDAY + timedelta(days=7))
    row = published(world)
    near = world.other_site
    assert service.announced_for(world.site, day=TUESDAY) == [row]
    assert service.announced_for(near, day=TUESDAY) == []
    near.circonscription = world.site.circonscription
    assert service.announced_for(near, day=TUESDAY) == [row]
    assert service.announced_for(world.site, day=TUESDAY + timedelta(days=1)) == []


@pytest.mark.parametrize(
    "half_day",
    [
        HalfDayAtSite("Salle", time(9), time(9, 15)),
        HalfDayAtSite("Salle", time(9, 5), time(12)),
        HalfDayAtSite("Salle", time(8), time(18)),
        HalfDayAtSite("Salle", time(12), time(9)),
    ],
)
def test_hours_that_make_no_half_day_are_refused(world: World, half_day: HalfDayAtSite) -> None:
    with pytest.raises(DomainError):
        drafted(world, half_day=half_day)


def test_a_day_past_is_refused_at_every_step(world: World) -> None:
    with pytest.raises(DomainError):
        drafted(world, day=NOW.date() - timedelta(days=1))
    row, late = drafted(world), NOW + timedelta(days=30)
    service.check_room(actor=world.actor("counsellor"), permanence=row, answers=SAFE, at=NOW)
    for act in (service.publish_permanence, service.cancel_permanence):
        with pytest.raises(DomainError, match="passé"):
            act(actor=world.actor("counsellor", at=late), permanence=row, at=late)


def test_two_sites_of_one_name_have_each_their_room(world: World) -> None:
    """Mutation: find a place by its name alone."""
    Coverage.objects.filter(team=world.team).update(department=world.department)
    world.other_site.name = world.site.name
    world.other_site.save()
    first = published(world)
    second = service.draft_permanence(
        actor=world.actor("counsellor"), site=world.other_site, day=TUESDAY, half_day=MORNING, at=NOW
    )
    service.check_room(actor=world.actor("counsellor"), permanence=second, answers=SAFE, at=NOW)
    service.publish_permanence(actor=world.actor("counsellor"), permanence=second, at=NOW)
    assert fresh(first).place != fresh(second).place
    assert fresh(second).place.site == world.other_site


def test_slots_of_two_lengths_in_one_place_stay_apart(world: World) -> None:
    """Mutation: tell slots by their start alone."""
    row = fresh(published(world))
    opened(world, place=row.place)
    found = [one for one in slots(world) if one.start == min(slot.start for slot in slots(world))]
    assert sorted(one.end - one.start for one in found) == [timedelta(minutes=30), timedelta(minutes=45)]
