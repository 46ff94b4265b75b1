"""Académies, départements, topics and staff categories, as the files of `territories/data` say; running twice is safe.

What people set (opening, delays, contacts) is never touched: only the reference columns are written.
"""

import csv
import json
from pathlib import Path

from django.db import migrations

DATA = Path(__file__).resolve().parent.parent / "data"


def read_csv(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_json(name):
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def load_places(apps):
    Academy = apps.get_model("territories", "Academy")
    Department = apps.get_model("territories", "Department")
    academies = {}
    for row in read_csv("academies.csv"):
        academies[row["code"]], _ = Academy.objects.update_or_create(
            code=row["code"],
            defaults={
                "slug": row["slug"],
                "name": row["name"],
                "region": row["academic_region"],
                "school_zone": row["school_zone"],
            },
        )
    for row in read_csv("departments.csv"):
        Department.objects.update_or_create(
            code=row["code"],
            defaults={
                "name": row["name"],
                "academy": academies[row["academy_code"]],
                "time_zone": row["time_zone"],
                "holiday_calendar": row["holiday_calendar"],
                "in_national_sample": row["in_national_sample"] == "1",
            },
        )


def load_nomenclatures(apps):
    Topic = apps.get_model("territories", "Topic")
    StaffCategory = apps.get_model("territories", "StaffCategory")
    branches = {}
    for position, row in enumerate(read_json("topics.json"), 1):
        code = row.pop("code")
        branch, _, is_subtopic = code.partition(".")
        topic, _ = Topic.objects.update_or_create(
            code=code,
            version=1,
            defaults=row | {"branch": branches[branch] if is_subtopic else None, "position": position},
        )
        branches.setdefault(code, topic)
    for position, row in enumerate(read_json("staff_categories.json"), 1):
        StaffCategory.objects.update_or_create(code=row.pop("code"), defaults=row | {"position": position})


def load(apps, schema_editor):
    load_places(apps)
    load_nomenclatures(apps)


class Migration(migrations.Migration):
    dependencies = [("territories", "0001_initial")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
