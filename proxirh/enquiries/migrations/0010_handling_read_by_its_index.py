from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enquiries", "0009_handling_once_beside")]

    operations = [
        migrations.AddIndex(
            model_name="handling",
            index=models.Index(fields=["person", "state", "enquiry", "team"], name="handling_person_enquiry"),
        ),
        migrations.RemoveIndex(model_name="handling", name="handling_person_state"),
    ]
