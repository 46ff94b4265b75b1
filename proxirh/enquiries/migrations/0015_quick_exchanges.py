import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import proxirh.kernel.models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_second_factor"),
        ("territories", "0006_notice_reviewed"),
        ("enquiries", "0014_ladder_steps"),
    ]

    operations = [
        migrations.CreateModel(
            name="QuickExchange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "uid",
                    models.UUIDField(
                        default=proxirh.kernel.models.random_uid,
                        editable=False,
                        unique=True,
                        verbose_name="identifiant",
                    ),
                ),
                ("day", models.DateField(verbose_name="jour de l’échange")),
                ("topic_code", models.CharField(max_length=6, verbose_name="branche")),
                (
                    "family",
                    models.CharField(
                        choices=[
                            ("1d", "enseignants du premier degré"),
                            ("2d", "enseignants du second degré et personnels d’éducation"),
                            ("biatss", "personnels BIATSS"),
                            ("encadrement", "personnels d’encadrement"),
                        ],
                        max_length=12,
                        verbose_name="famille",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("individual_information", "information individuelle"),
                            ("collective_information", "information collective"),
                            ("internal_referral", "orientation vers un interlocuteur de l’éducation nationale"),
                            ("external_referral", "orientation vers un interlocuteur externe"),
                            ("support_engaged", "accompagnement engagé"),
                            ("not_reached", "nous n’avons pas réussi à joindre la personne"),
                            ("other_service", "autre service"),
                            ("withdrawn", "retirée par l’agent"),
                        ],
                        max_length=24,
                        verbose_name="suite donnée",
                    ),
                ),
                ("idempotency_key", models.UUIDField(unique=True, verbose_name="clé d’unicité")),
                ("recorded_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="noté le")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="retiré le")),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="territories.department",
                        verbose_name="département",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.person",
                        verbose_name="noté par",
                    ),
                ),
            ],
            options={
                "verbose_name": "échange éclair",
                "verbose_name_plural": "échanges éclair",
                "indexes": [models.Index(fields=["person", "recorded_at"], name="quickexchange_own")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "outcome__in",
                                (
                                    "individual_information",
                                    "collective_information",
                                    "internal_referral",
                                    "external_referral",
                                    "other_service",
                                    "support_engaged",
                                ),
                            )
                        ),
                        name="quickexchange_outcome",
                        violation_error_message="Cette suite ne se donne pas à un échange éclair.",
                    )
                ],
            },
        ),
    ]
