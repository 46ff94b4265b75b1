"""What a service may raise; each message is a French sentence that the page shows as it is."""


class DomainError(Exception):
    """A rule of the service refuses the act; the message says what to do instead."""


class NotAllowed(DomainError):
    """This actor may not do that to this row, which he may otherwise know of."""


class StaleState(DomainError):
    """Someone else moved the row between reading and writing."""

    def __init__(
        self, message: str = "Cette page a été modifiée entre-temps par quelqu’un d’autre. Relisez-la."
    ) -> None:
        super().__init__(message)


class TooManyTries(DomainError):
    """A limit on attempts is reached; the message says when to come back."""
