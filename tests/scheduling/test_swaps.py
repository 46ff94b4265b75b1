"""Half-days that colleagues exchange: nothing moves before a yes, and then both agendas do."""

from datetime import date, timedelta

import pytest
from icalendar import Calendar

from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.models import JournalEntry
from proxirh.outbox.models import OutgoingEmail
from proxirh.scheduling.models import DutyShift, HeldQuarter, HeldTime, ShiftSwap
from proxirh.scheduling.services import duty, swaps
from proxirh.scheduling.shift_calendar import calendar_of_shifts
from proxirh.scheduling.workflow import ShiftState, SwapState
from proxirh.territories.models import Absence
from tests.scheduling.phone import FIRST, FRIDAY, MONDAY, SECOND, THIRD, TUESDAY, a_line, put_on
from tests.world import NOW, World

pytestmark = pytest.mark.django_db


def owner(day: date, half: str = "am") -> str:
    row = DutyShift.objects.select_related("person__data_key", "held").get(day=day, half=half, state=ShiftState.PLANNED)
    assert row.held is not None
    assert (row.held.person_id, row.held.starts_at, row.held.ends_at) == (row.person_id, row.starts_at, row.ends_at)
    assert HeldQuarter.objects.filter(held=row.held, person=row.person).count() == 12
    return f"{row.person.first_name} {row.person.last_name}".removesuffix(" Exemple")


def kinds() -> list[str]:
    return list(OutgoingEmail.objects.filter(kind__startswith="swap").order_by("pk").values_list("kind", flat=True))


def test_an_offer_to_all_goes_to_the_first_who_accepts(world: World) -> None:
    """Mutation: accept what is settled; or keep the held time of who gives."""
    line = a_line(world)
    shift = put_on(world, line, FIRST, MONDAY)
    for _ in range(2):
        offer = swaps.ask_swap(actor=world.actor(FIRST), shift=shift, at=NOW)
    assert (owner(MONDAY), kinds()) == ("Hr Officer", ["swap_asked"] * 2)
    swaps.accept_swap(actor=world.actor(SECOND), offer=offer, at=NOW)
    assert owner(MONDAY) == "Counsellor"
    with pytest.raises(DomainError, match="déjà réglé"):
        swaps.accept_swap(actor=world.actor(THIRD), offer=offer, at=NOW)
    assert (owner(MONDAY), HeldTime.objects.count(), kinds()[2:]) == ("Counsellor", 1, ["swap_settled"])
    assert DutyShift.objects.get(pk=shift.pk).state == ShiftState.SWAPPED
    journal = str(list(JournalEntry.objects.values_list("details", flat=True)))
    assert world.people[FIRST].last_name not in journal


def test_one_half_day_for_another_moves_both_agendas(world: World) -> None:
    """Mutation: leave the held time of one of the two where it was."""
    line = a_line(world)
    mine, hers = put_on(world, line, FIRST, MONDAY), put_on(world, line, SECOND, TUESDAY, "am")
    offer = swaps.ask_swap(actor=world.actor(FIRST), shift=mine, to=world.people[SECOND], in_return=hers, at=NOW)
    with pytest.raises(NotAllowed):
        swaps.accept_swap(actor=world.actor(THIRD), offer=offer, at=NOW)
    swaps.accept_swap(actor=world.actor(SECOND), offer=offer, at=NOW)
    assert (owner(MONDAY), owner(TUESDAY), HeldTime.objects.count()) == ("Counsellor", "Hr Officer", 2)


def test_what_is_refused_or_taken_back_changes_nothing(world: World) -> None:
    line = a_line(world)
    shift = put_on(world, line, FIRST, MONDAY)
    for act, state in (("refuse", SwapState.REFUSED), ("withdraw", SwapState.WITHDRAWN)):
        offer = swaps.ask_swap(actor=world.actor(FIRST), shift=shift, to=world.people[SECOND], at=NOW)
        with pytest.raises(DomainError, match="déjà proposée"):
            swaps.ask_swap(actor=world.actor(FIRST), shift=shift, at=NOW)
        for _ in range(2):
            if act == "refuse":
                swaps.refuse_swap(actor=world.actor(SECOND), offer=offer, at=NOW)
            else:
                swaps.withdraw_swap(actor=world.actor(FIRST), offer=offer, at=NOW)
        assert ShiftSwap.objects.get(pk=offer.pk).state == state
        with pytest.raises(DomainError):
            swaps.accept_swap(actor=world.actor(SECOND), offer=offer, at=NOW)
    assert owner(MONDAY) == "Hr Officer"


