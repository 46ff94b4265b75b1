"""The mail server and the clock of the outbox, and people who choose."""

from tests.outbox.conftest import clock, server, write

__all__ = ["clock", "server", "write"]
