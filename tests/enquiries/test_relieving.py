"""An absence that nobody had foreseen, a colleague who leaves: what she has in hand goes on without being read."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection

from proxirh.accounts.models import Person
from proxirh.enquiries import relief, services
from proxirh.enquiries.hanging import SET_ASIDE
from proxirh.enquiries.models import Enquiry, Handling, WorkingNote
from proxirh.enquiries.services import passing, relieving
from proxirh.enquiries.services.noting import write_note
from proxirh.enquiries.services.relieving import Relieved, cover_absence, entrust_all
from proxirh.enquiries.workflow import HandlingState
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.models import JournalEntry
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Absence, Deputy, Posting, Role, WorkTie
from tests.enquiries import acts
from tests.enquiries.handing import counsel_too
from tests.world import LONG_AGO, NOW, World

pytestmark = pytest.mark.django_db
TODAY, LATER = NOW.date(), NOW + timedelta(hours=1)
FRIDAY = TODAY + timedelta(days=3)
KEY = uuid.UUID(int=7)


def with_step(world: World, on: date, **changes) -> Enquiry:
    """In the counsellor’s hands, answered, with a step on that day."""
    enquiry = world.taken(**changes)
    Enquiry.objects.filter(pk=enquiry.pk).update(first_answered_at=NOW, next_step_on=on)
    return world.reload(enquiry)


def only(world: World, *kept: Enquiry) -> None:
    Enquiry.objects.exclude(pk__in=[one.pk for one in kept]).delete()


def cover(world: World, *seen: Enquiry, part: str = "coordinator", key: uuid.UUID = KEY, **more) -> Relieved:
    told = {"person": world.people["counsellor"], "until": FRIDAY, "at": LATER} | more
    return cover_absence(actor=world.actor(part), seen=[one.uid for one in seen], key=key, **told)


def leaves(world: World, part: str = "counsellor", *, on: date = FRIDAY) -> Person:
    Posting.objects.filter(person=world.people[part]).update(valid_until=on)
    return world.people[part]


def entrust(world: World, *seen: Enquiry, part: str = "coordinator", key: uuid.UUID = KEY, **more) -> Relieved:
    told = {"person": world.people["counsellor"], "at": LATER} | more
    return entrust_all(actor=world.actor(part), seen=[one.uid for one in seen], key=key, **told)


def mails(kind: str) -> list[OutgoingEmail]:
    return list(OutgoingEmail.objects.filter(kind=kind).select_related("data_key"))


def offered_to(enquiry: Enquiry) -> Person | None:
    return Handling.objects.get(enquiry=enquiry, state=HandlingState.OFFERED, is_lead=True).person


# ── An absence that nobody had foreseen ──────────────────────────────────────────────────────────
def test_an_absence_proposes_what_cannot_wait_and_keeps_the_rest(world: World) -> None:
    urgent, patient = with_step(world, TODAY), with_step(world, FRIDAY + timedelta(9))
    only(world, urgent, patient)
    done = cover(world, urgent)
    assert (done.moved, done.left) == ([urgent.reference], {})
    moved = world.reload(urgent)
    assert (moved.lead_id, moved.state, moved.next_step_on, moved.team_id) == (
        *(None, urgent.state, TODAY, urgent.team_id),
    )
    assert world.reload(patient).lead_id == world.people["counsellor"].pk
    absence = Absence.objects.get()
    assert (absence.person, absence.valid_from, absence.valid_until) == (world.people["counsellor"], TODAY, FRIDAY)
    proposed = offered_to(urgent)
    assert proposed not in {None, world.people["counsellor"], world.people["superior"]}
    assert [mail.kind for mail in OutgoingEmail.objects.filter(kind__in=("absent", "given_back"))] == ["absent"]
    assert len(mails("proposed")) == 1
    assert len(mails("relieved")) == 1
    assert mails("reassigned") == []


def test_the_same_key_again_moves_and_tells_nothing_twice(world: World) -> None:
    """Mutations: leave the key out of the journal line; a new dedupe key for each mail; a second absence."""
    rows = [with_step(world, TODAY) for _ in range(3)]
    first = cover(world, *rows)
    counted = OutgoingEmail.objects.count(), Handling.objects.count(), JournalEntry.objects.count()
    again = cover(world, *rows)
    assert again == first
    assert (OutgoingEmail.objects.count(), Handling.objects.count(), JournalEntry.objects.count()) == counted
    other_tab = cover(world, *rows, key=uuid.uuid4())
    assert (other_tab.moved, other_tab.left) == ([], {relieving.ELSEWHERE: [row.reference for row in rows]})
    assert OutgoingEmail.objects.count() == counted[0]
    assert Absence.objects.count() == 1


def test_whose_turn_it_is_goes_by_load_and_never_to_who_is_away(world: World) -> None:
    """Mutations: take the first of the team; leave absences out; give it back to who is away."""
    rows = [with_step(world, TODAY) for _ in range(8)]
    only(world, *rows)
    Absence.objects.create(person=world.people["fellow counsellor"], valid_from=TODAY, valid_until=TODAY)
    cover(world, *rows)
    chosen = [offered_to(row) for row in rows]
    assert world.people["fellow counsellor"] not in chosen
    assert world.people["counsellor"] not in chosen
    assert len(set(chosen)) > 3


def test_nobody_is_proposed_what_a_conflict_keeps_from_her(world: World) -> None:
    """Mutation: whoever serves in the team (`free_members`)."""
    excluded = tuple(
        world.people[part]
        for part in ("excluded colleague", "co-handler", "former handler", "counsellor in two academies")
    )
    enquiry = with_step(world, TODAY, excluded=excluded)
    cover(world, enquiry)
    assert offered_to(enquiry) in {world.people["fellow counsellor"], world.people["code-only staff"]}


def test_what_nobody_else_may_receive_stays_and_is_named(world: World) -> None:
    """Mutation: propose it to nobody."""
    enquiry, other = with_step(world, TODAY), with_step(world, TODAY, excluded=(world.people["co-handler"],))
    others = set(world.people.values()) - {world.people["counsellor"], world.people["co-handler"]}
    Absence.objects.bulk_create(Absence(person=one, valid_from=TODAY, valid_until=FRIDAY) for one in others)
    done = cover(world, enquiry, other)
    assert (done.moved, done.left) == ([enquiry.reference], {relieving.NOBODY_ELSE: [other.reference]})
    assert world.reload(other).lead_id == world.people["counsellor"].pk
    assert len(mails("absent")) == 1


MEANWHILE: dict[str, tuple[Callable, str]] = {
    "its author took it back": (acts.withdraw, relieving.ENDED),
    "she closed it": (acts.close, relieving.ENDED),
    "she gave it back": (acts.give_back, relieving.ELSEWHERE),
}


@pytest.mark.parametrize("what", MEANWHILE)
def test_what_moved_meanwhile_is_left_and_the_others_go_on(world: World, what: str) -> None:
    """Mutation: one transaction for all."""
    moved, other = with_step(world, TODAY), with_step(world, TODAY)
    act, why = MEANWHILE[what]
    act(world, world.reload(moved))
    if why == relieving.ELSEWHERE:
        Handling.objects.filter(enquiry=moved, state=HandlingState.OFFERED).update(person=None)
    done = cover(world, moved, other)
    assert (done.moved, done.left) == ([other.reference], {why: [moved.reference]})


def test_a_swap_lost_at_that_instant_is_left_and_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: write without comparing the lead."""
    enquiry = with_step(world, TODAY)
    real = passing.kept_away

    def meanwhile(*args, **more):
        Enquiry.objects.filter(pk=enquiry.pk).update(lead=world.people["co-handler"])
        return real(*args, **more)

    monkeypatch.setattr(passing, "kept_away", meanwhile)
    done = cover(world, enquiry)
    assert done.moved == []
    assert [enquiry.reference] in done.left.values()
    assert mails("absent") == []


