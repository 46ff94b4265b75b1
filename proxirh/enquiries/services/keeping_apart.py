"""Whom somebody keeps away in what she asked, told for what hangs on no enquiry, as a visit: the rule of `conflicts`.

What counts is whom she excluded or named as superior in any enquiry that is kept, and who declined one; under her
account, or under an address that she gave before she had one.
"""

from django.db.models import Q, QuerySet

from proxirh.accounts.models import Address, Person, address_indexes
from proxirh.enquiries.models import Enquiry
from proxirh.enquiries.workflow import HandlingState
from proxirh.kernel import encryption
from proxirh.territories.actor import Actor

WHY = "personnes tenues à l’écart d’une visite"
KEPT_AWAY = ("excluded", "superior")
NOBODY = 0


def keep_away(actor: Actor) -> frozenset[int]:
    """Keys of those who keep this person away from what they ask."""
    person = actor.person_id or NOBODY
    rows = Enquiry.objects.for_system(WHY).filter(
        Q(pk__in=_choosing().filter(choices__person=person).values("pk"))
        | Q(pk__in=_declined().filter(handlings__person=person).values("pk"))
    )
    authors, indexes = set(), set()
    for author, index in rows.values_list("author", "address_index"):
        authors.add(author)
        indexes.add(bytes(index) if index is not None else None)
    if encryption.keyring().is_changing:  # people may bear the index of either version
        for row in rows.to_index():
            indexes |= set(address_indexes(row.contact.get("email", "")))
    indexes -= {None}
    if indexes:
        at_work = Person.objects.filter(staff_index__in=indexes).order_by().values_list("pk", flat=True)
        proved = Address.objects.filter(blind_index__in=indexes).order_by().values_list("user__person", flat=True)
        authors |= set(at_work.union(proved))
    return frozenset(key for key in authors if key is not None)


def kept_away_by(actor: Actor) -> frozenset[int]:
    """Keys of those whom this person keeps away from what she asks."""
    hers = Q(author=actor.person_id or NOBODY) | Q(address_index__in=actor.own_indexes)
    named = _choosing().filter(hers).values_list("choices__person", flat=True)
    declined = _declined().filter(hers).values_list("handlings__person", flat=True)
    return frozenset(key for key in named.union(declined) if key is not None)


def _choosing() -> QuerySet[Enquiry]:
    return Enquiry.objects.for_system(WHY).filter(choices__kind__in=KEPT_AWAY).order_by()


def _declined() -> QuerySet[Enquiry]:
    return Enquiry.objects.for_system(WHY).filter(handlings__state=HandlingState.DECLINED).order_by()
