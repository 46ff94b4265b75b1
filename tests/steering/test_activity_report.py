"""`activity_report`: what an outside program calls, document and exit codes (RULES §9)."""

import hashlib
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.utils import timezone

from proxirh.enquiries import services
from proxirh.enquiries.models import EnquiryFact, MonthlyCount
from proxirh.enquiries.services.ending import Ending
from proxirh.kernel import journal
from proxirh.kernel.errors import NotAllowed
from proxirh.kernel.models import JournalEntry
from proxirh.steering.indicators import INDICATORS
from proxirh.steering.services import export_report
from proxirh.steering.writers import WRITERS
from proxirh.territories.actor import Actor
from proxirh.territories.figures import read_scope
from tests.enquiries import acts
from tests.steering.small_world import AUTUMN, fill
from tests.world import NOW, World

pytestmark = pytest.mark.django_db

PERIOD = ("--from", "2026-09-01", "--to", "2026-11-01")
OPEN = ("--disclosure", "none")
# Those that an outside program is told of, with their rows.
PROMISED: dict[str, list[str] | None] = {
    "counsellors.total": None,
    "counsellors.fte": None,
    "counsellors.mean_working_share": None,
    "counsellors.by_profile": ["administratif", "contractuel", "enseignant", "encadrement"],
    "counsellors.by_location": ["etablissement", "dsden", "rectorat", "autre"],
    "requesters.by_category": ["1d", "2d", "biatss", "encadrement"],
    "requesters.by_sex": ["F", "M", "unknown"],
    "requesters.by_age": ["under_40", "40_49", "50_and_over", "unknown"],
    "enquiries.by_topic": ["1", "2", "3", "4", "5", "6", "7", "8"],
    "enquiries.by_channel": ["web", "email", "phone", "permanence", "letter", "relay"],
    "enquiries.by_month": ["2026-09", "2026-10"],
    "outcomes.by_family": ["information", "internal_referral", "external_referral", "other"],
    "delays.first_answer_median_working_days": None,
    "satisfaction.mean": None,
}


def document(run, *more: str, scope: str = "national") -> dict[str, Any]:
    outcome = run("activity_report", "--scope", scope, *PERIOD, *OPEN, *more)
    assert (outcome.code, outcome.errors) == (0, "")
    return json.loads(outcome.said)


def test_the_document_has_every_key_whatever_was_counted(run) -> None:
    """Mutation: leave out the rows that count nobody."""
    for filled in (False, True):
        if filled:
            fill()
        found = document(run)
        assert list(found) == ["scope", "period", "disclosure", "generated_at", "sha256", "indicators"]
        assert (found["scope"], found["disclosure"]) == ("national", "none")
        assert found["period"] == {"from": "2026-09-01", "to": "2026-11-01"}
        assert found["generated_at"][-6:] in {"+01:00", "+02:00"}
        indicators = {one["id"]: one for one in found["indicators"]}
        assert list(indicators) == list(INDICATORS)
        for name, keys in PROMISED.items():
            if keys is None:
                assert list(indicators[name]) == ["id", "unit", "value", "n", "suppressed"]
            else:
                assert list(indicators[name]) == ["id", "unit", "total", "rows"]
                assert [row["key"] for row in indicators[name]["rows"]] == keys
                assert {*map(tuple, indicators[name]["rows"])} == {("key", "label", "count", "share", "suppressed")}
        assert (indicators["enquiries.by_topic"]["unit"], indicators["counsellors.fte"]["unit"]) == (
            "enquiry", "full-time equivalent",
        )  # fmt: skip
        assert indicators["enquiries.by_topic"]["rows"][0]["label"] == "projet professionnel"
        assert indicators["enquiries.by_topic"]["total"] == (5 if filled else 0)


