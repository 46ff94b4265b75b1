"""The pages of the échanges éclair: three choices, ten lines kept together, a sheet that names nobody, a list."""

import uuid
from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries.models import QuickExchange
from proxirh.enquiries.services.quick import Line
from tests.enquiries.test_quick import DAY, LINE, OTHER, OWN, counted, note
from tests.enquiries.visitors import text, visitor
from tests.world import World

pytestmark = pytest.mark.django_db
QUICK, PERMANENCE = reverse("enquiries:note_quick"), reverse("enquiries:permanence")
SHEET = reverse("enquiries:permanence_sheet")


def typed(*lines: Line, day: date | None = None, **more: str) -> dict[str, str]:
    """A sheet filled in from its first line."""
    told = {"day": (day or timezone.localdate()).isoformat(), "key": str(uuid.uuid4())}
    for number, line in enumerate(lines, 1):
        told |= {f"topic_{number}": line.topic, f"family_{number}": line.family, f"outcome_{number}": line.outcome}
    return told | more


def test_three_choices_are_enough(world: World) -> None:
    client = visitor(world, "counsellor")
    form = client.get(QUICK).context["form"]
    assert [field.name for field in form.visible_fields()] == ["topic", "family", "outcome", "day"]
    sent = {"topic": "3", "family": "biatss", "outcome": "external_referral"}
    answer = client.post(QUICK, {**sent, "day": form["day"].value(), "key": form["key"].value()}, follow=True)
    assert "1 échange éclair compté" in text(answer)
    assert "Santé et qualité de vie au travail" in text(answer)
    assert counted() == {("by_topic", "3"): 1, ("by_category", "biatss"): 1, ("by_family", "external_referral"): 1}


def test_who_serves_in_two_departements_says_which(world: World) -> None:
    """Mutation: take the first one."""
    client = visitor(world, "counsellor in two academies")
    sent = {"topic": "3", "family": "biatss", "outcome": "external_referral", "day": timezone.localdate().isoformat()}
    assert client.post(QUICK, {**sent, "key": str(uuid.uuid4())}).status_code == 422
    assert client.post(QUICK, {**sent, "key": str(uuid.uuid4()), "department": "974"}).status_code == 302
    assert counted(department_code="974")["by_topic", "3"] == 1
    assert client.post(QUICK, {**sent, "key": str(uuid.uuid4()), "department": "75"}).status_code == 422


def test_a_permanence_counts_its_full_lines_and_ignores_the_empty_ones(world: World) -> None:
    sheet = typed(LINE, OTHER, LINE)
    for name in ("topic", "family", "outcome"):
        sheet[f"{name}_9"] = sheet.pop(f"{name}_2")
    answer = visitor(world, "counsellor").post(PERMANENCE, sheet, follow=True)
    assert "3 échanges éclair comptés" in text(answer)
    assert counted()["by_topic", "1"] == 2
    assert counted()["by_topic", "4"] == 1


def test_one_wrong_line_keeps_every_word_typed_and_counts_nothing(world: World) -> None:
    """Mutation: count the lines that are right."""
    sheet = typed(LINE, OTHER, place=world.site.uai)
    sheet |= {"topic_5": "2"}
    answer = visitor(world, "counsellor").post(PERMANENCE, sheet)
    assert answer.status_code == 422
    form = answer.context["form"]
    assert set(form.errors) == {"family_5", "outcome_5"}
    assert 'id="family_5_error"' in answer.text
    assert "Ligne 5 : choisissez la catégorie, ou videz toute la ligne." in text(answer)
    for name in ("topic_1", "outcome_2", "topic_5", "place"):
        assert form[name].value() == sheet[name]
    assert not QuickExchange.objects.exists()


def test_an_empty_sheet_says_what_to_fill_in(world: World) -> None:
    answer = visitor(world, "counsellor").post(PERMANENCE, typed())
    assert answer.status_code == 422
    assert "Remplissez au moins une ligne" in text(answer)


@pytest.mark.parametrize("days", [31, -1])
def test_a_wrong_day_is_said_beside_the_day(world: World, days: int) -> None:
    answer = visitor(world, "counsellor").post(PERMANENCE, typed(LINE, day=timezone.localdate() - days * DAY))
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"day"}


def test_the_place_tells_the_departement_and_is_kept_nowhere(world: World) -> None:
    """Mutation: look for the place in every département."""
    client = visitor(world, "counsellor in two academies")
    assert client.post(PERMANENCE, typed(LINE)).status_code == 422
    assert client.post(PERMANENCE, typed(LINE, place=world.site.uai)).status_code == 302
    assert counted(department_code="15")["by_topic", "1"] == 1
    refused = visitor(world, "counsellor elsewhere").post(PERMANENCE, typed(LINE, place=world.site.uai))
    assert set(refused.context["form"].errors) == {"place"}


def test_a_sheet_sent_twice_is_counted_and_told_once(world: World) -> None:
    client, sheet = visitor(world, "counsellor"), typed(LINE, OTHER)
    for _ in range(2):
        assert "2 échanges éclair comptés" in text(client.post(PERMANENCE, sheet, follow=True))
    assert QuickExchange.objects.count() == 2


def test_a_page_that_has_served_comes_back_with_another_key(world: World) -> None:
    client, sheet = visitor(world, "counsellor"), typed(LINE)
    client.post(PERMANENCE, sheet)
    again = client.post(PERMANENCE, sheet | typed(LINE, OTHER) | {"key": sheet["key"]})
    assert again.status_code == 422
    assert "déjà servi" in text(again)
    assert again.context["form"]["key"].value() != sheet["key"]


def test_the_sheet_has_ten_lines_and_names_nobody(world: World) -> None:
    """It is left on a table: neither the académie, nor who holds it. Mutation: print the team or the name."""
    shown = visitor(world, "counsellor").get(SHEET)
    paper = shown.text[shown.text.index('class="enq-sheet"') : shown.text.index("</main>")]
    assert paper.count("<tr>") == 11
    person = world.people["counsellor"]
    for secret in (person.first_name, person.last_name, world.academy.name, world.team.name, world.department.name):
        assert secret not in paper, secret
    assert "<input" not in paper


def test_an_empty_list_says_what_to_do(world: World) -> None:
    shown = text(visitor(world, "counsellor").get(OWN))
    assert "Aucun échange éclair depuis trente jours" in shown
    assert QUICK in shown
    assert PERMANENCE in shown


def test_a_long_list_is_read_page_by_page(world: World) -> None:
    for number in range(3):
        note(world, *[LINE] * 10, at=timezone.now() - number * DAY, day=timezone.localdate() - number * DAY)
    client = visitor(world, "counsellor")
    first = client.get(OWN).context
    assert len(first["rows"]) == 25
    second = client.get(first["next_url"]).context
    assert (len(second["rows"]), second["next_url"], second["first_url"]) == (5, "", OWN)
    assert client.get(f"{OWN}?apres=nimporte").status_code == 200


def test_the_menu_leads_there(world: World) -> None:
    shown = visitor(world, "counsellor").get(reverse("enquiries:desk")).text
    assert all(address in shown for address in (QUICK, PERMANENCE))
    assert OWN in visitor(world, "counsellor").get(QUICK).text
    assert QUICK not in visitor(world, "coordinator").get(reverse("enquiries:desk")).text
