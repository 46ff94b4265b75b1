"""The countable side of what happens: each fact changes with its counts, in the transaction of the act."""

from collections.abc import Collection
from datetime import datetime

from proxirh.enquiries import counting
from proxirh.enquiries.models import Enquiry, EnquiryFact
from proxirh.kernel.calendar import local_day, working_days_between
from proxirh.kernel.errors import StaleState
from proxirh.kernel.workflow import swap
from proxirh.territories.models import Topic
from proxirh.territories.services.calendars import calendar_of


def days_since_asking(enquiry: Enquiry, at: datetime) -> int:
    """Working days of the author’s département between the day of asking and the day of `at`, as facts hold them."""
    calendar, zone = calendar_of(enquiry.department), enquiry.department.time_zone
    return counting.clip(working_days_between(local_day(enquiry.submitted_at, zone), local_day(at, zone), calendar))


def first_answer(enquiry: Enquiry, *, at: datetime, noted_at: datetime) -> None:
    """Measure the first answer by a person: the earliest one, even when an earlier exchange is noted afterwards."""
    before = enquiry.first_answered_at
    if before is not None and before <= at:
        return
    try:
        swap(enquiry, {"first_answered_at": before}, {"first_answered_at": at})
    except StaleState:  # another tab has just measured one; whichever is second counts nothing
        return
    days, counted = days_since_asking(enquiry, at), enquiry.fact.first_answer_days
    enquiry.fact.first_answer_days = days
    enquiry.fact.save(update_fields=["first_answer_days"])
    if counted is not None:
        counting.add(enquiry.fact, counting.answered(counted, sign=-1), at=noted_at)
    counting.add(enquiry.fact, counting.answered(days), at=noted_at)


def finish(enquiry: Enquiry, outcomes: Collection[str], *, at: datetime) -> None:
    """Count how the follow-up ended."""
    fact = enquiry.fact
    fact.outcomes, fact.handling_days = sorted(outcomes), days_since_asking(enquiry, at)
    fact.save(update_fields=["outcomes", "handling_days"])
    counting.add(fact, counting.finished(fact.outcomes, fact.handling_days), at=at)


def unfinish(enquiry: Enquiry, *, at: datetime) -> None:
    """Take back what `finish` counted."""
    fact = enquiry.fact
    counting.add(fact, counting.finished(fact.outcomes, fact.handling_days, sign=-1), at=at)
    fact.outcomes, fact.handling_days = [], None
    fact.save(update_fields=["outcomes", "handling_days"])


def _held(enquiry: Enquiry) -> EnquiryFact:
    """Its fact, counted by nobody else until the end of the transaction."""
    return EnquiryFact.objects.select_for_update().get(pk=enquiry.fact_id)


def count_no_more(enquiry: Enquiry, *, at: datetime) -> None:
    """Take back all that an enquiry added to the counts: it is counted with the one that it was merged into."""
    fact = _held(enquiry)
    counting.add(fact, [(indicator, key, -n) for indicator, key, n in counting.counts_of(fact)], at=at)
    fact.is_counted = False
    fact.save(update_fields=["is_counted"])


def count_from_now(enquiry: Enquiry, *, at: datetime) -> None:
    """Count an enquiry that waited for another académie, now that it is followed there; nothing for any other."""
    fact = _held(enquiry)
    if fact.is_counted:
        return
    fact.is_counted = enquiry.fact.is_counted = True
    fact.save(update_fields=["is_counted"])
    counting.add(fact, counting.counts_of(fact), at=at)


def pass_need_on(enquiry: Enquiry, *, at: datetime) -> None:
    """Its need counts in the académie that has just taken it; what was done for it here still counts here."""
    fact = _held(enquiry)
    if fact.is_passed_on:
        return
    counting.add(fact, [(name, key, -n) for name, key, n in counting.asked(fact)], at=at)
    fact.is_passed_on = enquiry.fact.is_passed_on = True
    fact.save(update_fields=["is_passed_on"])


def recode(enquiry: Enquiry, topic: Topic, *, at: datetime) -> None:
    """Give the enquiry another topic."""
    fact = enquiry.fact
    if topic.code != fact.topic_code:
        counting.add(fact, counting.recoded(fact, topic.code), at=at)
        fact.topic_code = topic.code
        fact.save(update_fields=["topic_code"])
