"""The engine of retention: every rule in turn, too much at once refused, and a report in counts."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from proxirh.kernel.errors import DomainError
from proxirh.kernel.progress import Advance
from proxirh.kernel.retention import Rule, forget_log
from proxirh.privacy.models import Outcome, RetentionRun
from proxirh.privacy.retention import RULES

logger = logging.getLogger(__name__)

# Of what somebody wrote, no run takes more than this share, in percent, unless it is so few.
SHARE = 5
ALWAYS_ALLOWED = 20

type Watch = Callable[[Rule, int], AbstractContextManager[Advance]]


@dataclass(frozen=True, slots=True)
class Line:
    """How one rule ended; `of` is what there was of that kind, when a share of it is guarded. `why` is for a failure:
    a sentence of ours, or the class of an error, never its text."""

    rule: Rule
    due: int
    done: int
    outcome: Outcome
    of: int | None = None
    why: str = ""


@dataclass(slots=True)
class Report:
    """One run."""

    at: datetime
    is_applied: bool
    lines: list[Line] = field(default_factory=list)

    def having(self, *outcomes: Outcome) -> list[Line]:
        """Lines that ended so."""
        return [line for line in self.lines if line.outcome in outcomes]

    @property
    def done(self) -> int:
        """All that went or was told."""
        return sum(line.done for line in self.lines)


@contextmanager
def _unwatched(_rule: Rule, _due: int) -> Iterator[Advance]:
    yield lambda _count: None


def run(
    *,
    apply: bool,
    at: datetime | None = None,
    share: int = SHARE,
    rules: Sequence[Rule] = RULES,
    is_over: Callable[[], bool] = lambda: False,
    watch: Watch = _unwatched,
) -> Report:
    """Count what is due by each rule and, with `apply`, do it; one that fails or is refused does not stop the others.

    It may be killed at any point, or stop between two units when `is_over` says so: the next run goes on. Each line is
    kept as it ends. Never inside a transaction.
    """
    report = Report(at or timezone.now(), apply)
    for rule in rules:
        line = _run_one(rule, report, share=share, is_over=is_over, watch=watch)
        report.lines.append(line)
        RetentionRun.objects.create(
            at=report.at,
            rule=rule.name,
            due=line.due,
            done=line.done,
            is_applied=apply,
            outcome=line.outcome,
        )
    if report.done:
        forget_log()
    for line in report.having(Outcome.REFUSED):
        logger.error("retention: %s: %d of %s due at once, refused", line.rule.name, line.due, line.of)
    for line in report.having(Outcome.FAILED):
        logger.error("retention: %s failed: %s", line.rule.name, line.why)
    return report


def _run_one(rule: Rule, report: Report, *, share: int, is_over: Callable[[], bool], watch: Watch) -> Line:
    due, done, of = 0, 0, None
    try:
        due = rule.due(report.at)
        if due and rule.among is not None:
            of = rule.among(report.at)
            if due > max(ALWAYS_ALLOWED, of * share // 100):
                return Line(rule, due, 0, Outcome.REFUSED, of)
        if not report.is_applied or (due and is_over()):
            return Line(rule, due, 0, Outcome.LEFT if due else Outcome.DONE, of)
        with watch(rule, due) as advance:
            for count in rule.erase(report.at) if due else ():
                done += count
                advance(count)
                if is_over():
                    return Line(rule, due, done, Outcome.LEFT, of)
    except DomainError as error:
        return Line(rule, due, done, Outcome.FAILED, of, str(error))
    except Exception as error:  # noqa: BLE001 (a rule that fails does not keep what the others would take)
        return Line(rule, due, done, Outcome.FAILED, of, type(error).__name__)
    return Line(rule, due, done, Outcome.DONE, of)


def last_run() -> list[RetentionRun]:
    """What is kept of the last run that erased."""
    newest = RetentionRun.objects.filter(is_applied=True).order_by("-at").values_list("at", flat=True).first()
    return list(RetentionRun.objects.filter(at=newest, is_applied=True).order_by("pk")) if newest else []