def test_an_exchange_passes_no_limit_no_absence_and_no_engagement(world: World) -> None:
    """Mutation: accept without the limits; or count what she gives away among them."""
    line = a_line(world)
    given = put_on(world, line, FIRST, TUESDAY)
    offer = swaps.ask_swap(actor=world.actor(FIRST), shift=given, to=world.people[SECOND], at=NOW)
    held = [put_on(world, line, SECOND, MONDAY, half) for half in ("am", "pm")]
    with pytest.raises(DomainError, match="de suite"):
        swaps.accept_swap(actor=world.actor(SECOND), offer=offer, at=NOW)
    duty.remove(actor=world.actor("head of service"), shift=held[0], at=NOW)
    away = Absence.objects.create(person=world.people[SECOND], valid_from=TUESDAY, valid_until=TUESDAY)
    with pytest.raises(DomainError, match="absence"):
        swaps.accept_swap(actor=world.actor(SECOND), offer=offer, at=NOW)
    away.delete()
    swaps.accept_swap(actor=world.actor(SECOND), offer=offer, at=NOW)
    # Three in a row but for the one she gives back.
    other = put_on(world, line, FIRST, TUESDAY, "pm")
    back = swaps.ask_swap(actor=world.actor(FIRST), shift=other, to=world.people[SECOND], in_return=held[1], at=NOW)
    swaps.accept_swap(actor=world.actor(SECOND), offer=back, at=NOW)
    assert (owner(TUESDAY, "pm"), owner(MONDAY, "pm")) == ("Counsellor", "Hr Officer")


def test_an_offer_dies_with_its_half_day(world: World) -> None:
    """Given to somebody else, begun, or its owner replaced."""
    line = a_line(world)
    shift = put_on(world, line, FIRST, MONDAY)
    offer = swaps.ask_swap(actor=world.actor(FIRST), shift=shift, at=NOW)
    assert [one.pk for one in swaps.offered_to(world.actor(SECOND), at=NOW)] == [offer.pk]
    begun = NOW + timedelta(days=6, hours=3)
    assert not swaps.offered_to(world.actor(SECOND), at=begun).exists()
    with pytest.raises(DomainError, match="déjà commencé"):
        swaps.accept_swap(actor=world.actor(SECOND), offer=offer, at=begun)
    duty.replace(actor=world.actor("head of service"), shift=shift, person=world.people[THIRD], at=NOW)
    assert not swaps.offered_to(world.actor(SECOND), at=NOW).exists()
    with pytest.raises(DomainError, match="n’est plus prévue"):
        swaps.accept_swap(actor=world.actor(SECOND), offer=offer, at=NOW)


@pytest.mark.parametrize("part", ["head of service", "coordinator", "co-handler", "author"])
def test_nobody_offers_or_takes_for_another(world: World, part: str) -> None:
    """Mutation: let whoever draws the roster up accept."""
    line = a_line(world)
    shift = put_on(world, line, FIRST, MONDAY)
    offer = swaps.ask_swap(actor=world.actor(FIRST), shift=shift, at=NOW)
    actor = world.actor(part)
    for act in (swaps.accept_swap, swaps.refuse_swap, swaps.withdraw_swap):
        with pytest.raises(NotAllowed):
            act(actor=actor, offer=offer, at=NOW)
    with pytest.raises(NotAllowed):
        swaps.ask_swap(actor=actor, shift=shift, at=NOW)
    assert not swaps.offers(actor).exists()
    with pytest.raises(DomainError, match="personne de l’équipe"):
        swaps.ask_swap(actor=world.actor(FIRST), shift=shift, to=world.people["co-handler"], at=NOW)


def test_the_calendar_file_holds_when_and_nothing_else(world: World) -> None:
    """Mutation: write the name of the line, or the hour of the wall without its zone."""
    line = a_line(world, name="Allô CANARI")
    for day in (MONDAY, FRIDAY):
        put_on(world, line, FIRST, day)
    put_on(world, line, SECOND, TUESDAY)
    written = calendar_of_shifts(swaps.own_shifts(world.actor(FIRST), at=NOW), at=NOW)
    assert written == calendar_of_shifts(swaps.own_shifts(world.actor(FIRST), at=NOW), at=NOW)
    lines = written.decode().split("\r\n")
    assert (lines[0], lines[-2], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR", "")
    assert "DTSTART:20261123T080000Z" in lines
    assert "DTEND:20261123T110000Z" in lines
    assert "SUMMARY:Permanence téléphonique" in lines
    assert b"CANARI" not in written
    assert world.people[FIRST].last_name.encode() not in written
    events = Calendar.from_ical(written).walk("VEVENT")
    assert [event.decoded("dtstart").date() for event in events] == [MONDAY, FRIDAY]
    assert len({str(event["uid"]) for event in events}) == 2
