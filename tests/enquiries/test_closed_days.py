"""Days when the service is closed: what is promised from then on waits for them, what was promised keeps its date until
the coordination moves it.
"""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import desk, promises, situation
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.services import postponing
from proxirh.enquiries.services.transmitting import due_for
from proxirh.kernel.calendar import local_day
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.models import JournalEntry
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Closure, Department, Reason, SchoolHoliday, Team
from proxirh.territories.services import closures
from tests.enquiries import acts
from tests.enquiries.asker import Asker, text_of
from tests.enquiries.visitors import text, visitor
from tests.world import CAST, NOW, World

pytestmark = pytest.mark.django_db
# A Monday; the service closes from Wednesday to the Tuesday that follows.
ASKED = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FIRST, LAST = date(2026, 11, 25), date(2026, 12, 1)
DUE, MOVED = date(2026, 11, 25), date(2026, 12, 2)
RUNNERS = {"coordinator", "head of service"}


def close(world: World, *, at: datetime = NOW, **changes) -> Closure:
    asked = {"reason": Reason.ALERT, "valid_from": FIRST, "valid_until": LAST} | changes
    return closures.declare_closure(actor=world.actor("coordinator"), academy=world.academy, at=at, **asked)


def due_on(enquiry: Enquiry) -> date:
    enquiry.refresh_from_db()
    return local_day(enquiry.due_at, enquiry.department.time_zone)


def submit(world: World, *, at: datetime = ASKED, **changes) -> Enquiry:
    department = changes.pop("department", None) or Department.objects.get(code="15")
    return world.submit(at=at, department=department, **changes)


def move(world: World, closure: Closure, part: str = "coordinator") -> int:
    return postponing.move_promised(actor=world.actor(part), closure=closure, at=ASKED)


# ── What is promised ───────────────────────────────────────────────────────────────────────────────
def test_a_deadline_waits_for_a_closure_that_was_declared_before(world: World) -> None:
    """Mutation: give `due_at` the public holidays alone."""
    close(world)
    assert due_on(submit(world)) == MOVED


def test_a_closure_declared_since_moves_no_deadline(world: World) -> None:
    """Mutation: move the deadlines in `declare_closure`."""
    enquiry = submit(world)
    close(world, at=ASKED + timedelta(hours=1))
    assert due_on(enquiry) == DUE
    assert "mercredi 25" in " ".join(step.when for step in situation.of(world.reload(enquiry), at=ASKED).steps)


def test_what_a_page_promises_is_what_is_stored(world: World) -> None:
    close(world)
    department = Department.objects.select_related("academy").get(code="15")
    assert promises.first_answer_on(department, department.academy, at=ASKED) == MOVED == due_on(submit(world))


def test_a_call_promised_before_keeps_its_day(world: World) -> None:
    """Mutation: read in `call_back_today` the closures of the moment one reads it."""
    enquiry = submit(world, at=ASKED + timedelta(days=1), wants_call_today=True)
    said = situation.of(world.reload(enquiry), at=ASKED + timedelta(days=1)).steps[0]
    close(world, at=ASKED + timedelta(days=1, hours=1))
    assert situation.of(world.reload(enquiry), at=ASKED + timedelta(days=1)).steps[0] == said
    assert "25\u00a0novembre" in said.when
    later = submit(world, at=ASKED + timedelta(days=1, hours=2), wants_call_today=True)
    assert "2\u00a0décembre" in situation.of(world.reload(later), at=ASKED + timedelta(days=1)).steps[0].when


def test_the_cell_waits_for_its_academie_and_not_for_one_departement(world: World) -> None:
    """Mutation: take the calendar of the first département whole."""
    cell = Team.objects.get(is_listening=True)
    first = Department.objects.get(code="03")
    close(world, department=first)
    assert due_for(cell, at=ASKED).date() == DUE
    close(world, valid_from=date(2026, 11, 24))
    assert due_for(cell, at=ASKED).date() == date(2026, 12, 3)


