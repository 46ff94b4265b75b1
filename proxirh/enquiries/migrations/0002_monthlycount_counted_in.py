"""The month in which each delta was counted; those already there were counted in their own month of asking."""

from datetime import date

from django.db import migrations, models
from django.db.models import F


def fill(apps, schema_editor):
    apps.get_model("enquiries", "MonthlyCount").objects.update(counted_in=F("month"))


class Migration(migrations.Migration):
    dependencies = [("enquiries", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="monthlycount",
            name="counted_in",
            field=models.DateField(default=date(2020, 1, 1), verbose_name="mois de la variation"),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