def test_a_declared_absence_is_lengthened_never_shortened(world: World) -> None:
    """Mutation: write another beside it."""
    Absence.objects.create(person=world.people["counsellor"], valid_from=TODAY - timedelta(2), valid_until=FRIDAY)
    cover(world, until=TODAY)
    assert Absence.objects.get().valid_until == FRIDAY
    cover(world, until=FRIDAY + timedelta(4))
    assert Absence.objects.get().valid_until == FRIDAY + timedelta(4)
    for wrong in (TODAY - timedelta(1), TODAY + timedelta(400)):
        with pytest.raises(DomainError):
            cover(world, until=wrong)


REFUSED = ("head of service", "counsellor", "fellow counsellor", "national referent", "administrator", "HR officer")


@pytest.mark.parametrize("part", REFUSED)
@pytest.mark.parametrize("act", [cover, entrust])
def test_only_the_coordination_may(world: World, part: str, act: Callable) -> None:
    """Mutation: leave the permission out."""
    leaves(world)
    enquiry = with_step(world, TODAY)
    with pytest.raises(NotAllowed):
        act(world, enquiry, part=part)
    assert world.reload(enquiry).lead_id == world.people["counsellor"].pk


@pytest.mark.parametrize("act", [cover, entrust])
def test_the_coordination_of_elsewhere_may_not(world: World, act: Callable) -> None:
    """Mutation: any académie for whoever coordinates one."""
    leaves(world)
    far = world.people["counsellor elsewhere"]
    Posting.objects.create(person=far, role=Role.COORDINATOR, academy=world.elsewhere, valid_from=LONG_AGO)
    with pytest.raises(NotAllowed):
        act(world, with_step(world, TODAY), part="counsellor elsewhere")


