"""Presenting a second factor: tries are counted first, a code serves once, whoever comes first."""

from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.db import transaction
from django.utils import timezone

from proxirh.accounts.adapter import FactorAdapter, opened
from proxirh.accounts.models import FactorVault, User
from proxirh.accounts.services.factors import PASSKEY, RECOVERY, TOTP, tell_change
from proxirh.accounts.services.totp import step_of
from proxirh.kernel import journal, limits
from proxirh.kernel.encryption import DecryptionError
from proxirh.kernel.errors import DomainError, TooManyTries

TOTP_DIGITS, RECOVERY_DIGITS = 6, 8
TRIES_PER_HOUR, TRIES_PER_DAY = 10, 40

WRONG = "Ce code n’est pas le bon, ou il a déjà servi. Attendez le suivant dans votre application, puis tapez-le."
WRONG_RECOVERY = "Ce code de secours n’est pas le bon, ou il a déjà servi. Prenez-en un autre de votre liste."
WRONG_PASSKEY = "Cette clé d’accès n’a pas été reconnue. Recommencez, ou prenez un autre second facteur."
TOO_MANY = "Trop d’essais. Pour protéger ce que vous lisez, attendez une heure avant d’essayer de nouveau."


def count_try(user: User, *, at: datetime) -> None:
    """Spend one try before anything is compared, outside any transaction that may roll back. Raises TooManyTries."""
    subject = str(user.uid)
    hourly = limits.attempt("factor-hour", subject, limit=TRIES_PER_HOUR, per=timedelta(hours=1), at=at)
    daily = limits.attempt("factor-day", subject, limit=TRIES_PER_DAY, per=timedelta(days=1), at=at)
    if not (hourly and daily):
        raise TooManyTries(TOO_MANY)


def prove_by_code(*, user: User, code: str, at: datetime | None = None) -> None:
    """Take six digits of the application, or a recovery code of eight, once. Raises DomainError, TooManyTries."""
    at = at or timezone.now()
    count_try(user, at=at)
    vault = FactorVault.objects.filter(user=user).select_related("data_key").first()
    if vault is None:
        raise DomainError(WRONG)
    with opened(vault):
        try:
            if len(code) == RECOVERY_DIGITS:
                _take_recovery_code(user, code, at)
            else:
                _take_totp(user, vault, code, at)
        except DecryptionError as error:  # a secret of another account, or altered
            raise DomainError(WRONG) from error


def _take_totp(user: User, vault: FactorVault, code: str, at: datetime) -> None:
    row = Authenticator.objects.filter(user_id=user.pk, type=TOTP).first()
    step = step_of(FactorAdapter().decrypt(row.data["secret"]), code, at=at) if row else None
    # The condition is in the database: of two visits with the same code, one passes.
    if step is None or not FactorVault.objects.filter(pk=vault.pk, last_step__lt=step).update(last_step=step):
        raise DomainError(WRONG)
    _mark_used(user, TOTP, at)


@transaction.atomic
def _take_recovery_code(user: User, code: str, at: datetime) -> None:
    row = Authenticator.objects.filter(user_id=user.pk, type=RECOVERY).first()
    # allauth locks the row where the engine can; on SQLite this transaction is alone to write.
    if row is None or not RecoveryCodes(row).validate_code(code):
        raise DomainError(WRONG_RECOVERY)
    _mark_used(user, RECOVERY, at)
    journal.record(actor=f"compte:{user.pk}", verb="code de secours utilisé", subject=user, at=at)
    tell_change(user=user, what="Un code de secours a servi à entrer", at=at)


def prove_by_passkey(*, user: User, factor: Authenticator, at: datetime | None = None) -> None:
    """Note the use of a passkey that `passkeys.complete_proof` has checked."""
    if factor.user_id != user.pk or factor.type != PASSKEY:
        raise DomainError(WRONG_PASSKEY)
    Authenticator.objects.filter(pk=factor.pk).update(last_used_at=at or timezone.now())


def _mark_used(user: User, kind: str, at: datetime) -> None:
    Authenticator.objects.filter(user_id=user.pk, type=kind).update(last_used_at=at)