def test_a_first_answer_is_measured_without_the_closed_days(world: World) -> None:
    """Mutation: count them in `days_since_asking`."""
    close(world)
    enquiry = submit(world)
    acts.take(world, enquiry, at=ASKED + timedelta(hours=1))
    acts.reply(world, enquiry, at=datetime(2026, 12, 2, 9, tzinfo=UTC))
    enquiry.fact.refresh_from_db()
    assert enquiry.fact.first_answer_days == 2


def test_twenty_days_of_silence_leave_the_closed_ones_out(world: World) -> None:
    """Mutation: drop `closed` from what `Standing` reads."""
    waiting = world.taken(at=ASKED)
    Enquiry.objects.filter(pk=waiting.pk).update(
        state="waiting_for_agent", waiting_since=ASKED, next_step_on=date(2027, 3, 1), first_answered_at=ASKED
    )
    twenty_days = datetime(2026, 12, 21, 9, tzinfo=UTC)

    def place(at: datetime) -> str:
        [mine] = [one for one in desk.standings(world.actor("counsellor", at=at)) if one.pk == waiting.pk]
        return mine.place(at)

    assert place(twenty_days) == desk.TO_END
    close(world)
    assert place(twenty_days) == desk.AGENT
    assert place(twenty_days + timedelta(days=7)) == desk.AGENT
    assert place(twenty_days + timedelta(days=8)) == desk.TO_END


def test_the_author_reads_that_answers_wait_only_when_a_closure_holds(world: World) -> None:
    """Mutation: say it whenever schools are on holiday."""
    today = timezone.localdate()
    days = {"valid_from": today, "valid_until": today + timedelta(days=20)}
    SchoolHoliday.objects.create(academy=world.academy, name="Vacances", school_year="2026-2027", **days)
    asker = Asker(world).until("ask_topic")
    assert "peuvent attendre" not in text_of(asker.get("ask_team"))
    close(world, at=timezone.now(), valid_from=today, valid_until=today + timedelta(days=9))
    said = text_of(asker.get("ask_team"))
    assert "Pendant les vacances scolaires, le service est fermé du" in said
    assert "les réponses peuvent attendre" in said
    asker.until("ask_review")
    assert "Pendant les vacances scolaires, le service est fermé du" in text_of(asker.get("ask_review"))
    SchoolHoliday.objects.all().delete()
    assert "Le service est fermé du" in text_of(asker.get("ask_team"))


# ── Moving what was promised ───────────────────────────────────────────────────────────────────────
def test_moving_gives_the_day_it_would_have_had(world: World) -> None:
    """Mutation: move to the first day open again."""
    enquiry = submit(world)
    held = submit(world, at=ASKED - timedelta(days=7))  # due before
    closure = close(world, at=ASKED)
    mails = OutgoingEmail.objects.count()
    counts = postponing.count_promised([closure], list(world.academy.departments.all()))
    assert counts == {closure.pk: 1}
    assert move(world, closure) == 1
    assert due_on(enquiry) == MOVED
    assert due_on(held) < FIRST
    line = JournalEntry.objects.get(verb="échéance.déplacée")
    assert line.subject == f"enquiries.enquiry:{enquiry.uid}"
    assert line.details == {"fermeture": str(closure.uid), "de": DUE.isoformat(), "à": MOVED.isoformat()}
    assert OutgoingEmail.objects.count() == mails
    assert "mercredi 2\u00a0décembre" in " ".join(
        step.when for step in situation.of(world.reload(enquiry), at=ASKED).steps
    )
    assert move(world, closure) == 0


@pytest.mark.parametrize("promised", [1, 2, 3])
def test_as_many_working_days_as_were_promised_are_left(world: World, promised: int) -> None:
    """Mutation: use the delay that the académie promises today."""
    world.academy.first_answer_days = promised
    world.academy.save()
    enquiry = submit(world, at=datetime(2026, 11, 24, 9, tzinfo=UTC))
    world.academy.first_answer_days = 9
    world.academy.save()
    move(world, close(world, at=ASKED))
    assert due_on(enquiry) == {1: date(2026, 12, 2), 2: date(2026, 12, 3), 3: date(2026, 12, 4)}[promised]


