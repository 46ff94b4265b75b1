"""Second factors of an account: an application of codes, passkeys, recovery codes. allauth keeps them, we seal them.

Each change is a line of the journal, a mail to the person, and the end of her other visits.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from proxirh.accounts.adapter import FactorAdapter, opened
from proxirh.accounts.models import FactorVault, Person, User
from proxirh.accounts.services.people import addresses_of
from proxirh.accounts.services.totp import step_of
from proxirh.kernel import journal, tokens
from proxirh.kernel.errors import DomainError, NotAllowed
from proxirh.kernel.models import DataKey
from proxirh.outbox.services import queue_email

TOTP, PASSKEY, RECOVERY = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN, Authenticator.Type.RECOVERY_CODES
MAX_PASSKEYS = 10
RESET_LIFE = timedelta(hours=24)
LABELS = {TOTP: "Application de codes", PASSKEY: "Clé d’accès", RECOVERY: "Codes de secours"}

WRONG = "Ce code n’est pas le bon. Tapez les six chiffres que l’application montre en ce moment."
TWICE = "Vous avez déjà une application de codes. Retirez-la d’abord, ou ajoutez une clé d’accès."
TOO_MANY = f"Vous avez déjà {MAX_PASSKEYS} clés d’accès. Retirez-en une qui ne sert plus."
LAST = "C’est votre seul second facteur, et votre mission en demande un. Ajoutez-en un autre, puis retirez celui-ci."
TOO_LATE = (
    "Les 24 heures pour ajouter un second facteur sont passées. Demandez de nouveau à la coordination de votre "
    "académie de vous rappeler."
)
NO_FACTOR = "Ajoutez d’abord une clé d’accès ou une application de codes."


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor as its owner sees it; `left` counts recovery codes that have not served."""

    uid: str
    kind: str
    label: str
    added_at: datetime
    used_at: datetime | None
    left: int = 0

    @property
    def is_recovery(self) -> bool:
        """True for the codes kept for a bad day."""
        return self.kind == RECOVERY


def vault_of(user: User) -> FactorVault:
    """The vault of an account, made at first need."""
    found = FactorVault.objects.filter(user=user).select_related("data_key").first()
    return found or FactorVault.objects.create(user=user, data_key=DataKey.objects.issue())


