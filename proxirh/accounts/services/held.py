"""What someone was sending when the visit ended: kept encrypted, half an hour, for the same browser and account."""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from proxirh.accounts import browser
from proxirh.accounts.models import HeldForm
from proxirh.kernel import limits
from proxirh.kernel.models import DataKey

LIFE = timedelta(minutes=30)
MAX_LETTERS = 1_000_000
FORMS_PER_HOUR = 60
MAX_PATH = HeldForm._meta.get_field("path").max_length or 0


def keeps_nothing(view: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a view whose form is never kept, whatever refuses it: what is typed there must bear nobody’s name."""
    view.keeps_nothing = True  # type: ignore[attr-defined]
    return view


def is_no_activity(view: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a view that pages call by themselves: answering it gives a visit left alone no more time."""
    view.is_no_activity = True  # type: ignore[attr-defined]
    return view


def hold_form(
    *,
    user_id: int | None,
    token: str,
    path: str,
    fields: Mapping[str, Sequence[str]],
    had_files: bool,
    client: str,
    at: datetime | None = None,
) -> HeldForm | None:
    """Keep the typed fields of a form that could not be taken; None when there is nothing to keep, or too much."""
    at = at or timezone.now()
    letters = sum(len(value) for values in fields.values() for value in values)
    if not 0 < letters <= MAX_LETTERS or len(path) > MAX_PATH:
        return None
    if not limits.attempt("held-form", client, limit=FORMS_PER_HOUR, per=timedelta(hours=1), at=at):
        return None
    with transaction.atomic():
        return HeldForm.objects.create(
            data_key=DataKey.objects.issue(),
            user_id=user_id,
            browser_digest=browser.digest(token),
            path=path,
            fields={name: list(values) for name, values in fields.items()},
            had_files=had_files,
            expires_at=at + LIFE,
        )


def find_held(*, held_uid: uuid.UUID, token: str, at: datetime | None = None) -> HeldForm | None:
    """A form that this browser was sending, still kept; the caller checks that its account has come back."""
    if not token:
        return None
    here = HeldForm.objects.filter(uid=held_uid, browser_digest__in=browser.digests(token))
    return here.filter(expires_at__gt=at or timezone.now()).select_related("data_key").first()


@transaction.atomic
def drop_all_held(*, browser_digests: Collection[bytes]) -> None:
    """Forget every form kept for a browser, with their keys."""
    kept = HeldForm.objects.filter(browser_digest__in=browser_digests)
    keys = list(kept.values_list("data_key_id", flat=True))
    kept.delete()
    DataKey.objects.destroy(*keys)


@transaction.atomic
def drop_held(*, held: HeldForm) -> None:
    """Forget the form and the key that opened it."""
    held.delete()
    held.data_key.delete()
