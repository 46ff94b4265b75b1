"""What is forgotten about ways in, and when."""

from datetime import timedelta

from django.contrib.sessions.models import Session

from proxirh.accounts.models import HeldForm, SignInCode
from proxirh.kernel import limits
from proxirh.kernel.models import RateCounter
from proxirh.kernel.retention import rows_rule

# Long enough to ask for another code from the page of an expired one.
CODE_LIFE = timedelta(hours=1)

CODES = rows_rule(
    "codes",
    "codes de connexion, une heure après leur fin",
    lambda at: SignInCode.objects.filter(expires_at__lt=at - CODE_LIFE),
    covers=SignInCode,
)
HELD_FORMS = rows_rule(
    "formulaires",
    "formulaires retenus, passée leur demi-heure",
    lambda at: HeldForm.objects.filter(expires_at__lt=at),
    covers=HeldForm,
)
SESSIONS = rows_rule(
    "visites",
    "visites qu’aucun navigateur ne garde plus",
    lambda at: Session.objects.filter(expire_date__lt=at),
    covers=Session,
    keyed=False,
)
COUNTERS = rows_rule(
    "compteurs", "compteurs d’essais qu’aucune limite ne lit plus", limits.unread, covers=RateCounter, keyed=False
)
RULES = (CODES, HELD_FORMS, SESSIONS, COUNTERS)
