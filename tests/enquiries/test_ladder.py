"""Who is written to about a silence: each step once, whatever nights were missed, nobody in conflict of interest."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from proxirh.enquiries import desk, services
from proxirh.enquiries.models import Enquiry, LadderStep
from proxirh.enquiries.services import climbing, rerouting
from proxirh.enquiries.story import read_story
from proxirh.enquiries.workflow import State
from proxirh.kernel.models import DataKey, JournalEntry
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Deputy, Posting, Role, Topic, WorkTie
from tests.enquiries import acts
from tests.world import LONG_AGO, NOW, World

pytestmark = pytest.mark.django_db
# Asked on Tuesday 17 November: told on Friday 20, Tuesday 24, Monday 30.
THIRD, FIFTH, NINTH = (datetime(2026, 11, day, 5, tzinfo=UTC) for day in (20, 24, 30))
LADDER = ("late_for_counsellor", "late_for_coordination", "late_for_head", "kind_word")


@pytest.fixture(autouse=True)
def _only_ours(world: World) -> None:
    """The enquiry of the cast is at rest: its next step is far away."""
    Enquiry.objects.filter(pk=world.enquiry.pk).update(first_answered_at=NOW, next_step_on=date(2030, 1, 1))


def told(world: World, kind: str = "") -> list[tuple[str, str]]:
    """(kind, part) of each mail of the ladder, in the order of their writing."""
    parts = {person.staff_address: part for part, person in world.people.items()}
    rows = OutgoingEmail.objects.filter(kind__in=[kind] if kind else LADDER).select_related("data_key").order_by("pk")
    return [(row.kind, parts.get(row.recipient, row.recipient)) for row in rows]


def run(at: datetime) -> climbing.Climbed:
    return climbing.climb_ladder(at=at)


def left_until(enquiry: Enquiry, step: date) -> None:
    """Answered, with a next step on a day."""
    Enquiry.objects.filter(pk=enquiry.pk).update(first_answered_at=NOW, next_step_on=step)


# ── Night after night ─────────────────────────────────────────────────────────────────────────────
def test_each_rung_is_told_on_its_night_and_once(world: World) -> None:
    """Mutations: tell everyone on the first night; forget to write the step; tell again at each run."""
    world.taken()
    assert run(NOW + timedelta(days=2)).due == 0
    for at, expected in (
        (THIRD, ("late_for_counsellor", "counsellor")),
        (FIFTH, ("late_for_coordination", "coordinator")),
        (NINTH, ("late_for_head", "head of service")),
    ):
        before = len(told(world))
        assert run(at).mails == 1
        assert told(world)[before:] == [expected]
        assert run(at).mails == 0
        assert run(at + timedelta(hours=20)).mails == 0
    assert LadderStep.objects.count() == 3
    assert JournalEntry.objects.filter(verb="demande.rappelée").count() == 3


def test_the_whole_team_is_told_when_nobody_took_it(world: World) -> None:
    """Mutations: tell its lead alone; tell everyone who serves there, excluded or not."""
    world.submit(excluded=(world.people["excluded colleague"],))
    run(THIRD)
    assert {part for _, part in told(world)} == {
        *("counsellor", "fellow counsellor", "code-only staff", "co-handler", "former handler"),
        "counsellor in two academies",
    }


def test_one_mail_to_a_head_of_service_with_references_alone(world: World) -> None:
    """Mutations: one mail an enquiry; name who follows it, or its author, in the mail."""
    references = {world.taken().reference for _ in range(3)}
    for at in (THIRD, FIFTH, NINTH):
        run(at)
    [mail] = OutgoingEmail.objects.filter(kind="late_for_head").select_related("data_key")
    assert mail.subject.startswith("3 demandes")
    assert all(reference in mail.body for reference in references)
    for part in ("author", "counsellor", "coordinator"):
        assert world.people[part].last_name not in mail.body


def test_missed_nights_are_caught_up_and_each_is_told_once(world: World) -> None:
    """The worker was down from the second day to the ninth: each level learns of it in one mail.

    Mutations: take the highest rung alone (whoever follows it would never know); tell a rung of each night.
    """
    world.taken()
    found = run(NINTH)
    assert (found.due, found.taken, found.mails) == (3, 3, 3)
    assert {part for _, part in told(world)} == {"counsellor", "coordinator", "head of service"}
    assert run(NINTH + timedelta(days=1)).due == 0


def test_whoever_stands_on_several_rungs_gets_the_highest_alone(world: World) -> None:
    """Mutation: leave `above` out of `_told`."""
    for role in (Role.COORDINATOR, Role.HEAD_OF_SERVICE):
        Posting.objects.create(person=world.people["counsellor"], role=role, academy=world.academy, valid_from=LONG_AGO)
    world.taken()
    run(NINTH)
    assert told(world) == [
        ("late_for_coordination", "coordinator"),
        ("late_for_head", "counsellor"),
        ("late_for_head", "head of service"),
    ]
    assert LadderStep.objects.count() == 3


# ── What stops it, and what begins it again ───────────────────────────────────────────────────────
def test_an_answer_ends_the_silence(world: World) -> None:
    enquiry = world.taken()
    run(THIRD)
    acts.reply(world, world.reload(enquiry), at=THIRD + timedelta(hours=4))
    assert run(NINTH).due == 0


def test_a_missed_next_step_climbs_and_a_new_date_begins_again(world: World) -> None:
    """Mutations: key a step without its day; keep the steps of the old date."""
    enquiry = world.taken()
    left_until(enquiry, date(2026, 11, 19))
    run(THIRD)
    assert told(world) == [("late_for_counsellor", "counsellor")]
    acts.set_step(world, world.reload(enquiry), at=THIRD + timedelta(hours=4))  # to the 24th
    assert run(FIFTH).due == 0
    run(datetime(2026, 11, 25, 5, tzinfo=UTC))
    assert told(world) == [("late_for_counsellor", "counsellor")] * 2
    assert set(LadderStep.objects.values_list("watch", "rung")) == {("next_step", "counsellor")}


def test_an_old_enquiry_whose_next_step_is_to_come_climbs_nothing(world: World) -> None:
    """A mobility project lasts eighteen months. Mutation: watch the age, or the last contact."""
    left_until(world.taken(), date(2028, 5, 31))
    assert run(datetime(2028, 5, 31, 9, tzinfo=UTC)).due == 0


def test_a_first_answer_moved_by_the_service_is_another_date(world: World) -> None:
    """Mutation: key the step on what is watched alone."""
    enquiry = world.taken()
    run(THIRD)
    Enquiry.objects.filter(pk=enquiry.pk).update(due_at=enquiry.due_at + timedelta(days=5))  # Tuesday 24
    assert run(FIFTH).due == 0
    assert run(datetime(2026, 11, 25, 5, tzinfo=UTC)).taken == 1


MEANWHILE: dict[str, Callable[[World, Enquiry], object]] = {
    "answered": lambda world, enquiry: acts.reply(world, enquiry, at=THIRD),
    "another date": lambda world, enquiry: acts.set_step(world, enquiry, at=THIRD),
    "given back": lambda world, enquiry: acts.give_back(world, enquiry, at=THIRD),
    "awaited": lambda world, enquiry: acts.wait_for_agent(world, enquiry, at=THIRD),
    "withdrawn": lambda world, enquiry: acts.withdraw(world, enquiry, at=THIRD),
    "closed": lambda world, enquiry: acts.close(world, enquiry, at=THIRD),
    "merged": lambda world, enquiry: Enquiry.objects.filter(pk=enquiry.pk).update(
        state=State.MERGED, merged_into=world.enquiry
    ),
}


@pytest.mark.parametrize("what", MEANWHILE)
def test_what_moves_between_the_reading_and_the_writing_is_left(
    world: World, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Mutation: leave the swap out of `_held`."""
    enquiry, read = world.taken(), climbing.read_silences

    def then_moved(*args, **named):
        found = read(*args, **named)
        MEANWHILE[what](world, world.reload(enquiry))
        return found

    monkeypatch.setattr(climbing, "read_silences", then_moved)
    found = run(NINTH)
    assert (found.moved, found.mails) == (1, 0)
    assert told(world) == []
    assert not LadderStep.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_one_erased_between_the_reading_and_the_writing_is_left(
    world: World, monkeypatch: pytest.MonkeyPatch, settings, tmp_path
) -> None:
    """Mutation: write to whom it was planned, without reading it again."""
    settings.PROXIRH_DATA_DIR, settings.PROXIRH_ERASURE_REGISTER = tmp_path, tmp_path / "effacements.txt"
    enquiry, read = world.taken(), climbing.read_silences

    def then_erased(*args, **named):
        found = read(*args, **named)
        services.erase_enquiry(actor=world.actor("author"), enquiry=world.reload(enquiry), at=THIRD)
        return found

    monkeypatch.setattr(climbing, "read_silences", then_erased)
    assert run(NINTH).moved == 1
    assert told(world) == []


