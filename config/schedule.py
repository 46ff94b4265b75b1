"""What the worker does by the clock, one line a job."""

SCHEDULES = {
    "drain-outbox": {"task": "proxirh.outbox.periodic.drain_outbox", "every": 5},
}
