"""What else the author of an enquiry asked: told to whoever followed it himself, and to nobody else."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import BigAutoField, BinaryField, Exists, OuterRef, Q, QuerySet

from proxirh.accounts.models import Address, Person, address_indexes
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.querysets import Side
from proxirh.enquiries.standing import once_followed_by
from proxirh.enquiries.workflow import TAKEN_STATES, State
from proxirh.kernel import encryption
from proxirh.kernel.written import Given, written_once
from proxirh.territories.actor import Actor

MOST_TOLD = 8


@dataclass(frozen=True, slots=True)
class Other:
    """Another enquiry of the same person: its reference, its dates and its state, nothing of what it is about."""

    uid: UUID
    reference: str
    state: str
    submitted_at: datetime
    closed_at: datetime | None
    is_readable: bool

    @property
    def may_be_merged(self) -> bool:
        """Followed, and read by whoever is told of it: its page says whether it may be."""
        return self.is_readable and self.state in TAKEN_STATES

    @property
    def state_label(self) -> str:
        """Its state in words."""
        return str(State(self.state).label)


def by_same_author(enquiry: Enquiry) -> Q:
    """The other enquiries of whoever wrote this one, as `standing.written_by` finds them for her.

    `enquiry` holds its author. Without an account, at an address that nobody has proved, she wrote this one alone.
    """
    user_id = enquiry.author.user_id
    return _by_same(enquiry.pk, enquiry.author_id, user_id, _indexes(enquiry) if user_id is None else ())


def _by_same(pk: Any, author_id: Any, user_id: Any, indexes: Collection[Any]) -> Q:
    """The same, told by keys or by places for them: those of the enquiry, its author, her account, her addresses."""
    of_account = Q(user_id=user_id)
    if user_id is None:
        if not indexes:
            return Q(author_id=author_id) & ~Q(pk=pk)
        of_account = Q(user__in=Address.objects.filter(blind_index__in=indexes).values("user"))
    # Told by a join, SQLite begins with everyone who has no account.
    no_account = Exists(Person.objects.filter(pk=OuterRef("author"), user=None))
    ways = [
        Q(author_id=author_id),
        Q(no_account, address_index__in=_proved(of_account), claim_digest=None, disowned_at=None),
    ]
    if user_id is None:
        ways.append(Q(author_id__in=Person.objects.filter(of_account).values("pk")))
    # PostgreSQL finds each way by its index; told “or”, it reads every enquiry of the service.
    first, *others = (Enquiry.objects.for_system("ce que la même personne a écrit").filter(way) for way in ways)
    return Q(pk__in=first.values("pk").union(*(one.values("pk") for one in others), all=True)) & ~Q(pk=pk)


def _indexes(enquiry: Enquiry) -> Collection[bytes]:
    """Those of the address that opens it to whoever proves it; none for what a colleague typed and nobody claimed."""
    if enquiry.address_index is None or enquiry.claim_digest is not None or enquiry.disowned_at is not None:
        return ()
    if encryption.keyring().is_changing:
        return address_indexes(enquiry.contact.get("email", ""))
    return (bytes(enquiry.address_index),)


def _proved(of_account: Q) -> Any:
    """Indexes of the addresses that an account has proved; while the key changes, rows may bear either version."""
    proved = Address.objects.filter(of_account)
    if not encryption.keyring().is_changing:
        return proved.values("blind_index")
    return [index for one in proved.select_related("data_key") for index in address_indexes(one.ciphertext)]


def others_followed(actor: Actor, enquiry: Enquiry) -> list[Other]:
    """Her other enquiries that this very person took in hand one day, the latest first, in one query."""
    if not actor.receives:
        return []
    if encryption.keyring().is_changing:
        return [Other(*row) for row in _followed(actor, by_same_author(enquiry))]
    user = enquiry.author.user_id
    indexes = _indexes(enquiry) if user is None else ()
    rows = _others_followed(actor, user is not None, len(indexes))
    return [Other(*row) for row in rows.read(pk=enquiry.pk, author=enquiry.author_id, user=user, indexes=indexes)]


@written_once
def _others_followed(actor: Actor, has_account: bool, addresses: int) -> QuerySet:
    pk, author, user = (Given(name, BigAutoField()) for name in ("pk", "author", "user"))
    indexes = Given.each("indexes", BinaryField(), addresses)
    return _followed(actor, _by_same(pk, author, user if has_account else None, indexes))


def _followed(actor: Actor, hers: Q) -> QuerySet:
    rows = Enquiry.objects.for_system("ses autres demandes, pour qui les a suivies")
    rows = rows.filter(hers, once_followed_by(actor)).exclude(state=State.ANONYMISED)
    open_to_him = Enquiry.objects.visible_to(actor, side=Side.DESK).filter(pk=OuterRef("pk"))
    rows = rows.annotate(is_readable=Exists(open_to_him)).order_by("-submitted_at", "-pk")
    return rows.values_list("uid", "reference", "state", "submitted_at", "closed_at", "is_readable")[:MOST_TOLD]
