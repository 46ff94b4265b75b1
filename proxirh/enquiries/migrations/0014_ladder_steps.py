import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("enquiries", "0013_one_page"),
    ]

    operations = [
        migrations.CreateModel(
            name="LadderStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "watch",
                    models.CharField(
                        choices=[
                            ("first_answer", "première réponse"),
                            ("next_step", "prochaine étape"),
                            ("author", "réponse de la personne"),
                        ],
                        max_length=12,
                        verbose_name="ce qui est attendu",
                    ),
                ),
                ("deadline", models.DateField(verbose_name="attendu pour le, ou depuis le")),
                (
                    "rung",
                    models.CharField(
                        choices=[
                            ("counsellor", "référent ou équipe"),
                            ("coordinator", "coordination"),
                            ("head", "chef de service"),
                            ("author", "mot à la personne"),
                        ],
                        max_length=12,
                        verbose_name="marche",
                    ),
                ),
                ("taken_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="montée le")),
                (
                    "enquiry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="enquiries.enquiry",
                        verbose_name="demande",
                    ),
                ),
            ],
            options={
                "verbose_name": "marche de l’échelle",
                "verbose_name_plural": "marches de l’échelle",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("enquiry", "watch", "deadline", "rung"),
                        name="ladderstep_once",
                        violation_error_message="Ce rappel est déjà parti.",
                    )
                ],
            },
        ),
    ]
