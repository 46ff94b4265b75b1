"""Half-days wished for a visit take the codes of those of a roster; a row that has them already stays as it is."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TO_ROSTER = {"morning": "am", "afternoon": "pm"}
BACK = {new: old for old, new in TO_ROSTER.items()}


def rewrite(apps: StateApps, codes: dict[str, str]) -> None:
    rows = apps.get_model("scheduling", "VisitRequest").objects.only("wished")
    for row in rows.iterator():
        wished = [[day, codes.get(half, half)] for day, half in row.wished]
        if wished != row.wished:
            row.wished = wished
            row.save(update_fields=["wished"])


def forwards(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    rewrite(apps, TO_ROSTER)


def backwards(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    rewrite(apps, BACK)


class Migration(migrations.Migration):
    dependencies = (("scheduling", "0008_open_soon"),)

    operations = (migrations.RunPython(forwards, backwards),)
