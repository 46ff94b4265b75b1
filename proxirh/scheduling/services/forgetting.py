"""Appointments that go before their time, with what they were taken for; within the transaction of whoever decides."""

from collections.abc import Collection
from uuid import UUID

from proxirh.kernel.models import DataKey
from proxirh.outbox.services import forget_about
from proxirh.scheduling.models import Appointment
from proxirh.scheduling.services import agenda

WHY = "effacement"


def forget_series(series: Collection[UUID]) -> None:
    """Erase every row of these series, what holds their time, the mails sent about them, and their keys."""
    rows = Appointment.objects.for_system(WHY).of_series(series)
    found = list(rows.values_list("pk", "data_key_id", "held_id"))
    for one in series:
        forget_about(one)
    rows.filter(pk__in=[pk for pk, _, _ in found]).delete()
    agenda.forget([held for _, _, held in found if held is not None])
    DataKey.objects.destroy(*(key for _, key, _ in found))
