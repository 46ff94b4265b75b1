"""What is forgotten about ways in, and when."""

from datetime import datetime, timedelta

from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.db.models import Model, Q

from proxirh.accounts.models import HeldForm, SignInCode
from proxirh.kernel import limits
from proxirh.kernel.models import DataKey

# Long enough to ask for another code from the page of an expired one.
CODE_LIFE = timedelta(hours=1)
BATCH = 500


def forget_codes(*, at: datetime) -> int:
    """Erase codes an hour after they expired, and the keys of their addresses."""
    return _erase(SignInCode, Q(expires_at__lt=at - CODE_LIFE))


def forget_held_forms(*, at: datetime) -> int:
    """Erase forms kept for half an hour, and their keys."""
    return _erase(HeldForm, Q(expires_at__lt=at))


def forget_sessions() -> None:
    """Erase the sessions whose cookie no browser keeps any more."""
    SessionStore.clear_expired()


def forget_counters(*, at: datetime) -> int:
    """Erase the counters that no limit reads any more."""
    return limits.forget_old(at=at)


def _erase(model: type[Model], expired: Q) -> int:
    """Delete rows and their keys in small transactions, so that sign-in never waits; returns how many."""
    erased = 0
    while found := list(model._base_manager.filter(expired).values_list("pk", "data_key_id")[:BATCH]):
        with transaction.atomic():
            model._base_manager.filter(pk__in=[row for row, _ in found]).delete()
            DataKey.objects.filter(pk__in=[key for _, key in found]).delete()
        erased += len(found)
    return erased
