"""The paper that lets somebody leave for an appointment: neutral words, readable by a screen reader (PDF/UA-1)."""

import json
from datetime import date
from pathlib import Path

from proxirh.kernel.calendar import local_day
from proxirh.scheduling.models import Appointment
from proxirh.ui import french

TITLE = "Attestation de rendez-vous"
UNSAID = (
    "Cette attestation est remise à sa demande, pour justifier une absence. Elle ne dit pas l’objet du rendez-vous, et "
    "personne n’a à le demander."
)
PAGE = Path(__file__).with_name("attestation.typ")


def attestation(row: Appointment, *, on: date) -> bytes:
    """Her name, the day and the hours; neither whom she meets, nor where, nor about what."""
    import typst  # noqa: PLC0415 — a document library: only who prints loads it

    academy = row.department.academy
    hours = f"de {french.hour(row.starts_at, row.time_zone)} à {french.hour(row.ends_at, row.time_zone)}"
    who = row.name or "La personne qui présente ce papier"
    day = french.long_day(row.starts_at, row.time_zone)
    had = "a" if local_day(row.ends_at, row.time_zone) >= on else "avait"
    told = {
        "title": TITLE,
        "service": f"Académie {french.of(academy.name)}",
        "lines": [f"{who} {had} un rendez-vous avec un service de l’académie le {day}, {hours}.", UNSAID],
        "done": f"Fait le {french.plain_day(on)}.",
    }
    return typst.compile(PAGE.read_bytes(), sys_inputs={"told": json.dumps(told)}, pdf_standards="ua-1")