def test_the_same_figures_have_the_same_hash(run) -> None:
    """Mutation: hash the moment of making too."""
    fill()
    first, again = document(run), document(run)
    text = json.dumps(first["indicators"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert first["sha256"] == again["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert document(run, scope="departement:15")["sha256"] != first["sha256"]


@pytest.mark.parametrize(
    "options",
    [
        ("--from", "2026-09-02", "--to", "2026-11-01"),
        ("--from", "2026-09-01", "--to", "2026-10-31"),
        ("--from", "2026-09-01", "--to", "2026-09-01"),
        ("--from", "2026-11-01", "--to", "2026-09-01"),
        ("--from", "septembre", "--to", "2026-11-01"),
        ("--from", "2026-13-01", "--to", "2026-11-01"),
        (*PERIOD, "--scope", "academie:nulle-part"),
        (*PERIOD, "--scope", "departement:999"),
        (*PERIOD, "--scope", "departement:"),
        (*PERIOD, "--scope", "region:"),
        (*PERIOD, "--scope", ""),
    ],
)
def test_a_wrong_command_line_is_exit_status_2(run, tmp_path: Path, options: tuple[str, ...]) -> None:
    """Mutation: count a month that --from cuts."""
    path = tmp_path / "bilan.json"
    outcome = run("activity_report", *OPEN, *options, "--output", path)
    assert (outcome.code, outcome.said) == (2, "")
    assert outcome.errors
    assert not path.exists()


def test_an_unknown_format_or_rule_is_refused_by_the_command_line(run) -> None:
    for option, wrong in (("--format", "doc"), ("--disclosure", "k5")):
        with pytest.raises(CommandError, match="invalid choice"):
            run("activity_report", *PERIOD, option, wrong)


def test_the_file_is_readable_by_its_owner_alone(run, tmp_path: Path) -> None:
    """Mutation: leave the mode to the umask."""
    path = tmp_path / "bilan.json"
    outcome = run("activity_report", *PERIOD, *OPEN, "--output", path)
    assert (outcome.code, outcome.said) == (0, "")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text(encoding="utf-8"))["scope"] == "national"
    assert run("activity_report", *PERIOD, *OPEN, "--output", tmp_path / "absent" / "bilan.json").code == 2


def test_by_default_too_few_people_are_not_told(run) -> None:
    """Mutation: take none for the default."""
    fill(at=datetime(2026, 10, 31, 12, tzinfo=UTC))
    outcome = run("activity_report", "--scope", "departement:15", *PERIOD)
    found = json.loads(outcome.said)
    indicators = {one["id"]: one for one in found["indicators"]}
    assert (outcome.code, found["disclosure"]) == (0, "k11")
    for name in ("enquiries.by_topic", "requesters.by_sex", "outcomes.by_family"):
        assert indicators[name]["total"] is None
        assert {(row["count"], row["share"], row["suppressed"]) for row in indicators[name]["rows"]} == {
            (None, None, True)
        }
    assert indicators["satisfaction.mean"] == {
        "id": "satisfaction.mean", "unit": "score", "value": None, "n": None, "suppressed": True,
    }  # fmt: skip
    assert indicators["counsellors.total"]["suppressed"] is False


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_each_form_is_written(run, tmp_path: Path, name: str) -> None:
    """Mutation: let a form that no terminal shows go to the output."""
    path = tmp_path / f"bilan.{name}"
    assert run("activity_report", *PERIOD, "--format", name, "--output", path).code == 0
    assert path.stat().st_size > 1000
    outcome = run("activity_report", *PERIOD, "--format", name)
    assert (outcome.code, bool(outcome.said)) == ((0, True) if name == "html" else (2, False))


def test_each_report_is_told_in_the_journal(run) -> None:
    found = document(run, scope="academie:clermont-ferrand")
    entry = JournalEntry.objects.get(verb="bilan.exporté")
    assert entry.details == {
        "scope": "academie:clermont-ferrand",
        "from": "2026-09-01",
        "to": "2026-11-01",
        "disclosure": "none",
        "sha256": found["sha256"],
    }


def test_no_page_makes_a_report_without_control(world: World) -> None:
    """Mutation: let any administrator in."""
    for actor in (Actor(is_administrator=True), world.actor("administrator"), world.actor("national referent")):
        with pytest.raises(NotAllowed):
            export_report(actor=actor, scope=read_scope("national"), period=AUTUMN, controls=None)
    assert not JournalEntry.objects.filter(verb="bilan.exporté").exists()


@pytest.mark.django_db(transaction=True)
def test_anonymising_moves_no_figure(run, world: World, settings, tmp_path: Path) -> None:
    """Mutation: read the facts, which anonymising coarsens, or take their counts back."""
    settings.PROXIRH_ERASURE_REGISTER = tmp_path / "effacements.txt"
    enquiry = world.submit("author")
    acts.take(world, world.reload(enquiry))
    acts.reply(world, world.reload(enquiry))
    services.measure_enquiry(enquiry=world.reload(enquiry), sex="F", age_band="40_49")
    acts.close(world, world.reload(enquiry))
    month = timezone.localdate(NOW).replace(day=1)
    period = ("--from", month.isoformat(), "--to", (month + timedelta(days=32)).replace(day=1).isoformat())
    before = json.loads(run("activity_report", *period, *OPEN).said)
    by_id = {one["id"]: one for one in before["indicators"]}
    assert by_id["enquiries.by_topic"]["total"] == MonthlyCount.objects.filter(indicator="enquiries.by_topic").count()
    assert by_id["requesters.by_sex"]["rows"][0]["count"] == 1
    services.anonymise_enquiry(
        by=journal.SYSTEM, enquiry=world.reload(enquiry), reason=Ending.TIME, at=NOW + timedelta(days=400)
    )
    assert EnquiryFact.objects.get(pk=enquiry.fact_id).sex == "unknown"
    assert json.loads(run("activity_report", *period, *OPEN).said)["sha256"] == before["sha256"]
