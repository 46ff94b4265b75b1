"""What booking may meet."""

from proxirh.kernel.errors import StaleState

TAKEN = "Ce créneau vient d’être pris. Choisissez-en un autre."


class SlotTaken(StaleState):
    """Somebody came first, or the time to travel is missing; said in a sentence that leads to other slots."""

    def __init__(self, message: str = TAKEN) -> None:
        super().__init__(message)