def has_factor(user: User) -> bool:
    """True once the account has an application or a passkey: it is then asked for at each sign-in."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=(TOTP, PASSKEY)).exists()


def needs_factor(user: User) -> bool:
    """True for whoever holds a mission today: told by the app that knows missions, above this one."""
    return import_string(settings.HOLDS_A_MISSION)(user_id=user.pk)


def factors_of(user: User) -> list[Factor]:
    """What an account has, recovery codes last."""
    rows = list(Authenticator.objects.filter(user_id=user.pk).order_by("created_at", "pk"))
    vault = FactorVault.objects.filter(user=user).select_related("data_key").first()
    if vault is None:
        return []
    with opened(vault):
        found = [_shown(row) for row in rows]
    return sorted(found, key=lambda factor: factor.is_recovery)


def _shown(row: Authenticator) -> Factor:
    label = FactorAdapter().decrypt(row.data["name"]) if row.type == PASSKEY else LABELS[row.type]
    left = len(RecoveryCodes(row).get_unused_codes()) if row.type == RECOVERY else 0
    return Factor(row.data["uid"], row.type, label, row.created_at, row.last_used_at, left)


# ── Adding ─────────────────────────────────────────────────────────────────────────────────────────
def check_may_enrol(user: User, *, at: datetime) -> None:
    """Raise when this account may not add a factor: no mission nor factor, or too long after a reset."""
    if has_factor(user):
        return
    if not needs_factor(user):
        raise NotAllowed("Le second facteur est réservé aux personnes qui tiennent une mission RH.")
    until = FactorVault.objects.filter(user=user).values_list("enrol_until", flat=True).first()
    if until is not None and at > until:
        raise NotAllowed(TOO_LATE)


def add_totp(*, actor: User, secret: str, code: str, at: datetime | None = None) -> None:
    """Keep an application of codes once it has shown that it holds the secret; that code is spent."""
    at = at or timezone.now()
    step = step_of(secret, code, at=at)
    if step is None:
        raise DomainError(WRONG)
    with transaction.atomic():
        check_may_enrol(actor, at=at)
        vault = vault_of(actor)
        with opened(vault):
            data = {"secret": FactorAdapter().encrypt(secret)}
        try:
            with transaction.atomic():
                _keep(actor, TOTP, data, at)
        except IntegrityError as error:
            raise DomainError(TWICE) from error
        FactorVault.objects.filter(pk=vault.pk).update(last_step=step, enrol_until=None)
        _changed(actor, verb="second facteur ajouté", kind=TOTP, what="Une application de codes a été ajoutée", at=at)


@transaction.atomic
def add_passkey(*, actor: User, name: str, credential: dict[str, Any], at: datetime | None = None) -> None:
    """Keep a passkey that `passkeys.complete_registration` has checked, under the name its owner gives it."""
    at = at or timezone.now()
    check_may_enrol(actor, at=at)
    if Authenticator.objects.filter(user_id=actor.pk, type=PASSKEY).count() >= MAX_PASSKEYS:
        raise DomainError(TOO_MANY)
    vault = vault_of(actor)
    with opened(vault):
        data = {"name": FactorAdapter().encrypt(name), "credential": credential}
    _keep(actor, PASSKEY, data, at)
    FactorVault.objects.filter(pk=vault.pk).update(enrol_until=None)
    _changed(actor, verb="second facteur ajouté", kind=PASSKEY, what="Une clé d’accès a été ajoutée", at=at)


def _keep(user: User, kind: str, data: dict[str, Any], at: datetime) -> Authenticator:
    return Authenticator.objects.create(user=user, type=kind, data={"uid": str(uuid.uuid4()), **data}, created_at=at)


def renew_recovery_codes(*, actor: User, key: str, at: datetime | None = None) -> list[str]:
    """Ten fresh codes in place of the former ones; the same form sent twice (`key`) gives the same ten."""
    try:
        return _renew_recovery_codes(actor, key, at or timezone.now())
    except IntegrityError:  # the same form, sent twice in the same instant
        return _renew_recovery_codes(actor, key, at or timezone.now())


@transaction.atomic
def _renew_recovery_codes(actor: User, key: str, at: datetime) -> list[str]:
    if not has_factor(actor):
        raise DomainError(NO_FACTOR)
    kept = Authenticator.objects.filter(user_id=actor.pk, type=RECOVERY)
    with opened(vault_of(actor)):
        if row := kept.first():
            if row.data.get("form") == key:
                return RecoveryCodes(row).generate_codes()
            row.delete()  # this one alone: what the same form has just written stays, and refuses a second list
        seed = FactorAdapter().encrypt(RecoveryCodes.generate_seed())
        row = _keep(actor, RECOVERY, {"seed": seed, "used_mask": 0, "form": key}, at)
        _changed(
            actor, verb="codes de secours renouvelés", kind=RECOVERY, what="De nouveaux codes de secours ont été créés",
            at=at,
        )  # fmt: skip
        return RecoveryCodes(row).generate_codes()


# ── Removing ───────────────────────────────────────────────────────────────────────────────────────
def find_factor(*, user: User, factor_uid: uuid.UUID) -> Factor | None:
    """A factor of this account."""
    return next((factor for factor in factors_of(user) if factor.uid == str(factor_uid)), None)


@transaction.atomic
def remove_factor(*, actor: User, factor_uid: uuid.UUID, at: datetime | None = None) -> None:
    """Forget one factor; the last one stays as long as a mission asks for it, and recovery codes go with the last."""
    at = at or timezone.now()
    factor = find_factor(user=actor, factor_uid=factor_uid)
    if factor is None:
        raise DomainError("Ce second facteur n’existe plus.")
    rows = Authenticator.objects.filter(user_id=actor.pk)
    if not factor.is_recovery and rows.filter(type__in=(TOTP, PASSKEY)).count() == 1:
        if needs_factor(actor):
            raise DomainError(LAST)
        rows.filter(type=RECOVERY).delete()
    rows.filter(type=factor.kind, data__uid=factor.uid).delete()
    what = {TOTP: "L’application de codes a été retirée", PASSKEY: "Une clé d’accès a été retirée"}
    _changed(
        actor, verb="second facteur retiré", kind=factor.kind,
        what=what.get(factor.kind, "Les codes de secours ont été retirés"), at=at,
    )  # fmt: skip


@transaction.atomic
def reset_factors(*, by: str, user: User, reason: str, at: datetime | None = None) -> None:
    """Forget every factor of someone who has lost them, with the key of their secrets; all her visits end.

    She has 24 hours to add one after a mailed code. Who may ask for it is decided above (`territories`); `by` is the
    label of whoever does, `reason` a code.
    """
    at = at or timezone.now()
    Authenticator.objects.filter(user_id=user.pk).delete()
    vault = vault_of(user)
    former, vault.data_key = vault.data_key_id, DataKey.objects.issue()
    vault.enrol_until, vault.last_step = at + RESET_LIFE, 0
    vault.save()
    DataKey.objects.destroy(former)
    end_visits(user)
    journal.record(actor=by, verb="second facteur réinitialisé", subject=user, at=at, reason=reason)
    _tell(user, "accounts/mails/factor_reset.txt", {"until": vault.enrol_until}, at)


# ── What each change brings ────────────────────────────────────────────────────────────────────────
def end_visits(user: User) -> None:
    """End every visit of an account; `sessions.keep_this_visit` spares the one that asks."""
    user.session_salt = tokens.secret()
    user.save(update_fields=["session_salt"])


def _changed(user: User, *, verb: str, kind: str, what: str, at: datetime) -> None:
    end_visits(user)
    journal.record(actor=f"compte:{user.pk}", verb=verb, subject=user, at=at, kind=str(kind))
    tell_change(user=user, what=what, at=at)


def tell_change(*, user: User, what: str, at: datetime) -> None:
    """Write to the person, wherever she can be reached, what has just changed in her ways in."""
    _tell(user, "accounts/mails/factor_changed.txt", {"what": what, "at": at}, at)


def _tell(user: User, template: str, context: dict[str, Any], at: datetime) -> None:
    found = {address.ciphertext for address in addresses_of(user)}
    if not found:
        person = Person.objects.filter(user=user).select_related("data_key").first()
        found = {person.staff_address} if person and person.staff_address else set()
    for address in sorted(found):
        queue_email(kind="second-factor", to=address, template=template, context=context, at=at)