@pytest.mark.parametrize("state", [State.CLOSED, State.WITHDRAWN])
def test_what_has_ended_climbs_nothing(world: World, state: str) -> None:
    acts.in_state(world, state)
    assert run(NINTH).due == 0


def test_the_steps_go_with_their_enquiry(world: World) -> None:
    enquiry = world.taken()
    run(NINTH)
    assert LadderStep.objects.filter(enquiry=enquiry).count() == 3
    assert LadderStep._meta.get_field("enquiry").remote_field.on_delete.__name__ == "CASCADE"


# ── Waiting for its author ────────────────────────────────────────────────────────────────────────
def awaited(world: World, **changes) -> Enquiry:
    enquiry = world.taken(**changes)
    acts.wait_for_agent(world, enquiry, at=NOW + timedelta(hours=1))
    return world.reload(enquiry)


TENTH, TWENTIETH = datetime(2026, 12, 1, 5, tzinfo=UTC), datetime(2026, 12, 15, 9, tzinfo=UTC)


def test_a_kind_word_at_ten_days_then_the_desk_at_twenty_and_never_the_end(world: World) -> None:
    """Mutations: 9 or 11 days; one word a run; close it."""
    enquiry = awaited(world)
    assert run(TENTH - timedelta(days=1)).due == 0
    run(TENTH)
    assert told(world) == [("kind_word", "author")]
    for for_author in (True, False):
        titles = [event.title for event in read_story(world.reload(enquiry), for_author=for_author).events]
        assert any("reste ouverte" in title for title in titles)
    assert run(TWENTIETH).due == 0

    def place(at: datetime) -> str:
        [mine] = [one for one in desk.standings(world.actor("counsellor", at=at)) if one.pk == enquiry.pk]
        return mine.place(at)

    assert place(TWENTIETH - timedelta(days=1)) != desk.TO_END
    assert place(TWENTIETH) == desk.TO_END
    run(TWENTIETH + timedelta(days=400))
    assert world.reload(enquiry).state == State.WAITING_FOR_AGENT


