"""What time takes of accounts, once nothing is kept for them; and every rule, in the order in which they run."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import DateTimeField, Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from proxirh.accounts import retention as of_accounts
from proxirh.accounts.models import Person, User
from proxirh.accounts.services import erase_user
from proxirh.enquiries import retention as of_enquiries
from proxirh.enquiries.models import Enquiry
from proxirh.kernel import journal
from proxirh.kernel.retention import BATCH, Rule, kept
from proxirh.notifications import retention as of_notifications
from proxirh.outbox import retention as of_outbox
from proxirh.privacy.delays import Delay, table
from proxirh.scheduling import retention as of_scheduling
from proxirh.territories.models import Deputy, Posting, WorkTie

__all__ = ["RULES", "Delay", "table"]


def _idle_accounts(at: datetime) -> QuerySet[User]:
    """Accounts not entered for as long as content is kept, with no enquiry left; never of staff."""
    staff = Person.objects.filter(user=OuterRef("pk"), staff_index__isnull=False)
    missions = Posting.objects.filter(person__user=OuterRef("pk"))
    standing_in = Deputy.objects.filter(deputy__user=OuterRef("pk"))
    ties = WorkTie.objects.filter(person__user=OuterRef("pk"))  # they keep conflicts of interest away
    asked = Enquiry.objects.for_system("comptes sans demande").filter(author__user=OuterRef("pk"))
    seen = Coalesce("last_login", "created_at", output_field=DateTimeField())
    rows = User.objects.annotate(seen_at=seen).filter(seen_at__lt=at - kept("CONTENT"))
    held = (staff, missions, standing_in, ties, asked)
    return rows.filter(*(~Exists(one) for one in held)).order_by("pk")


def _erase_accounts(at: datetime) -> Iterator[int]:
    last = 0
    while found := list(_idle_accounts(at).filter(pk__gt=last)[:BATCH]):
        last = found[-1].pk
        for user in found:
            erase_user(by=journal.SYSTEM, user=user, at=at)
            yield 1


ACCOUNTS = Rule(
    "comptes",
    "comptes inutilisés et sans demande",
    (User,),
    due=lambda at: _idle_accounts(at).count(),
    erase=_erase_accounts,
    among=lambda _at: User.objects.count(),
    keep=("CONTENT",),
)
RULES = (
    *of_enquiries.RULES,
    ACCOUNTS,
    *of_scheduling.RULES,
    *of_notifications.RULES,
    *of_outbox.RULES,
    *of_accounts.RULES,
)