@pytest.mark.parametrize("act", [cover, entrust])
@pytest.mark.parametrize(("until", "may"), [(TODAY, True), (TODAY - timedelta(1), False)])
def test_who_stands_in_may_until_the_last_day(world: World, act: Callable, until: date, may: bool) -> None:
    """Mutation: leave the end of a suppléance out."""
    leaves(world)
    Deputy.objects.create(
        person=world.people["coordinator"],
        deputy=world.people["co-handler"],
        academy=world.academy,
        valid_from=LONG_AGO,
        valid_until=until,
    )
    enquiry = with_step(world, TODAY)
    if may:
        assert act(world, enquiry, part="co-handler").moved == [enquiry.reference]
        assert offered_to(enquiry) != world.people["co-handler"]
    else:
        with pytest.raises(NotAllowed):
            act(world, enquiry, part="co-handler")


@pytest.mark.parametrize("act", [cover, entrust])
def test_never_for_oneself_nor_to_oneself(world: World, act: Callable) -> None:
    """Mutations: let her be the absent one; count her among those in turn."""
    counsel_too(world, "coordinator")
    leaves(world)
    leaves(world, "coordinator")
    with pytest.raises(NotAllowed):
        act(world, person=world.people["coordinator"])
    rows = [with_step(world, TODAY) for _ in range(9)]
    only(world, *rows)
    act(world, *rows)
    assert world.people["coordinator"] not in {offered_to(row) for row in rows}
    for row in rows:
        with pytest.raises(NotAllowed):
            services.take_enquiry(actor=world.actor("coordinator"), enquiry=world.reload(row), at=LATER)


@pytest.mark.parametrize("kind", ["excluded", "superior", "author", "works there"])
def test_what_a_conflict_keeps_from_the_coordination_goes_on_unseen(world: World, kind: str) -> None:
    """It is moved by the service, and neither shown nor told. Mutations: list through `for_system`; leave it behind;
    tell its reference in what was done."""
    coordinator = world.people["coordinator"]
    enquiry = with_step(world, TODAY)
    only(world, enquiry)
    if kind == "author":
        Enquiry.objects.filter(pk=enquiry.pk).update(author=coordinator)
    elif kind == "works there":
        WorkTie.objects.create(person=coordinator, kind="works", site=world.site, valid_from=LONG_AGO)
    else:
        enquiry.choices.create(person=coordinator, kind=kind)
    assert relief.held_by(world.actor("coordinator"), world.people["counsellor"].pk) == []
    done = cover(world, enquiry)  # an id that no page has shown her
    assert (done.moved, done.left) == ([], {})
    assert offered_to(enquiry) not in {None, world.people["counsellor"], coordinator}
    line = JournalEntry.objects.get(verb="demande.réattribuée")
    assert line.actor == "système"
    leaves(world)
    assert entrust(world, enquiry, key=uuid.uuid4()) == Relieved()


# ── Back at work ─────────────────────────────────────────────────────────────────────────────────
def moved_from(world: World, part: str = "counsellor", *, at=LATER) -> list[str]:
    rows = Enquiry.objects.for_system("essai").moved_from(
        world.actor(part, at=at), relieving.AWAY, relieving.LEAVING, since=NOW - timedelta(days=90)
    )
    return [row.reference for row in rows]


def test_at_her_return_she_sees_what_moved_and_may_take_it_back_with_her_notes(world: World) -> None:
    """Mutations: run the thirty days of notes from the first day away; leave the mark out."""
    enquiry = with_step(world, TODAY)
    note = write_note(actor=world.actor("counsellor"), enquiry=enquiry, body="Pour moi.", at=NOW)
    long = TODAY + timedelta(days=60)
    cover(world, enquiry, until=long)
    assert moved_from(world) == [enquiry.reference]
    assert moved_from(world, "fellow counsellor") == []
    back = NOW + timedelta(days=62)
    note.refresh_from_db()
    assert note.set_aside_at is not None
    assert note.set_aside_at + SET_ASIDE > back
    services.take_enquiry(actor=world.actor("counsellor", at=back), enquiry=world.reload(enquiry), at=back)
    note.refresh_from_db()
    assert note.set_aside_at is None
    assert world.reload(enquiry).lead_id == world.people["counsellor"].pk


