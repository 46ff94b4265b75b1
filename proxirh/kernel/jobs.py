"""What a failed job may leave behind: which error, where, and not one word of what it worked on."""

import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any


class JobFailed(Exception):
    """Class and place of a failure, without its message."""


def discreet(job: Callable[..., Any]) -> Callable[..., Any]:
    """The same job, whose failures keep class and line only: the task backend stores and logs what is raised."""

    @wraps(job)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return job(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 (whatever it is)
            place = traceback.extract_tb(error.__traceback__)[-1]
            failure = JobFailed(f"{type(error).__name__}, {Path(place.filename).name}:{place.lineno}")
        # Raised outside the handler, so that not even its context holds the error.
        raise failure

    return run
