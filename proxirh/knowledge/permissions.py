"""Who reads and who writes answer sheets."""

from proxirh.territories.actor import Actor


def reads_sheets(actor: Actor) -> bool:
    """Whoever has an HR mission, with a second factor."""
    return actor.second_factor and bool(actor.academies or actor.heads or actor.answers_for or actor.is_national)


def writes_sheets(actor: Actor) -> bool:
    """Whoever runs an académie, for it; the national referent, for everywhere."""
    return actor.second_factor and actor.person_id is not None and bool(actor.runs or actor.is_national)


def can_write_sheet(actor: Actor, academy_id: int | None) -> bool:
    """For that académie, or for everywhere when it is None."""
    if not writes_sheets(actor):
        return False
    return actor.is_national if academy_id is None else academy_id in actor.runs