def test_an_answer_already_given_or_an_enquiry_that_is_ended_is_not_counted(world: World) -> None:
    """Mutation: leave `open()` or `first_answered_at` out of `_promised`."""
    answered, withdrawn, waiting = submit(world), submit(world), submit(world)
    acts.take(world, answered, at=ASKED + timedelta(minutes=5))
    acts.reply(world, answered, at=ASKED + timedelta(minutes=10))
    acts.withdraw(world, withdrawn, at=ASKED + timedelta(minutes=5))
    closure = close(world, at=ASKED)
    assert postponing.count_promised([closure], list(world.academy.departments.all())) == {closure.pk: 1}
    assert move(world, closure) == 1
    assert due_on(waiting) == MOVED
    assert due_on(answered) == due_on(withdrawn) == DUE


def test_one_departement_moves_its_own_alone(world: World) -> None:
    here = submit(world)
    there = Department.objects.get(code="63")
    closure = close(world, at=ASKED, department=there)
    assert postponing.count_promised([closure], list(world.academy.departments.all())) == {closure.pk: 0}
    assert move(world, closure) == 0
    assert due_on(here) == DUE


def test_a_day_is_closed_where_the_author_lives(world: World) -> None:
    """23:59 in Martinique is the next morning in Paris. Mutation: compare with midnight in UTC."""
    far = Department.objects.select_related("academy").get(code="972")
    due = datetime(2026, 11, 26, 3, 59, tzinfo=UTC)
    Enquiry.objects.filter(pk=world.enquiry.pk).update(
        academy=far.academy, department=far, first_answered_at=None, due_at=due
    )
    made = Closure.objects.create(
        academy=far.academy, reason="pont", valid_from=FIRST, valid_until=FIRST, declared_at=NOW
    )
    assert postponing.count_promised([made], [far]) == {made.pk: 1}
    made.valid_from = made.valid_until = date(2026, 11, 26)
    assert postponing.count_promised([made], [far]) == {made.pk: 0}


