"""What is being written, before « Envoyer »: encrypted, bound to one browser, never kept on a shared computer."""

import hashlib
import uuid
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import BinaryField, DateTimeField, QuerySet, UUIDField
from django.utils import timezone

from proxirh.accounts import browser
from proxirh.accounts.models import address_index, address_indexes
from proxirh.accounts.services import drop_all_held, may_mail
from proxirh.enquiries.models import Draft
from proxirh.kernel.errors import DomainError, StaleState
from proxirh.kernel.models import DataKey
from proxirh.kernel.retention import kept
from proxirh.kernel.workflow import swap
from proxirh.kernel.written import Given, written_once
from proxirh.outbox.services import queue_email

LIFE = kept("DRAFTS")
SHORT_LIFE = timedelta(minutes=30)
ATTEMPTS = 10


def lives_shortly(draft: Draft) -> bool:
    """True for a draft that must leave no trace: typed on a shared computer, or in the branch of violence."""
    return draft.is_shared_computer or bool(draft.answers.get("violence_agreed_at"))


def _expiry(draft: Draft, at: datetime) -> datetime:
    return at + (SHORT_LIFE if lives_shortly(draft) else LIFE)


@transaction.atomic
def start_draft(
    *, token: str, is_shared_computer: bool, answers: dict[str, Any] | None = None, at: datetime | None = None
) -> Draft:
    """A new draft bound to the browser that holds `token`."""
    at = at or timezone.now()
    draft = Draft(
        data_key=DataKey.objects.issue(),
        browser_digest=browser.digest(token),
        answers=answers or {},
        is_shared_computer=is_shared_computer,
        created_at=at,
    )
    draft.expires_at = _expiry(draft, at)
    draft.save(force_insert=True)
    return draft


def find_draft(*, uid: uuid.UUID, token: str, at: datetime | None = None) -> Draft | None:
    """The draft, if this browser started or resumed it and it has not expired."""
    if not token:
        return None
    here = browser.digests(token)
    return _held(len(here)).first(uid=uid, browser=here, now=at or timezone.now())


@written_once
def _held(versions: int) -> QuerySet:
    here = {"uid": Given("uid", UUIDField()), "browser_digest__in": Given.each("browser", BinaryField(), versions)}
    return Draft.objects.filter(**here, expires_at__gt=Given("now", DateTimeField())).select_related("data_key")


@transaction.atomic
def answer_draft(*, draft: Draft, at: datetime | None = None, **answers: Any) -> None:
    """Add answers to the draft as it is now, whatever another tab added meanwhile, and give it its full life again.

    Raises DomainError when it was sent or erased in between.
    """
    for _ in range(ATTEMPTS):
        now = Draft.objects.filter(pk=draft.pk).select_related("data_key").first()
        if now is None:
            raise DomainError(
                "Cette demande a été envoyée ou effacée dans un autre onglet. Copiez votre texte avant de partir."
            )
        draft.answers, draft.is_shared_computer = {**now.answers, **answers}, now.is_shared_computer
        draft.expires_at = _expiry(draft, at or timezone.now())
        sealed = Draft._meta.get_field("answers").seal(draft, draft.answers)
        with suppress(StaleState):
            changes = {"answers": sealed, "expires_at": draft.expires_at, "version": now.version + 1}
            swap(now, {"version": now.version}, changes)
            return
    raise DomainError("Un autre onglet enregistre en même temps. Rien n’est perdu : appuyez de nouveau sur Continuer.")


@transaction.atomic
def agree_to_be_named(*, draft: Draft, topic_code: str, at: datetime | None = None) -> None:
    """Go on under one’s name in the branch of violence: dated, and from then on no mailed link resumes the draft."""
    at = at or timezone.now()
    branch = topic_code.partition(".")[0]
    answer_draft(draft=draft, at=at, branch=branch, topic=topic_code, violence_agreed_at=at.isoformat())
    draft.address_index = None
    draft.save(update_fields=["address_index"])


@transaction.atomic
def address_draft(*, draft: Draft, address: str, at: datetime | None = None) -> None:
    """Send the link that resumes the draft; the link only names it, a code to the same address opens it elsewhere."""
    if draft.is_shared_computer:
        raise DomainError("Sur un ordinateur partagé, rien n’est gardé : terminez votre demande maintenant.")
    if lives_shortly(draft):
        raise DomainError("Pour votre sécurité, cette demande ne s’enregistre pas : terminez-la maintenant.")
    draft.address_index = address_index(address)
    draft.save(update_fields=["address_index"])
    if not may_mail(address, at=at or timezone.now()):
        return
    queue_email(
        kind="draft_link",
        to=address,
        template="enquiries/mails/draft_link.txt",
        context={"draft_uid": draft.uid, "expires_at": draft.expires_at},
        at=at,
    )


@transaction.atomic
def resume_draft(*, draft_uid: uuid.UUID, address: str, token: str, at: datetime | None = None) -> Draft | None:
    """Bind the draft to another browser whose user has just proved the same address; None if there is no such draft."""
    at = at or timezone.now()
    found = Draft.objects.filter(uid=draft_uid, address_index__in=address_indexes(address), expires_at__gt=at)
    if not found.update(browser_digest=browser.digest(token)):
        return None
    return found.select_related("data_key").get()


def key_once_sent(uid: uuid.UUID, token: str) -> uuid.UUID:
    """Idempotency key of the enquiry that a draft becomes, in one browser: one that held it before has another.

    The token is 256 random bits: its digest needs no key to tell nothing, and stays the same when keys change.
    """
    return uuid.UUID(bytes=hashlib.sha256(f"draft-sent:{uid}:{token}".encode()).digest()[:16], version=4)


@transaction.atomic
def take_up_draft(*, draft: Draft, token: str, at: datetime | None = None) -> Draft:
    """Go on under another name and secret: whoever began it here may have kept the former ones, or mailed its link.

    That link stops working. The former draft stays half an hour, should the page that goes on be lost on its way.
    """
    at = at or timezone.now()
    draft.address_index, draft.expires_at = None, min(draft.expires_at, at + SHORT_LIFE)
    draft.save(update_fields=["address_index", "expires_at"])
    return start_draft(token=token, is_shared_computer=draft.is_shared_computer, answers=draft.answers, at=at)


@transaction.atomic
def share_draft(*, draft: Draft, at: datetime | None = None) -> None:
    """Said later that the computer is shared: the draft becomes short-lived, and no link resumes it."""
    draft.is_shared_computer, draft.address_index = True, None
    draft.expires_at = _expiry(draft, at or timezone.now())
    Draft.objects.filter(pk=draft.pk).update(is_shared_computer=True, address_index=None, expires_at=draft.expires_at)


@transaction.atomic
def delete_draft(*, draft: Draft) -> None:
    """Erase the draft and its key, and whatever text was kept for the same browser."""
    drop_all_held(browser_digests=[bytes(draft.browser_digest)])
    draft.delete()
    DataKey.objects.destroy(draft.data_key_id)


@transaction.atomic
def leave_quickly(*, token: str) -> int:
    """« Quitter vite »: erase what this browser must not keep (see `lives_shortly`) and every text kept for it.

    Returns how many drafts went.
    """
    if not token:
        return 0
    here = browser.digests(token)
    drop_all_held(browser_digests=here)
    drafts = Draft.objects.filter(browser_digest__in=here).select_related("data_key")
    gone = [draft for draft in drafts if lives_shortly(draft)]
    for draft in gone:
        delete_draft(draft=draft)
    return len(gone)
