"""A failed job tells which error and where, never what it worked on; finished tasks are forgotten after a day."""

import logging
from datetime import timedelta
from traceback import format_exception

import pytest
from django.utils import timezone
from django.utils.module_loading import import_string
from django_ox.models import OxTask

from config.schedule import SCHEDULES
from proxirh.kernel import periodic
from proxirh.kernel.jobs import JobFailed, discreet

CANARY = "canari@exemple.invalid"


@discreet
def fail(address: str) -> None:
    """Fails with the address in its error, in its cause and in a local variable."""
    try:
        raise KeyError(address)
    except KeyError as cause:
        raise ValueError(f"impossible : {address}") from cause


@discreet
def add(one: int, *, other: int) -> int:
    """Succeeds."""
    return one + other


def test_failure_tells_its_class_and_place_and_no_word(caplog) -> None:
    """Mutation: raise from the handler; the context then prints the message."""
    with pytest.raises(JobFailed, match=r"^ValueError, test_jobs\.py:\d+$") as caught:
        fail(CANARY)
    assert CANARY not in "".join(format_exception(caught.value))
    with caplog.at_level(logging.ERROR):
        logging.getLogger("essai").error("échec", exc_info=caught.value)
    assert CANARY not in caplog.text


def test_success_is_given_back() -> None:
    assert add(1, other=2) == 3


@pytest.mark.django_db
def test_finished_tasks_are_forgotten_after_a_day() -> None:
    now = timezone.now()
    for status in ("SUCCESSFUL", "FAILED", "READY"):
        for hours in (23, 25):
            finished = None if status == "READY" else now - timedelta(hours=hours)
            OxTask.objects.create(task_path="essai", status=status, enqueued_at=now, finished_at=finished)
    periodic.forget_finished_tasks.call()
    assert sorted(OxTask.objects.values_list("status", flat=True)) == ["FAILED", "READY", "READY", "SUCCESSFUL"]


@pytest.mark.parametrize("job", [entry["task"] for entry in SCHEDULES.values()])
def test_scheduled_job_is_found_and_discreet(job: str) -> None:
    """Mutation: drop @discreet from a periodic task."""
    assert import_string(job).func.__code__ is discreet(lambda: None).__code__