def test_whoever_was_answered_meanwhile_keeps_her_day(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: leave `first_answered_at` out of what the swap expects."""
    enquiry = submit(world)
    closure = close(world, at=ASKED)
    real = postponing._after

    def answered_first(*args):
        Enquiry.objects.filter(pk=enquiry.pk).update(first_answered_at=ASKED)
        return real(*args)

    monkeypatch.setattr(postponing, "_after", answered_first)
    assert move(world, closure) == 0
    assert due_on(enquiry) == DUE
    assert not JournalEntry.objects.filter(verb="échéance.déplacée").exists()


def test_a_withdrawn_closure_moves_nothing(world: World) -> None:
    enquiry = submit(world)
    closure = close(world, at=ASKED)
    closures.withdraw_closure(actor=world.actor("coordinator"), closure=closure, at=ASKED)
    with pytest.raises(DomainError):
        move(world, closure)
    assert due_on(enquiry) == DUE


@pytest.mark.parametrize("part", [one for one in CAST if one not in RUNNERS])
def test_nobody_else_moves_a_date(world: World, part: str) -> None:
    """Mutation: leave the right out of `move_promised`."""
    closure = close(world)
    with pytest.raises(NotAllowed):
        move(world, closure, part)


# ── The pages ──────────────────────────────────────────────────────────────────────────────────────
def page(world: World, name: str, *args: object) -> str:
    return reverse(f"enquiries:{name}", args=[world.academy.slug, *args])


@pytest.mark.parametrize("part", sorted(RUNNERS))
def test_close_read_how_many_wait_move_them_and_take_the_closure_back(world: World, part: str) -> None:
    client = visitor(world, part)
    enquiry = world.submit(at=timezone.now())
    day = due_on(enquiry)
    asked = {"department": "", "valid_from": day, "valid_until": day, "reason": "locaux"}
    made = client.post(page(world, "add_closure"), asked)
    closure = Closure.objects.get()
    assert made.status_code == 302
    assert made.url == page(world, "closure", closure.uid)
    said = text(client.get(made.url))
    assert "1 première réponse est promise pendant la fermeture" in said
    assert due_on(enquiry) == day
    assert "1 réponse promise ces jours-là" in text(client.get(page(world, "calendar")))
    client.post(page(world, "move_deadlines", closure.uid))
    assert due_on(enquiry) > day
    assert "Il n’y a rien à déplacer" in text(client.get(made.url))
    assert client.post(page(world, "withdraw_closure", closure.uid)).url == page(world, "calendar")
    assert client.get(made.url).status_code == 404
    assert "Aucune fermeture cette année-là" in text(client.get(page(world, "calendar")))
    assert due_on(enquiry) > day


def test_what_was_typed_comes_back_with_the_refusal(world: World) -> None:
    client = visitor(world, "coordinator")
    wrong = {"department": "15", "valid_from": "2020-01-01", "valid_until": "2020-01-02", "reason": "pont"}
    answer = client.post(page(world, "add_closure"), wrong)
    assert answer.status_code == 422
    assert "Ce jour est passé" in text(answer)
    assert 'value="2020-01-02"' in text(answer)
    assert client.post(page(world, "add_closure"), wrong | {"department": "974"}).status_code == 422


def test_a_school_holiday_closes_the_service_in_one_gesture(world: World) -> None:
    client = visitor(world, "coordinator")
    today = timezone.localdate()
    days = {"valid_from": today + timedelta(days=2), "valid_until": today + timedelta(days=9)}
    holiday = SchoolHoliday.objects.create(
        academy=world.academy, name="Vacances d’exemple", school_year="2026-2027", **days
    )
    foreign = SchoolHoliday.objects.create(academy=world.elsewhere, name="Autres", school_year="2026-2027", **days)
    assert "Fermer pendant ces vacances" in text(client.get(page(world, "calendar")))
    assert client.post(page(world, "close_for_holiday", foreign.pk)).status_code == 404
    assert client.post(page(world, "close_for_holiday", holiday.pk)).status_code == 302
    assert Closure.objects.get().reason == Reason.HOLIDAYS
    assert "Fermer pendant ces vacances" not in text(client.get(page(world, "calendar")))
    again = client.post(page(world, "close_for_holiday", holiday.pk), follow=True)
    assert "déjà fermé" in text(again)
    assert Closure.objects.count() == 1


def test_another_academie_is_not_found(world: World) -> None:
    """Mutation: find a closure by its id alone."""
    made = Closure.objects.create(
        academy=world.elsewhere, reason="pont", valid_from=FIRST, valid_until=LAST, declared_at=NOW
    )
    client = visitor(world, "coordinator")
    for name in ("closure", "move_deadlines", "withdraw_closure"):
        address = page(world, name, made.uid)
        answer = client.get(address) if name == "closure" else client.post(address)
        assert answer.status_code == 404
    assert client.get(reverse("enquiries:calendar", args=[world.elsewhere.slug])).status_code == 404


def test_a_year_shows_each_calendar_with_its_departements(world: World) -> None:
    academy = Department.objects.get(code="57").academy
    coordination = world.people["coordinator"].postings.get()
    coordination.academy = academy
    coordination.save()
    client = visitor(world, "coordinator")
    said = text(client.get(reverse("enquiries:calendar", args=[academy.slug]), {"annee": "2025"}))
    assert "Meurthe-et-Moselle, Meuse, Vosges" in said
    assert "Vendredi saint" in said.split("Moselle</h3>")[-1]
    assert "vendredi 26 décembre 2025 : Saint-Étienne" in said
    for wrong in ("x", "-1", "9" * 5000, "１９９９"):
        assert client.get(reverse("enquiries:calendar", args=[academy.slug]), {"annee": wrong}).status_code == 200


def test_the_calendar_costs_the_same_whatever_it_shows(world: World) -> None:
    """Mutation: count the promises of each closure in a query of its own."""
    client = visitor(world, "coordinator")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page(world, "calendar")).status_code == 200
        return len(queries)

    today = timezone.localdate()

    def add(number: int) -> None:
        day = today + timedelta(days=number)
        days = {"valid_from": day, "valid_until": day}
        SchoolHoliday.objects.create(
            academy=world.academy, department=world.department, name="Pont", school_year="2026-2027", **days
        )
        close(world, at=timezone.now(), department=world.department, **days)

    add(0)
    cost()  # the first page of a visit
    few = cost()
    for number in range(1, 15):
        add(number)
    assert cost() == few <= 12
