"""Steps that a silence climbs: which ones a delay has reached, and the row that lets each be taken once."""

from collections.abc import Mapping

from django.db import IntegrityError, models, transaction


def reached[Step](days_of: Mapping[Step, int], days: int) -> tuple[Step, ...]:
    """The steps whose delay has passed, in the order of the ladder: after a missed night, several at once."""
    return tuple(step for step, after in days_of.items() if days >= after)


def once(step: models.Model) -> bool:
    """Write the row of a step; False when another wrote it, even at this very instant: that one has told.

    Within the transaction of the mail that it stands for, whose row must be held: only a step may then be twice.
    """
    try:
        with transaction.atomic():
            step.save(force_insert=True)
    except IntegrityError:
        return False
    return True