def test_a_conflict_that_came_since_hides_it(world: World) -> None:
    enquiry = with_step(world, TODAY)
    cover(world, enquiry)
    enquiry.choices.create(person=world.people["counsellor"], kind="excluded")
    assert moved_from(world) == []


# ── Somebody leaves ──────────────────────────────────────────────────────────────────────────────
def test_everything_goes_to_one_person_with_a_note_for_whoever_follows(world: World) -> None:
    """The note is under the key of each enquiry. Mutations: leave it private; write it in clear."""
    person, to = leaves(world), world.people["fellow counsellor"]
    rows = [with_step(world, TODAY + timedelta(20)) for _ in range(3)]
    private = write_note(actor=world.actor("counsellor"), enquiry=rows[0], body="Pour moi seule.", at=NOW)
    done = entrust(world, *rows, to=to, note="Bon relais à vous.")
    assert (done.moved, done.left) == ([row.reference for row in rows], {})
    for row in rows:
        assert offered_to(row) == to
        assert world.reload(row).next_step_on == TODAY + timedelta(20)
        services.take_enquiry(actor=world.actor("fellow counsellor"), enquiry=world.reload(row), at=LATER)
        read = WorkingNote.objects.read_by(world.actor("fellow counsellor"), world.reload(row))
        assert [note.body for note in read] == ["Bon relais à vous."]
    private.refresh_from_db()
    assert (private.shared_at, private.set_aside_at) == (None, LATER)
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM enquiries_workingnote")
        assert not any(b"relais" in bytes(body) for (body,) in cursor.fetchall())
    assert len(mails("given_back")) == 3
    assert len(mails("relieved")) == 1
    assert moved_from(world) == [row.reference for row in rows]
    assert person.pk not in {world.reload(row).lead_id for row in rows}


def test_entrusting_twice_is_once_and_a_second_tab_finds_them_gone(world: World) -> None:
    """Mutation: a note for each post."""
    leaves(world)
    rows = [with_step(world, TODAY) for _ in range(2)]
    first = entrust(world, *rows, note="Une note.")
    assert entrust(world, *rows, note="Une note.") == first
    tab = entrust(world, *rows, note="Une autre.", key=uuid.uuid4())
    assert (tab.moved, list(tab.left)) == ([], [relieving.ELSEWHERE])
    assert WorkingNote.objects.count() == 2
    assert len(mails("given_back")) == 2


def test_a_person_whom_something_keeps_away_is_refused_without_a_reason_and_five_times_a_day(world: World) -> None:
    """Mutations: say which conflict; count no refusal."""
    leaves(world)
    rows = [with_step(world, TODAY) for _ in range(7)]
    done = entrust(world, *rows, to=world.people["superior"])
    assert done.moved == []
    assert set(done.left) == {passing.CANNOT_FOLLOW, passing.TOO_MANY}
    assert len(done.left[passing.CANNOT_FOLLOW]) == passing.REFUSALS_A_DAY


def test_the_refused_ends(world: World) -> None:
    """To oneself, back to who leaves, for who stays. Mutation: leave one of the three out."""
    enquiry = with_step(world, TODAY)
    with pytest.raises(NotAllowed):
        entrust(world, enquiry)  # she stays
    leaves(world)
    counsel_too(world, "coordinator")
    with pytest.raises(NotAllowed, match="accès exceptionnel"):
        entrust(world, enquiry, to=world.people["coordinator"])
    with pytest.raises(DomainError):
        entrust(world, enquiry, to=world.people["counsellor"])
    assert world.reload(enquiry).lead_id == world.people["counsellor"].pk


def test_nothing_typed_is_in_the_journal_nor_in_a_mail(world: World) -> None:
    leaves(world)
    enquiry = with_step(world, TODAY)
    entrust(world, enquiry, note="Canari-de-passage")
    assert "Canari" not in str(list(JournalEntry.objects.values_list("details", flat=True)))
    assert not any(
        "Canari" in f"{mail.subject}{mail.body}" for mail in OutgoingEmail.objects.select_related("data_key")
    )
