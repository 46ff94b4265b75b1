"""The pages of a telephone roster: of who draws it up, of who answers."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from proxirh.scheduling.models import DutyPattern, DutyShift, LineRules, Reinforcement, ShiftSwap
from proxirh.scheduling.workflow import ShiftState
from proxirh.territories.models import Absence, Posting, Team
from tests.enquiries.visitors import same_as_unknown, text, visitor
from tests.proofs.roster_posts import HEAD, ROSTER, a_day, new_line, offer_now, shift_now
from tests.scheduling.phone import FIRST, SECOND, THIRD, put_on
from tests.world import World

pytestmark = pytest.mark.django_db
TO_DRAW = ("pattern", "line_rules", "reinforcements", "line_team")


def address(route: str, line: Team, *more: str) -> str:
    return reverse(f"scheduling:{route}", args=[line.uid, *more])


def test_a_line_is_opened_composed_and_filled(world: World) -> None:
    client = visitor(world, HEAD)
    assert "Aucune ligne téléphonique" in text(client.get(reverse("scheduling:rosters")))
    answer = ROSTER["ouvrir une ligne"](world).send(world, client)
    line = Team.objects.get(kind="line")
    assert answer.url == address("line_team", line)
    assert "Personne ne répond sur cette ligne" in text(client.get(address("roster", line)))
    client.post(address("line_team", line), {"person": str(world.people[FIRST].uid)})
    assert Posting.objects.get(team=line).person == world.people[FIRST]
    day = a_day(2)
    typed = {"person": str(world.people[FIRST].uid), "halves": [f"{day.weekday()}am"], "valid_from": day.isoformat()}
    page = text(client.post(address("pattern", line), typed, follow=True))
    assert "permanences posées pour les six semaines qui viennent" in page
    assert DutyShift.objects.filter(line=line).count() >= 5
    again = text(client.get(f"{address('pattern', line)}?personne={world.people[FIRST].uid}"))
    box = f'value="{day.weekday()}am" checked'
    assert (box in again, box in text(client.get(address("pattern", line)))) == (True, False)


def test_holes_are_told_in_words_and_absences_to_who_draws_it_up_alone(world: World) -> None:
    """Mutation: show colleagues who is away, or the table of shares."""
    shift = shift_now(world)
    Absence.objects.create(person=world.people[FIRST], valid_from=shift.day, valid_until=shift.day)
    put_on(world, shift.line, SECOND, shift.day, "pm", at=timezone.now())
    head, colleague, coordinator = (
        text(visitor(world, part).get(address("roster", shift.line))) for part in (HEAD, SECOND, "coordinator")
    )
    assert "il manque 1 personne" in head
    assert "il manque 1 personne" in colleague
    name = world.people[FIRST].full_name
    assert f"<s>{name}</s> (absence)" in head
    assert f"<s>{name}</s>" not in colleague
    assert "sans écoute active" in head
    assert "sans écoute active" not in colleague
    assert ("Le partage" in head, "Le partage" in colleague, "Le partage" in coordinator) == (True, False, False)
    table = head[head.index("Le partage") :]
    at = [table.index(f">{world.people[part].full_name}<") for part in (THIRD, SECOND, FIRST)]
    assert at == sorted(at)


def test_a_half_day_says_who_may_come_and_why_others_cannot(world: World) -> None:
    shift = shift_now(world)
    LineRules.objects.update(most_in_a_row=1)
    put_on(world, shift.line, SECOND, shift.day, "am", at=timezone.now())
    Absence.objects.create(person=world.people[THIRD], valid_from=shift.day, valid_until=shift.day)
    client, day = visitor(world, HEAD), shift.day.isoformat()
    page = text(client.get(address("half_day", shift.line, day, "pm")))
    assert "cela ferait plus de 1 demi-journées de suite" in page
    assert f"{world.people[THIRD].full_name} : absence" in page
    typed = {"person": str(world.people[SECOND].uid)}
    refused = client.post(address("half_day", shift.line, day, "pm"), typed)
    assert (refused.status_code, "Dépasser la limite" in text(refused)) == (422, True)
    accepted = client.post(address("half_day", shift.line, day, "pm"), {**typed, "beyond_limits": "on"})
    assert accepted.status_code == 302
    for wrong in ("demain", "2020-01-01"):
        assert client.get(address("half_day", shift.line, wrong, "am")).status_code == 404
    assert client.get(address("half_day", shift.line, day, "nuit")).status_code == 404


@pytest.mark.parametrize("name", ROSTER)
def test_each_form_does_what_it_says(world: World, name: str) -> None:
    post = ROSTER[name](world)
    answer = post.send(world)
    assert answer.status_code == 302, text(answer)[-3000:]
    page = visitor(world, post.part).get(answer.url)
    assert page.status_code == 200


@pytest.mark.parametrize(
    ("name", "changed", "said"),
    [
        ("régler une ligne", {"morning_until": "14:30"}, "Les heures se suivent"),
        ("régler une ligne", {"morning_from": "08:40"}, "quart d’heure"),
        ("régler une ligne", {"morning_days": [], "afternoon_days": []}, "au moins une demi-journée"),
        ("ajouter un renfort", {"needed": "1"}, "2"),
        ("ajouter un renfort", {"valid_until": "2020-01-01"}, "précède"),
        ("écrire une semaine type", {"valid_from": "2020-01-01"}, "passé"),
        ("ouvrir une ligne", {"name": "\u200b"}, "Donnez un nom"),
        ("proposer un échange", {"to": ""}, "Choisissez"),
    ],
)
def test_a_mistake_is_told_and_changes_nothing(world: World, name: str, changed: dict, said: str) -> None:
    post = ROSTER[name](world)
    kept = (
        LineRules.objects.count(),
        Reinforcement.objects.count(),
        DutyPattern.objects.count(),
        ShiftSwap.objects.count(),
    )
    answer = post.send(world, **changed)
    assert (answer.status_code, said in text(answer)) == (422, True), text(answer)
    assert kept == (
        *(LineRules.objects.count(), Reinforcement.objects.count(), DutyPattern.objects.count()),
        ShiftSwap.objects.count(),
    )


@pytest.mark.parametrize("part", ["co-handler", "counsellor elsewhere", "author", "administrator", "steering member"])
def test_another_s_line_does_not_exist(world: World, part: str) -> None:
    """Mutation: find a line by its id alone."""
    shift, client = shift_now(world), visitor(world, part)
    places = [address(route, shift.line) for route in ("roster", *TO_DRAW)]
    places.append(address("half_day", shift.line, shift.day.isoformat(), "am"))
    for place in places:
        for method in ("GET", "POST"):
            assert same_as_unknown(client, method, place, shift.line.uid)


def test_who_answers_reads_the_roster_and_draws_nothing_up(world: World) -> None:
    """Mutation: guard the pages of a line by `reads_line` alone."""
    shift, client = shift_now(world), visitor(world, SECOND)
    assert client.get(address("roster", shift.line)).status_code == 200
    assert client.post(address("roster", shift.line), {"geste": "remplir"}).status_code == 404
    for route in TO_DRAW:
        assert same_as_unknown(client, "GET", address(route, shift.line), shift.line.uid)
    theirs = reverse("scheduling:offer_shift", args=[shift.uid])
    for method in ("GET", "POST"):
        assert same_as_unknown(client, method, theirs, shift.uid)


def test_an_offer_of_another_line_does_not_exist(world: World) -> None:
    """Mutation: settle an offer found by its id alone."""
    offer = offer_now(world, to=None)
    typed = {"geste": "accepter", "echange": str(offer.uid)}
    other = new_line(world, parts=("co-handler",))
    assert other.pk != offer.shift.line_id
    assert visitor(world, "co-handler").post(reverse("scheduling:my_shifts"), typed).status_code == 404
    for wrong in ({"geste": "prendre", "echange": str(offer.uid)}, {"geste": "accepter", "echange": "x"}):
        assert visitor(world, SECOND).post(reverse("scheduling:my_shifts"), wrong).status_code == 404
    assert DutyShift.objects.get(state=ShiftState.PLANNED).person == world.people[FIRST]


def test_one_s_own_page_and_its_calendar_file(world: World) -> None:
    offer = offer_now(world)
    mine = text(visitor(world, FIRST).get(reverse("scheduling:my_shifts")))
    assert f"Proposée à {world.people[SECOND].full_name}" in mine
    theirs = text(visitor(world, SECOND).get(reverse("scheduling:my_shifts")))
    assert f"{world.people[FIRST].full_name} vous propose sa permanence" in theirs
    answer = visitor(world, FIRST).get(reverse("scheduling:my_shifts_file"))
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert event.decoded("dtstart") == offer.shift.starts_at
    assert b"VEVENT" not in visitor(world, SECOND).get(reverse("scheduling:my_shifts_file")).content


@pytest.mark.parametrize("route", ["roster", "my_shifts", "rosters", "half_day", "pattern", "line_team"])
def test_a_page_asks_as_much_whatever_the_number_of_rows(world: World, route: str) -> None:
    """Mutation: read each name alone."""
    line = new_line(world)
    day, part = a_day(3), FIRST if route == "my_shifts" else HEAD
    place = {
        "my_shifts": reverse("scheduling:my_shifts"),
        "rosters": reverse("scheduling:rosters"),
        "half_day": address("half_day", line, day.isoformat(), "am"),
    }.get(route) or address(route, line)
    put_on(world, line, FIRST, day, at=timezone.now())

    def asked() -> int:
        client = visitor(world, part)
        client.get(place)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(place).status_code == 200
        return len(queries)

    few = asked()
    for number in range(1, 4):
        for other in (FIRST, SECOND, THIRD):
            put_on(world, line, other, a_day(3 + 7 * number), at=timezone.now(), beyond=True)
    new_line(world)
    assert asked() == few <= 12