def test_a_second_wait_has_a_word_of_its_own(world: World) -> None:
    enquiry = awaited(world)
    run(TENTH)
    acts.write(world, world.reload(enquiry), at=TENTH)
    services.wait_for_agent(
        actor=world.actor("counsellor"),
        enquiry=world.reload(enquiry),
        next_step="Envoyer l’arrêté",
        next_step_on=date(2027, 1, 4),
        at=TENTH + timedelta(days=1),
    )
    run(datetime(2026, 12, 16, 5, tzinfo=UTC))
    assert told(world) == [("kind_word", "author")] * 2


@pytest.mark.parametrize("code", ["2.1", "2.3", "2.4", "3.1", "3.4"])
def test_nothing_is_written_by_itself_about_difficulties_or_health(world: World, code: str) -> None:
    """Mutation: leave one branch out of LEFT_TO_PEOPLE."""
    enquiry = awaited(world, topic=Topic.objects.get(code=code))
    before = OutgoingEmail.objects.count()
    found = run(TWENTIETH + timedelta(days=400))
    assert (found.due, found.mails) == (0, 0)
    assert OutgoingEmail.objects.count() == before
    assert world.reload(enquiry).state == State.WAITING_FOR_AGENT


@pytest.mark.parametrize("changes", [{"claim_digest": b"\x00" * 34}, {"disowned_at": NOW}])
def test_nobody_is_written_to_where_the_author_may_not_read(world: World, changes: dict) -> None:
    """Mutation: write to the address that somebody typed for her."""
    enquiry = awaited(world)
    Enquiry.objects.filter(pk=enquiry.pk).update(**changes)
    found = run(TENTH)
    assert (found.nobody, found.mails, found.taken) == (1, 0, 0)


# ── Conflicts of interest, and rungs with nobody ──────────────────────────────────────────────────
def ties(world: World, part: str) -> None:
    WorkTie.objects.create(person=world.people[part], kind="works", site=world.site, valid_from=LONG_AGO)


def test_whoever_a_conflict_keeps_away_is_told_nothing(world: World) -> None:
    """The coordinator works in its school: the head of service is told in her place, among references.

    Mutation: leave `kept_away` out of `_people_of`.
    """
    ties(world, "coordinator")
    kept = world.taken()
    run(FIFTH)
    assert ("late_for_head", "head of service") in told(world)
    run(NINTH)
    assert "coordinator" not in {part for _, part in told(world)}
    [first, second] = OutgoingEmail.objects.filter(kind="late_for_head").select_related("data_key")
    assert kept.reference in first.body
    assert kept.reference in second.body


