"""The pages of one’s own agenda, and of the places of an académie."""

from datetime import date, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.kernel.calendar import Calendar, days_of, is_working_day
from proxirh.scheduling.models import AgendaRules, Availability, MeetingPlace
from proxirh.territories.models import Absence
from tests.enquiries.visitors import same_as_unknown, text, visitor
from tests.proofs.agenda_posts import AGENDA, HOURS, PLACE, RULES, opened_now
from tests.scheduling.opening import a_place
from tests.world import World

pytestmark = pytest.mark.django_db
CALENDAR = Calendar("metropole")
WEEKLY = {**HOURS, "frequency": "weekly", "weekdays": ["1", "3"], "every": 2, "nth": 1, "ways": ["phone"]}


def tomorrow(days: int = 1) -> date:
    return timezone.localdate() + timedelta(days=days)


def test_an_empty_agenda_says_what_to_do(world: World) -> None:
    page = text(visitor(world, "counsellor").get(reverse("scheduling:agenda")))
    assert "Aucune heure ouverte" in page
    assert reverse("scheduling:open") in page


def test_hours_are_opened_and_told_in_words(world: World) -> None:
    """Mutation: write the days without their rhythm."""
    client, place = visitor(world, "counsellor"), a_place(world)
    typed = {**WEEKLY, "valid_from": tomorrow(), "place": str(place.uid)}
    answer = client.post(reverse("scheduling:open"), typed, follow=True)
    page = text(answer)
    assert "Ces heures sont dans votre agenda" in page
    assert "Toutes les 2 semaines, le mardi et le jeudi, de 9 h à 12 h" in page
    assert "DSDEN, salle 12, aussi par téléphone" in page
    assert Availability.objects.get().weekdays == "13"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"weekdays": []}, "Choisissez au moins un jour"),
        ({"ways": []}, "choisissez le téléphone ou la visioconférence"),
        ({"ends_at": "08:00"}, "La fin précède le début"),
        ({"starts_at": "09:10"}, "quart d’heure"),
        ({"valid_from": "2020-01-01"}, "passé"),
    ],
)
def test_a_mistake_is_told_and_the_rest_is_kept(world: World, changed: dict, said: str) -> None:
    typed = {**WEEKLY, "valid_from": tomorrow(), **changed}
    answer = visitor(world, "counsellor").post(reverse("scheduling:open"), typed)
    assert answer.status_code == 422
    assert said in text(answer)
    assert 'value="12:00"' in answer.text or "ends_at" in changed
    assert not Availability.objects.exists()


def test_hours_that_cross_are_told_once_opened(world: World) -> None:
    client = visitor(world, "counsellor")
    typed = {**WEEKLY, "every": 1, "valid_from": tomorrow()}
    client.post(reverse("scheduling:open"), typed)
    page = text(client.post(reverse("scheduling:open"), typed, follow=True))
    assert "ces heures en croisent d’autres" in page
    assert Availability.objects.count() == 2


def test_a_day_off_an_absence_and_a_changed_day_are_shown(world: World) -> None:
    client, row = visitor(world, "counsellor"), opened_now(world)
    one, two, three, *_ = (day for day in days_of(row.valid_from, tomorrow(20)) if is_working_day(day, CALENDAR))
    client.post(reverse("scheduling:opening_day", args=[row.uid, one.isoformat()]), {"geste": "retirer"})
    address = reverse("scheduling:opening_day", args=[row.uid, two.isoformat()])
    client.post(address, {"starts_at": "14:00", "ends_at": "15:00"})
    Absence.objects.create(person=world.people["counsellor"], valid_from=three, valid_until=three)
    page = text(client.get(reverse("scheduling:agenda")))
    for said in ("pas ce jour-là", "De 14 h à 15 h", "ce jour seulement", "absence"):
        assert said in page, said
    client.post(address, {"geste": "retablir"})
    assert not row.changes.filter(day=two).exists()


def test_a_day_that_does_not_come_back_is_no_page(world: World) -> None:
    row = opened_now(world)
    for day in (
        "2020-01-01",
        "demain",
        "2027-02-30",
        row.valid_from.strftime("%Y%m%d"),
        (row.valid_from - timedelta(days=1)).isoformat(),
    ):
        assert (
            visitor(world, "counsellor").get(reverse("scheduling:opening_day", args=[row.uid, day])).status_code == 404
        )


@pytest.mark.parametrize("part", ["fellow counsellor", "counsellor elsewhere"])
def test_another_s_agenda_does_not_exist(world: World, part: str) -> None:
    """Mutation: find an opening by its id alone."""
    row = opened_now(world)
    client = visitor(world, part)
    day = row.valid_from.isoformat()
    for address in (
        reverse("scheduling:opening", args=[row.uid]),
        reverse("scheduling:opening_day", args=[row.uid, day]),
    ):
        for method in ("GET", "POST"):
            assert same_as_unknown(client, method, address, row.uid)


