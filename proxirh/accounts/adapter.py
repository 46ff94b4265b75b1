"""What allauth is left to say and know: it opens the visit, and nothing else."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Keeps allauth silent: our pages say what happens, in French."""

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """No message: landing on the page asked for says it."""
