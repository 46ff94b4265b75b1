"""Computes a report: read once, then one function an indicator; no query depends on the number of enquiries."""

from collections.abc import Callable
from datetime import date, datetime

from proxirh.enquiries import figures
from proxirh.enquiries.figures import Period
from proxirh.steering.indicators import INDICATORS
from proxirh.steering.indicators.shape import Control, Material
from proxirh.steering.publication import Publication
from proxirh.steering.report import NONE, PUBLISHED, Report
from proxirh.territories.figures import Scope, coordinators_on, network_at
from proxirh.territories.models import Topic

type Controls = Callable[[Period, date], Control]


def published(period: Period, until: date) -> Control:
    """What holds for whatever is published, national or for committees: eleven people at least."""
    return Publication.read(period, until=until)


def build_report(
    scope: Scope, period: Period, *, at: datetime, today: date, controls: Controls | None = None
) -> Report:
    """Every indicator of a scope over a period; `controls` gives what decides of each table, none tells everything.

    Under control nothing asked or done since the first of the month of `today` is told: nobody then sees a figure move
    by one. Without it all that is known is told, for whoever runs the command line.
    """
    until = today.replace(day=1)
    told: Period | None = period
    if controls:
        told = Period(period.start, min(period.end, until)) if period.start < until else None
    counted = (date.min, until if controls else date.max)
    promised = figures.places_in(scope)
    material = Material(
        scope=scope,
        period=period,
        told=told,
        counts=figures.read_counts(promised, (period.start, period.end), counted),
        in_time=figures.answered_in_time(promised, told, counted) if told else 0,
        network=network_at(scope, period.last_day),
        coordinators=coordinators_on(scope, period.last_day),
        subtopics=dict(_subtopics()),
        control=controls(told, until) if controls and told else None,
    )
    return Report(
        scope=scope,
        period=period,
        disclosure=PUBLISHED if controls else NONE,
        generated_at=at,
        measured=tuple(one.measure(one, material) for one in INDICATORS.values()),
    )


def _subtopics() -> list[tuple[str, str]]:
    """The finest types, and each branch for what was coded without a detail; once each, whatever the versions."""
    labels = dict(Topic.objects.order_by("code", "version").values_list("code", "label"))
    detailed = {code.partition(".")[0] for code in labels if "." in code}
    return [(code, f"{label}, sans détail" if code in detailed else label) for code, label in labels.items()]
