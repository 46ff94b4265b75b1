"""What a new database knows: the académies, the départements, the nomenclatures."""

import csv
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from zoneinfo import available_timezones

import pytest
from django.apps import apps

from proxirh.kernel.calendar import SUBDIVISIONS
from proxirh.kernel.text import slugify_fr
from proxirh.territories.models import Academy, Department, StaffCategory, Topic

DATA = Path(__file__).resolve().parent.parent.parent / "proxirh" / "territories" / "data"
OUTSIDE_THE_SAMPLE = {"975": "normandie", "977": "guadeloupe", "978": "guadeloupe"}
SUBTOPICS = {"1": 5, "2": 4, "3": 4, "4": 4, "5": 3, "6": 0, "7": 0, "8": 0}

pytestmark = pytest.mark.django_db


def read(name: str) -> list[dict[str, str]]:
    """Rows of a reference file."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_thirty_academies_are_those_of_the_file() -> None:
    held = set(Academy.objects.values_list("code", "slug", "name", "region", "school_zone"))
    assert held == {
        (row["code"], row["slug"], row["name"], row["academic_region"], row["school_zone"])
        for row in read("academies.csv")
    }
    assert len(held) == 30
    assert all(slugify_fr(academy.name) == academy.slug for academy in Academy.objects.all())


def test_the_departements_are_those_of_the_file() -> None:
    columns = ("code", "name", "academy__code", "time_zone", "holiday_calendar", "in_national_sample")
    assert set(Department.objects.values_list(*columns)) == {
        (
            row["code"],
            row["name"],
            row["academy_code"],
            row["time_zone"],
            row["holiday_calendar"],
            row["in_national_sample"] == "1",
        )
        for row in read("departments.csv")
    }


def test_the_national_sample_has_the_101_departements() -> None:
    """96 in the metropole, both of Corsica included, and five overseas."""
    metropole = {f"{number:02d}" for number in range(1, 96) if number != 20} | {"2A", "2B"}
    sample = set(Department.objects.filter(in_national_sample=True).values_list("code", flat=True))
    assert sample == metropole | {"971", "972", "973", "974", "976"}
    others = Department.objects.filter(in_national_sample=False).values_list("code", "academy__slug")
    assert dict(others) == OUTSIDE_THE_SAMPLE


def test_each_academie_has_a_departement() -> None:
    assert not Academy.objects.filter(departments=None).exists()


def test_each_departement_has_a_real_time_zone_and_a_known_calendar() -> None:
    zones = set(Department.objects.values_list("time_zone", flat=True))
    assert zones <= available_timezones()
    assert set(Department.objects.values_list("holiday_calendar", flat=True)) == set(SUBDIVISIONS)


def test_moselle_keeps_the_holidays_of_alsace_in_another_academie() -> None:
    local = Department.objects.filter(holiday_calendar="alsace-moselle")
    assert set(local.values_list("code", "academy__slug")) == {
        ("57", "nancy-metz"),
        ("67", "strasbourg"),
        ("68", "strasbourg"),
    }


def test_topics_follow_the_national_numbering() -> None:
    expected = set(SUBTOPICS) | {f"{branch}.{n}" for branch, count in SUBTOPICS.items() for n in range(1, count + 1)}
    topics = list(Topic.objects.select_related("branch"))
    assert {topic.code for topic in topics} == expected
    assert {topic.version for topic in topics} == {1}
    for topic in topics:
        assert topic.is_open
        assert topic.label
        assert topic.agent_label
        assert (topic.branch.code if topic.branch else topic.code) == topic.branch_code
    assert [topic.code for topic in topics] == sorted(expected)


def test_sensitive_topics_are_those_of_the_nomenclature() -> None:
    sensitive = set(Topic.objects.filter(is_sensitive=True).values_list("code", flat=True))
    assert sensitive == {"2.3", "2.4", "3", "3.1", "3.2", "3.3", "3.4"}
    assert [topic.code for topic in Topic.objects.filter(is_violence=True)] == ["2.4"]


def test_each_category_belongs_to_one_of_the_four_published_families() -> None:
    families = [code for code, _ in StaffCategory.FAMILIES]
    for family in families:
        own = StaffCategory.objects.get(code=family)
        assert own.family == family, "a family is a category too: what its corps do not say"
        assert StaffCategory.objects.filter(family=family).count() >= 4
    mapping = dict(StaffCategory.objects.values_list("code", "family"))
    assert set(mapping.values()) == set(families)
    assert {mapping["aesh"], mapping["aed"], mapping["psyen"], mapping["cpe"]} == {"2d"}
    assert mapping["directeur_ecole"] == "1d"


def test_reference_texts_are_typeset() -> None:
    """Right apostrophes, and a no-break space before the signs that want one."""
    for path in DATA.iterdir():
        text = path.read_text(encoding="utf-8")
        assert "'" not in text, path.name
        words = json.loads(text) if path.suffix == ".json" else read(path.name)
        for value in texts_in(words):
            assert not any(f" {sign}" in value for sign in ";:!?»"), value


def texts_in(value: object) -> Iterator[str]:
    """Every text of a file, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts_in(inner)


def test_loading_again_mends_the_reference_and_leaves_what_people_set() -> None:
    """Mutation: create the rows without looking for them, or write the opening too."""
    lyon = Academy.objects.get(slug="lyon")
    lyon.name, lyon.first_answer_days, lyon.contact_email = "Autre nom", 4, "rh@exemple.invalid"
    lyon.save()
    Topic.objects.filter(code="4.4").delete()
    Topic.objects.filter(code="1.1").update(is_open=False)
    Department.objects.filter(code="57").update(holiday_calendar="metropole")
    before = [model.objects.count() for model in (Academy, Department, StaffCategory)]

    import_module("proxirh.territories.migrations.0002_reference_data").load(apps, None)

    lyon.refresh_from_db()
    assert (lyon.name, lyon.first_answer_days, lyon.contact_email) == ("Lyon", 4, "rh@exemple.invalid")
    assert Topic.objects.get(code="4.4").branch.code == "4"
    assert not Topic.objects.get(code="1.1").is_open
    assert Department.objects.get(code="57").holiday_calendar == "alsace-moselle"
    assert [model.objects.count() for model in (Academy, Department, StaffCategory)] == before
