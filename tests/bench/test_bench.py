"""The bench measures what it says: queries, processor time, memory, forms as a browser sends them, honest verdicts."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import grimp
import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from bench import fairness, oracle, report
from bench.browsing import form_fields
from bench.floor import floor
from bench.journeys import Row, Targets
from bench.measures import Measure, growth, judged, memory_fault
from bench.nights import Night, night_faults
from bench.probe import QUERIES, SQL, ProbeMiddleware
from bench.processes import children, cpu_seconds, private_memory
from bench.sameness import Recall, Sameness
from bench.searches import Search
from bench.together import Crowd
from proxirh.accounts.models import User
from proxirh.territories.models import Academy

ROOT = Path(__file__).resolve().parent.parent.parent


def measured(**values: Any) -> Measure:
    usual = {"ms": 4.0, "p95": 5.0, "cpu_ms": 4.0, "queries": 5, "sql_ms": 1.0, "html": 20_000, "turns": (4.0,)}
    return Measure(label="Page", floor_ms=2.0, floor_cpu_ms=2.0, **usual | values)


def row(*, is_page: bool = True, **targets: float) -> Row:
    return Row("Page", list, Targets(**targets), is_page=is_page)


@pytest.mark.django_db
def test_probe_says_how_many_queries_a_request_made() -> None:
    def page(request: object) -> HttpResponse:
        Academy.objects.count()
        Academy.objects.first()
        return HttpResponse("")

    answer = ProbeMiddleware(page)(RequestFactory().get("/"))
    assert answer[QUERIES] == "2"
    assert float(answer[SQL]) > 0


@pytest.mark.django_db
def test_floor_is_a_signed_in_page(settings: Settings) -> None:
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [ROOT / "bench" / "templates"]}]
    request = RequestFactory().get("/plancher/")
    request.user = AnonymousUser()
    assert floor(request).status_code == 403
    request.user = User.objects.create()
    assert floor(request).status_code == 200


def test_processor_time_and_memory_are_those_of_the_process() -> None:
    me = [os.getpid()]
    before, start = cpu_seconds(me), time.process_time()
    sum(number * number for number in range(2_000_000))
    assert cpu_seconds(me) - before == pytest.approx(time.process_time() - start, rel=0.3)
    assert private_memory(os.getpid()) > 10_000_000


def test_children_are_found_so_that_workers_are_watched() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert child.pid in children(os.getpid())
    finally:
        child.communicate(b"\n")


def test_form_is_sent_as_a_browser_would() -> None:
    page = BeautifulSoup(
        """<form><input type="hidden" name="csrf" value="x"><input name="name" value="Camille">
        <input type="radio" name="sex" value="F" checked><input type="radio" name="sex" value="M">
        <input type="checkbox" name="means" value="phone" checked><input type="checkbox" name="means" value="written">
        <select name="place"><option value="54">54</option><option value="57" selected>57</option></select>
        <textarea name="words">Bonjour</textarea><input type="file" name="file"></form>""",
        "html.parser",
    )
    assert form_fields(page.form) == {
        "csrf": "x",
        "name": "Camille",
        "sex": ["F"],
        "means": ["phone"],
        "place": "57",
        "words": "Bonjour",
    }


@pytest.mark.parametrize(
    ("values", "targets", "told"),
    [
        ({}, {"ratio": 2}, ""),
        ({"ms": 8.1}, {"ratio": 4}, "× le plancher"),
        ({"ms": 61.0}, {"ms": 60}, "61 ms"),
        ({"queries": 13}, {}, "13 requêtes"),
        ({"html": 30_500}, {}, "ko de HTML"),
    ],
)
def test_a_missed_target_is_told(values: dict[str, float], targets: dict[str, float], told: str) -> None:
    faults = judged(row(**targets), measured(**values)).faults
    assert (told in " ".join(faults)) if told else not faults


def test_a_journey_of_many_posts_is_not_judged_as_one_page() -> None:
    assert not judged(row(is_page=False), measured(queries=99, html=99_000)).faults


def test_memory_above_the_limit_is_told() -> None:
    assert memory_fault([80_000_000, 90_000_000]) == ""
    assert "135 Mo" in memory_fault([80_000_000, 135_000_000])


def test_growth_compares_turns_of_the_same_second() -> None:
    """Twice the time while the machine was twice as busy is no growth. Mutation: compare the two medians."""
    small = measured(turns=(4.0, 4.0, 8.0, 8.0, 8.0))
    assert growth(small, measured(turns=(4.0, 4.0, 8.0, 8.0, 80.0))) == pytest.approx(0)
    assert growth(small, measured(turns=(8.0, 8.0, 8.0, 16.0, 16.0))) == pytest.approx(1)


def test_result_takes_the_place_of_the_last_one(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"Avant\n\n{report.BEGIN}\n\nvieux\n\n{report.END}\n\nAprès\n", encoding="utf-8")
    runs = [
        report.Run("sqlite", size, 1.0, measures=[measured()], memory=[70_000_000, 71_000_000])
        for size in (10_000, 200_000)
    ]
    report.write(report.text(runs, "make bench", date(2026, 11, 17)), page)
    written = page.read_text(encoding="utf-8")
    assert written.startswith("Avant")
    assert written.endswith("Après\n")
    assert "vieux" not in written
    assert "### SQLite, 200\u00a0000 demandes" in written
    assert "### Du petit au grand" in written


def test_the_service_never_imports_its_bench() -> None:
    graph = grimp.build_graph("proxirh", "config", "bench", cache_dir=None)
    importers = {
        name
        for module in graph.modules
        if module.startswith("bench")
        for name in graph.find_modules_that_directly_import(module)
    }
    assert {name.partition(".")[0] for name in importers} <= {"bench"}


def test_sharing_out_again_gives_the_same_twice_and_follows_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    """A month of it. Mutation: leave the share out of the turn."""
    monkeypatch.setattr(fairness, "ARRIVALS", 6_000)
    monkeypatch.setattr(fairness, "DAYS", 91)
    monkeypatch.setattr(fairness, "AWAY", 0.0)
    ours, again, turns = (fairness.replay(choose) for choose in (fairness.ours, fairness.ours, fairness.Turns()))
    assert (ours.usual, ours.late) == (again.usual, again.late)
    assert ours.usual <= 1 < turns.usual


def test_small_cases_are_shared_out_as_well_as_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fairness, "SMALL_CASES", 20)
    assert max(fairness.gaps_to_optimum()) == pytest.approx(0)


# ── Eight at once, and the night ──────────────────────────────────────────────────────────────────
def test_a_crowd_slower_than_a_quarter_of_the_floor_is_told() -> None:
    assert not Crowd("Page", rate=25, floor_rate=100, ms=1, p95=2).fault
    assert "24" in Crowd("Page", rate=24, floor_rate=100, ms=1, p95=2).fault


def night(**changes: float) -> Night:
    usual = {"silent": 10, "dry_seconds": 0.1, "dry_queries": 4, "seconds": 2.0, "queries": 200}
    return Night(**usual | {"taken": 10, "mails": 12} | changes)  # type: ignore[arg-type]


def test_a_night_that_asks_more_as_the_base_grows_is_told() -> None:
    """Mutation: compare the seconds."""
    assert not night_faults(night(), night(silent=100, queries=2000, seconds=90), 0.1)
    assert night_faults(night(), night(dry_queries=5), 0.1)
    assert night_faults(night(), night(silent=100, queries=3000), 0.1)
    assert night(silent=0, queries=4).ms_each == 0


def test_everything_measured_beside_the_rows_is_told_and_judged() -> None:
    run = report.Run("sqlite", 10_000, 1.0, measures=[measured()], memory=[70_000_000, 71_000_000])
    assert not report.is_missed([run])
    run.night, run.crowd = night(), Crowd("Bureau, liste", 50, 100, 9, 12)
    run.sameness = Sameness(rows=30, recalls={oracle.TYPO: Recall(4, 1, 4)})
    said = report.text([run], "make bench", date(2026, 11, 17))
    for words in ("50 pages par seconde", "une faute 25\u00a0%", "### La nuit de l’échelle", "200,0 ms"):
        assert words in said
    assert not report.is_missed([run])
    run.sameness.faults.append("une ligne de trop")
    assert report.is_missed([run])


def test_a_search_of_slots_that_costs_too_much_is_told() -> None:
    """Mutation: leave the searches out of `is_missed`."""
    run = report.Run("sqlite", 10_000, 1.0, measures=[measured()], memory=[1])
    run.searches = [Search("Un département", 12.0, 5, 406, 21_000, 311, most=15)]
    assert "12,0 ms" in report.text([run], "make bench", date(2026, 11, 17))
    assert not report.is_missed([run])
    run.searches.append(Search("Le pays", 16.0, 5, 406, 21_000, 311, most=15))
    assert "au plus 15 ms" in report.searches_table([run])
    assert report.is_missed([run])


def test_a_page_that_asks_more_as_the_base_grows_is_told() -> None:
    """Mutation: look at the time alone."""
    runs = [
        report.Run("sqlite", size, 1.0, measures=[measured(queries=queries)], memory=[1])
        for size, queries in ((10_000, 5), (200_000, 6))
    ]
    assert "6 requêtes au lieu de 5" in report.growth_tables(runs)
    assert report.is_missed(runs)
