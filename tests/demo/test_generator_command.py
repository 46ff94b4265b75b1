"""`load_demo` and its marker: into an empty database, where invented data belong, once, the same each time."""

from __future__ import annotations

import os
import runpy
import sqlite3
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import transaction
from pytest_django import Settings

from proxirh.accounts.models import Person
from proxirh.demo import marker
from proxirh.demo.generation.load import PROCESSES, Load, by_department, first_day
from proxirh.demo.generation.territory import build_places
from proxirh.enquiries.models import Enquiry, EnquiryFact
from proxirh.kernel.models import DataKey
from tests.demo.generated import NOW

ROOT = Path(__file__).resolve().parent.parent.parent
FEW = 150


def load(seed: int = 1) -> None:
    Load(enquiries=FEW, seed=seed, now=NOW).run(lambda written: None)


@pytest.fixture
def demo_mode(settings: Settings) -> None:
    settings.PROXIRH_MODE = "demo"


@pytest.fixture
def someone(db: None) -> Person:
    return Person.objects.create(data_key=DataKey.objects.issue(), first_name="Camille", last_name="Exemple")


@pytest.mark.django_db
def test_second_load_only_says_that_the_demonstration_is_there(demo_mode: None, capsys: pytest.CaptureFixture) -> None:
    call_command("load_demo", enquiries=FEW)
    before = list(Enquiry.objects.order_by("pk").values_list("reference", flat=True))
    capsys.readouterr()
    start = time.monotonic()
    call_command("load_demo", enquiries=FEW)
    assert time.monotonic() - start < 1
    assert f"déjà là\u00a0: {FEW} demandes" in capsys.readouterr().out
    assert list(Enquiry.objects.order_by("pk").values_list("reference", flat=True)) == before


@pytest.mark.django_db
def test_asked_number_is_the_number_written() -> None:
    load()
    assert Enquiry.objects.count() == EnquiryFact.objects.count() == FEW


@pytest.mark.django_db
def test_same_seed_gives_the_same_people_and_the_same_words() -> None:
    """Mutation: draw one name from the process's own chance."""

    def told(seed: int) -> list[tuple[Any, ...]]:
        with transaction.atomic():
            load(seed)
            enquiries = Enquiry.objects.select_related("data_key", "fact").order_by("reference")
            rows = [
                (
                    enquiry.uid,
                    enquiry.reference,
                    enquiry.state,
                    enquiry.submitted_at,
                    enquiry.contact,
                    enquiry.call_code,
                    enquiry.fact.topic_code,
                    [message.body for message in enquiry.messages.order_by("sent_at", "pk")],
                )
                for enquiry in enquiries
            ]
            transaction.set_rollback(True)
        return rows

    first = told(1)
    assert told(1) == first
    assert told(2) != first


@pytest.mark.parametrize("mode", ["local", "production"])
def test_invented_data_need_the_demo_mode(db: None, settings: Settings, mode: str) -> None:
    settings.PROXIRH_MODE = mode
    with pytest.raises(CommandError):
        call_command("load_demo", enquiries=FEW)
    assert not Enquiry.objects.exists()


def test_force_empty_opens_a_development_database_and_never_production(db: None, settings: Settings) -> None:
    settings.PROXIRH_MODE = "production"
    with pytest.raises(CommandError):
        call_command("load_demo", enquiries=FEW, force_empty=True)
    settings.PROXIRH_MODE = "local"
    call_command("load_demo", enquiries=FEW, force_empty=True)
    assert Enquiry.objects.count() == FEW


def test_a_database_that_holds_someone_is_never_filled(demo_mode: None, someone: Person) -> None:
    with pytest.raises(CommandError, match="contient déjà"):
        call_command("load_demo", enquiries=FEW, force_empty=True)
    assert not Enquiry.objects.exists()


def test_an_interrupted_load_is_told_and_not_continued(demo_mode: None, db: None) -> None:
    marker.begin(seed=1, enquiries=FEW, at=NOW)
    with pytest.raises(CommandError, match="interrompu"):
        call_command("load_demo", enquiries=FEW)


def test_demo_refuses_a_real_database_and_production_refuses_the_demo(someone: Person) -> None:
    assert marker.refusal("demo") == marker.FILLED_WITHOUT_MARKER
    assert marker.refusal("production") is None
    marker.begin(seed=1, enquiries=FEW, at=NOW)
    assert marker.refusal("demo") is None
    assert marker.refusal("production") == marker.MARKED_IN_PRODUCTION
    assert marker.refusal("local") is None


def test_serving_and_migrating_say_the_refusal(someone: Person, demo_mode: None) -> None:
    with pytest.raises(ImproperlyConfigured, match="contient déjà"):
        marker.require_match()
    errors = run_checks(tags=["database"], databases=["default"])
    assert [error.id for error in errors] == ["proxirh.demo.E001"]


def test_neither_the_web_nor_the_worker_starts_on_the_database_of_another_mode(
    someone: Person, demo_mode: None
) -> None:
    """Mutation: drop require_match from config/wsgi.py or from the command ox_worker; each is started apart."""
    with pytest.raises(ImproperlyConfigured, match="contient déjà"):
        runpy.run_module("config.wsgi")
    with pytest.raises(ImproperlyConfigured, match="contient déjà"):
        call_command("ox_worker", batch=True)


@pytest.mark.django_db
def test_an_empty_database_suits_every_mode() -> None:
    assert [marker.refusal(mode) for mode in ("local", "demo", "production")] == [None, None, None]


@pytest.mark.django_db
def test_a_large_set_spreads_over_the_country_and_over_the_years() -> None:
    places = build_places(first_day(NOW.date(), 1) - timedelta(days=40), NOW.date())
    counts = by_department(200_000, places)
    assert sum(counts.values()) == 200_000
    assert min(counts.values()) > 100
    assert [first_day(NOW.date(), n).isoformat() for n in (6000, 200_000, 1_000_000)] == [
        "2025-11-01",
        "2025-11-01",
        "2021-11-01",
    ]


def test_two_processes_write_a_large_set(tmp_path: Path) -> None:
    """Beyond one transaction; the counts of the two processes add up to the facts."""
    script = (
        "import django; django.setup()\n"
        "from datetime import datetime, UTC\n"
        "from django.core.management import call_command\n"
        "from proxirh.demo.generation import load\n"
        "call_command('migrate', verbosity=0)\n"
        "load.WHOLE, load.CHUNK = 0, 100\n"
        "call_command('load_demo', enquiries=700)\n"
        "call_command('load_demo')\n"
    )
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PROXIRH_")}
    environ |= {
        "PROXIRH_MODE": "demo",
        "PROXIRH_DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "déjà là\u00a0: 700 demandes" in done.stdout
    assert PROCESSES == 2
    database = sqlite3.connect(tmp_path / "proxirh.sqlite3")
    (facts, references) = database.execute(
        "SELECT (SELECT count(*) FROM enquiries_enquiryfact), count(DISTINCT reference) FROM enquiries_enquiry"
    ).fetchone()
    (counted,) = database.execute(
        "SELECT sum(n) FROM enquiries_monthlycount WHERE indicator = 'enquiries.by_topic'"
    ).fetchone()
    (unnamed,) = database.execute(
        "SELECT count(*) FROM enquiries_transmission WHERE enquiry_id IS NULL"  # counted, without a fact
    ).fetchone()
    database.close()
    assert (facts, references, counted - unnamed) == (700, 700, 700)