def test_a_head_of_service_does_not_read_the_reference_that_a_conflict_keeps_from_her(world: World) -> None:
    """Mutation: give each head every reference of the académie."""
    other = world.people["steering member"]
    Posting.objects.create(person=other, role=Role.HEAD_OF_SERVICE, academy=world.academy, valid_from=LONG_AGO)
    ties(world, "head of service")
    kept, open_to_both = world.taken(), world.taken(site=world.other_site)
    run(NINTH)
    bodies = {
        part: mail.body
        for (_, part), mail in zip(
            told(world, "late_for_head"),
            OutgoingEmail.objects.filter(kind="late_for_head").select_related("data_key").order_by("pk"),
            strict=True,
        )
    }
    assert kept.reference not in bodies["head of service"]
    assert open_to_both.reference in bodies["head of service"]
    assert kept.reference in bodies["steering member"]


def test_without_a_coordinator_the_head_of_service_is_told(world: World) -> None:
    Posting.objects.filter(role=Role.COORDINATOR, academy=world.academy).delete()
    world.taken()
    run(FIFTH)
    assert told(world) == [("late_for_counsellor", "counsellor"), ("late_for_head", "head of service")]


def test_who_stands_in_for_the_coordinator_is_told(world: World) -> None:
    """Mutations: forget the deputies; take those of a head of service for those of a coordinator."""
    for away, deputy in (("coordinator", "fellow counsellor"), ("head of service", "co-handler")):
        Deputy.objects.create(
            person=world.people[away], deputy=world.people[deputy], academy=world.academy, valid_from=LONG_AGO
        )
    world.taken()
    run(FIFTH)
    assert {part for kind, part in told(world, "late_for_coordination")} == {"coordinator", "fellow counsellor"}
    run(NINTH)
    assert {part for kind, part in told(world, "late_for_head")} == {"head of service", "co-handler"}


def test_a_lead_who_may_not_meet_it_any_more_is_told_nothing(world: World) -> None:
    """It is offered again first, then its team is told. Mutation: tell the lead whoever she is."""
    world.taken()
    ties(world, "counsellor")
    found = run(THIRD)
    assert (found.nobody, told(world)) == (1, [])
    rerouting.move_unable(at=THIRD)
    run(THIRD)
    assert {part for _, part in told(world)} >= {"fellow counsellor", "co-handler"}
    assert "counsellor" not in {part for _, part in told(world)}


def test_with_nobody_at_all_the_step_waits(world: World) -> None:
    Posting.objects.filter(role__in=(Role.COORDINATOR, Role.HEAD_OF_SERVICE), academy=world.academy).delete()
    world.taken()
    found = run(FIFTH)
    assert (found.due, found.taken, found.nobody) == (2, 1, 1)
    assert run(FIFTH + timedelta(hours=1)).due == 1


def test_one_that_does_not_open_stops_no_other(world: World) -> None:
    """Mutation: let the error out."""
    broken, fine = awaited(world), awaited(world)
    DataKey.objects.filter(pk=broken.data_key_id).update(wrapped=b"\x01" * 60)
    found = run(TENTH)
    assert (found.failed, found.taken) == (1, 1)
    assert list(LadderStep.objects.values_list("enquiry", flat=True)) == [fine.pk]


# ── The command ───────────────────────────────────────────────────────────────────────────────────
def test_the_command_counts_without_apply_and_writes_with_it(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Mutation: write in a dry run."""
    long_ago = timezone.now() - timedelta(days=40)
    Enquiry.objects.filter(pk=world.taken().pk).update(submitted_at=long_ago, due_at=long_ago)
    call_command("climb_ladder")
    dry = capsys.readouterr().out.splitlines()
    assert dry[-1].startswith("due=")
    assert "taken=0 mails=0" in dry[-1]
    assert "Essai à blanc" in dry[-2]
    assert not LadderStep.objects.exists()
    call_command("climb_ladder", "--apply")
    done = capsys.readouterr().out.splitlines()
    assert done[-1].split()[0] == dry[-1].split()[0]
    assert done[:4] == dry[:4]
    call_command("climb_ladder")
    assert capsys.readouterr().out.splitlines()[-1].startswith("due=0 ")
