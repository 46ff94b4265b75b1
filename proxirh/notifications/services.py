"""Every write about what someone wants of her mails."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from proxirh.accounts.models import Person, User
from proxirh.accounts.services import addresses_of
from proxirh.kernel import journal
from proxirh.kernel.encryption import address_indexes
from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.models import DataKey
from proxirh.kernel.workflow import swap
from proxirh.notifications.kinds import KINDS, Kind, Reader, refusable
from proxirh.notifications.models import Frequency, MailChoice
from proxirh.notifications.quiet import next_digest, places_of
from proxirh.outbox.models import OutgoingEmail
from proxirh.outbox.services import release_waiting
from proxirh.territories.actor import Actor

BY_LINK = "lien d’un courriel"
TRIES = 3


def own_addresses(actor: Actor) -> list[str]:
    """Where she is written to: what she has proved, and her service address; none for a visitor."""
    if actor.user_id is None:
        return []
    found = [str(one.ciphertext) for one in addresses_of(User(pk=actor.user_id))]
    person = Person.objects.filter(pk=actor.person_id or 0).select_related("data_key").first()
    if person and person.staff_address:
        found.append(str(person.staff_address))
    return list({address_indexes(one)[0]: one for one in found}.values())


def offered_to(actor: Actor) -> list[Kind]:
    """The kinds that she may receive and refuse."""
    return refusable(Reader.STAFF, Reader.AGENT) if actor.is_staff else refusable(Reader.AGENT)


def choice_of(addresses: Sequence[str]) -> MailChoice | None:
    """What was last chosen for any of these addresses."""
    indexes = [index for one in addresses for index in address_indexes(one)]
    rows = MailChoice.objects.filter(address_index__in=indexes).select_related("data_key")
    return rows.order_by("-changed_at", "-pk").first()


def choose(
    *, actor: Actor, frequencies: Mapping[str, Frequency], is_quiet: bool = False, at: datetime | None = None
) -> None:
    """Write what someone wants, for each address where she is written to."""
    addresses = own_addresses(actor)
    if not addresses:
        raise NotAllowed("Connectez-vous d’abord : un code arrive à votre adresse.")
    _require_refusable(frequencies)
    if not {kind.code for kind in offered_to(actor)}.issuperset(frequencies):
        raise NotAllowed("Ces courriels ne vous sont pas destinés.")
    with transaction.atomic():
        for address in addresses:
            _write(address, frequencies, is_quiet=is_quiet and actor.is_staff, by=actor.label, at=at or timezone.now())


def choose_by_link(*, mail: OutgoingEmail, frequency: Frequency, at: datetime | None = None) -> None:
    """Write, for the address that received this mail, how often it wants others of its kind."""
    _require_refusable([mail.kind])
    with transaction.atomic():
        _write(str(mail.recipient), {mail.kind: frequency}, is_quiet=None, by=BY_LINK, at=at or timezone.now())


def _require_refusable(codes: Iterable[str]) -> None:
    if not all(code in KINDS and KINDS[code].is_refusable for code in codes):
        raise DomainError("Ce courriel part toujours : il vous protège, ou il vous est promis.")


def _write(address: str, frequencies: Mapping[str, Frequency], *, is_quiet: bool | None, by: str, at: datetime) -> None:
    """Merge into the row of an address, comparing and swapping: two links pressed at once are both heard."""
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                _merge(address, frequencies, is_quiet=is_quiet, by=by, at=at)
            break
        except (IntegrityError, StaleState):
            if not left:
                raise
    release_waiting(address, at=at)


def _merge(address: str, frequencies: Mapping[str, Frequency], *, is_quiet: bool | None, by: str, at: datetime) -> None:
    indexes = address_indexes(address)
    row = MailChoice.objects.filter(address_index__in=indexes).select_related("data_key").first()
    wanted = {**(row.frequencies if row else {}), **frequencies}
    wanted = {code: str(chosen) for code, chosen in wanted.items() if chosen != Frequency.AT_ONCE}
    quiet = bool(row and row.is_quiet) if is_quiet is None else is_quiet
    if row is None:
        if not wanted and not quiet:
            return
        row = MailChoice.objects.create(
            data_key=DataKey.objects.issue(),
            address=address,
            address_index=indexes[0],
            changed_at=at,
            used_on=timezone.localdate(at),
        )
    elif (row.frequencies, row.is_quiet) == (wanted, quiet):
        return
    journal.record(actor=by, verb="courriels.choisis", subject=row, at=at)
    if not wanted and not quiet:
        _forget(row)
        return
    before = {"changed_at": row.changed_at, "frequencies": row.frequencies, "is_quiet": row.is_quiet}
    next_at = None
    if Frequency.DAILY in wanted.values():
        next_at = next_digest(at, places_of([row], at=at)[row.pk], is_quiet=quiet)
        if row.next_digest_at and row.next_digest_at <= at:
            next_at = row.next_digest_at  # it is being gathered
    swap(
        row,
        before,
        {
            "frequencies": wanted,
            "is_quiet": quiet,
            "next_digest_at": next_at,
            "changed_at": at,
            "used_on": timezone.localdate(at),
        },
    )


def _forget(row: MailChoice) -> None:
    if not MailChoice.objects.filter(pk=row.pk, changed_at=row.changed_at).delete()[0]:
        raise StaleState
    DataKey.objects.destroy(row.data_key_id)


@transaction.atomic
def forget_choices(addresses: Iterable[str]) -> int:
    """Erase what was chosen for these addresses; returns for how many."""
    indexes = [index for one in addresses for index in address_indexes(one)]
    rows = MailChoice.objects.filter(address_index__in=indexes)
    keys = list(rows.values_list("data_key", flat=True))
    rows.delete()
    DataKey.objects.destroy(*keys)
    return len(keys)
