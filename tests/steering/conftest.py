"""Commands are run here as in the tests of the territories."""

from tests.territories.conftest import run

__all__ = ["run"]