def test_an_opening_that_comes_back_once_in_a_while_is_not_over(world: World) -> None:
    """Mutation: look three months ahead."""
    client = visitor(world, "counsellor")
    typed = {**WEEKLY, "frequency": "monthly", "every": 12, "nth": 2, "weekdays": ["1", "3"], "valid_from": tomorrow()}
    client.post(reverse("scheduling:open"), typed)
    agenda = text(client.get(reverse("scheduling:agenda")))
    assert "Le deuxième mardi et le deuxième jeudi, tous les 12 mois" in agenda
    row = Availability.objects.get()
    assert "Aucun jour à venir" not in text(client.get(reverse("scheduling:opening", args=[row.uid])))


def test_ending_what_is_over_says_so_once(world: World) -> None:
    """Mutation: validate the empty date beside the gesture."""
    row, client = opened_now(world), visitor(world, "counsellor")
    Availability.objects.update(valid_from=tomorrow(-20), valid_until=tomorrow(-5))
    page = text(client.post(reverse("scheduling:opening", args=[row.uid]), {"geste": "tout-retirer"}, follow=True))
    assert "Elles finissent déjà avant ce jour" in page
    assert "Complétez" not in page


def test_ending_keeps_nothing_to_come(world: World) -> None:
    row, client = opened_now(world), visitor(world, "counsellor")
    page = text(client.post(reverse("scheduling:opening", args=[row.uid]), {"geste": "tout-retirer"}, follow=True))
    assert "Les rendez-vous déjà pris restent" in page
    assert not Availability.objects.exists()


def test_places_and_rules_of_an_academie(world: World) -> None:
    client = visitor(world, "coordinator")
    places = reverse("scheduling:places", args=[world.academy.slug])
    assert "Aucun lieu pour l’instant" in text(client.get(places))
    for name in ("ajouter un lieu", "régler les rendez-vous"):
        assert AGENDA[name](world).send(world, client).status_code == 302
    page = text(client.get(places))
    assert "DSDEN" in page
    assert "Un rendez-vous dure 30 minutes" in page
    made = MeetingPlace.objects.get()
    assert (made.time_zone, made.travel_minutes) == (world.department.time_zone, PLACE["travel_minutes"])
    again = AGENDA["ajouter un lieu"](world).send(world, client)
    assert (again.status_code, "existe déjà" in text(again)) == (422, True)
    change = reverse("scheduling:change_place", args=[world.academy.slug, made.uid])
    for _ in range(2):
        assert client.post(change, {"geste": "fermer"}).status_code == 302
    impossible = {**RULES, "notice_hours": 240, "horizon_days": 7}
    refused = client.post(reverse("scheduling:rules", args=[world.academy.slug]), impossible)
    assert (refused.status_code, "jamais réserver" in text(refused)) == (422, True)
    unseen = {**PLACE, "name": "\u200b", "department": "15"}
    assert client.post(reverse("scheduling:add_place", args=[world.academy.slug]), unseen).status_code == 422
    assert "ne sont plus proposés" in text(client.get(places))
    assert AgendaRules.objects.get().cancel_hours == RULES["cancel_hours"]


def test_a_place_takes_the_clock_of_its_school(world: World) -> None:
    """Mutation: take that of the département."""
    type(world.site).objects.filter(pk=world.site.pk).update(own_time_zone="Indian/Reunion")
    client = visitor(world, "coordinator")
    typed = {**PLACE, "name": "Collège", "department": "15", "uai": world.site.uai.lower()}
    address = reverse("scheduling:add_place", args=[world.academy.slug])
    assert client.post(address, typed).status_code == 302
    assert MeetingPlace.objects.get().time_zone == "Indian/Reunion"
    assert client.post(address, {**typed, "name": "Autre", "uai": "0000000X"}).status_code == 422
    elsewhere = client.post(address, {**typed, "name": "Autre", "department": "43"})
    assert "autre département" in text(elsewhere)


def test_hours_of_two_departements_ask_which(world: World) -> None:
    client = visitor(world, "counsellor in two academies")
    typed = {**WEEKLY, "valid_from": tomorrow()}
    assert client.post(reverse("scheduling:open"), typed).status_code == 422
    assert client.post(reverse("scheduling:open"), {**typed, "department": "974"}).status_code == 302
    made = Availability.objects.get()
    assert (made.time_zone, made.starts_at) == ("Indian/Reunion", time(9))
