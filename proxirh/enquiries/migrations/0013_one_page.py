import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import proxirh.kernel.models


class Migration(migrations.Migration):
    dependencies = [
        ("enquiries", "0012_presence_on_a_page"),
        ("territories", "0006_notice_reviewed"),
    ]

    operations = [
        migrations.AddField(
            model_name="enquiryfact",
            name="is_counted",
            field=models.BooleanField(db_default=True, default=True, verbose_name="compté"),
        ),
        migrations.CreateModel(
            name="ReplyTemplate",
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
                ("title", models.CharField(max_length=80, verbose_name="titre")),
                ("body", models.TextField(verbose_name="texte")),
                ("idempotency_key", models.UUIDField(null=True, unique=True, verbose_name="clé d’unicité")),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="écrit le")),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reply_templates",
                        to="territories.team",
                        verbose_name="équipe",
                    ),
                ),
            ],
            options={
                "verbose_name": "modèle de réponse",
                "verbose_name_plural": "modèles de réponse",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("team", "title"),
                        name="replytemplate_once",
                        violation_error_message="Un modèle de cette équipe porte déjà ce titre.",
                    )
                ],
            },
        ),
    ]
