import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_second_factor"),
        ("enquiries", "0011_shared_summaries"),
    ]

    operations = [
        migrations.CreateModel(
            name="Presence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seen_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="vue le")),
                (
                    "enquiry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="presences",
                        to="enquiries.enquiry",
                        verbose_name="demande",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.person",
                        verbose_name="personne",
                    ),
                ),
            ],
            options={
                "verbose_name": "présence sur une page",
                "verbose_name_plural": "présences sur une page",
                "indexes": [models.Index(fields=["seen_at"], name="presence_seen")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("enquiry", "person"),
                        name="presence_once",
                        violation_error_message="Cette personne est déjà sur cette page.",
                    )
                ],
            },
        ),
        migrations.AlterField(
            model_name="accessrecord",
            name="level",
            field=models.CharField(
                choices=[
                    ("situation", "où elle en est"),
                    ("found", "trouvée par l’adresse"),
                    ("name", "le nom et le lieu"),
                    ("card", "le nom et les coordonnées"),
                    ("content", "tout ce qu’elle contient"),
                    ("passed_on", "ce qui a été transmis"),
                ],
                max_length=10,
                verbose_name="étendue",
            ),
        ),
    ]
