"""A choice lives as long as there are mails that it decides of, and a year more."""

from django.utils import timezone

from proxirh.kernel.retention import kept, rows_rule
from proxirh.notifications.models import MailChoice

CHOICES = rows_rule(
    "choix",
    "choix de courriels qui ne servent plus",
    lambda at: MailChoice.objects.filter(used_on__lt=timezone.localdate(at - kept("CONTENT"))),
    covers=MailChoice,
    keep=("CONTENT",),
)
RULES = (CHOICES,)
