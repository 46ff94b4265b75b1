"""What the silence of a referral does: one reminder at ten days, its end at thirty; each once, late nights included."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from proxirh.enquiries import referring_mails
from proxirh.enquiries.models import Referral
from proxirh.enquiries.services.referring import new_link, say
from proxirh.enquiries.workflow import REFERRAL_WORKFLOW, ReferralState, ReferralStep
from proxirh.kernel import journal
from proxirh.kernel.errors import DomainError
from proxirh.kernel.workflow import swap

RELATED = ("team__academy", "partner", "enquiry__data_key", "enquiry__department__academy")


def follow_referrals(*, at: datetime) -> int:
    """End what is over, then remind of what is not; returns how many moved.

    One transaction each: stopped anywhere, the next run goes on. What somebody moves meanwhile is left as it is.
    """
    ended = _each(Referral.objects.taken_back(), _end_with_enquiry, at=at)
    lapsed = _each(Referral.objects.lapsed(at), _let_lapse, at=at)
    return ended + lapsed + _each(Referral.objects.silent(at), _remind, at=at)


def _each(rows: QuerySet[Referral], act: Callable[[Referral, datetime], None], *, at: datetime) -> int:
    done = 0
    for referral in rows.select_related(*RELATED).order_by("pk"):
        try:
            with transaction.atomic():
                act(referral, at)
        except DomainError:  # somebody moved it at the same time
            continue
        done += 1
    return done


def _end_with_enquiry(referral: Referral, at: datetime) -> None:
    REFERRAL_WORKFLOW.apply(referral, ReferralStep.WITHDRAW, ended_at=at, link_print=None)


def _let_lapse(referral: Referral, at: datetime) -> None:
    REFERRAL_WORKFLOW.apply(referral, ReferralStep.EXPIRE, ended_at=at, link_print=None)
    say(journal.SYSTEM, referral, "sans_réponse", at=at)
    referring_mails.tell_lead(referral, step="expired", at=at)
    referring_mails.tell_author(referral, step="expired", at=at)


def _remind(referral: Referral, at: datetime) -> None:
    """Whoever is waited for: the agent before she agrees, the head before he validates, else the other side.

    A partner withdrawn since hears nothing more: the referral ends there.
    """
    if referral.partner is not None and not referral.partner.is_open and referral.state != ReferralState.PROPOSED:
        _let_lapse(referral, at)
        return
    token, link = ("", {}) if referral.state == ReferralState.PROPOSED else new_link(referral)
    swap(referral, {"reminded_at": None, "state": referral.state}, {"reminded_at": at, **link})
    if referral.state == ReferralState.PROPOSED:
        referring_mails.tell_author(referral, step="reminded", at=at)
    elif referral.state == ReferralState.TO_VALIDATE:
        referring_mails.tell_heads(referral, step="reminded", at=at)
    else:
        referring_mails.tell_other_side(referral, step="reminded", token=token, at=at)
    say(journal.SYSTEM, referral, "relancée", at=at)
