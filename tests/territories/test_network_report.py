"""`network_report` writes the network of one day, for a machine and for a spreadsheet."""

import csv
import json
import stat
from datetime import date
from io import StringIO
from pathlib import Path

import pytest

from proxirh.accounts.models import Person
from proxirh.kernel.delimited import written
from proxirh.kernel.errors import NotAllowed
from proxirh.kernel.models import JournalEntry
from proxirh.territories.actor import Actor
from proxirh.territories.figures import read_scope
from proxirh.territories.models import Posting
from proxirh.territories.services.network import export_network
from tests.territories.founding import FIGURES_DAY, found_network, let_time_pass
from tests.territories.staff_file import row

pytestmark = pytest.mark.django_db

ON = ("--on", FIGURES_DAY.isoformat())


def lines_of(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(StringIO(text[1:]), delimiter=";"))


def test_json_holds_every_table_and_every_mission(run) -> None:
    found_network()
    let_time_pass()
    outcome = run("network_report", "--scope", "national", *ON, "--format", "json")
    found = json.loads(outcome.said)
    assert (found["scope"], found["on"], found["counsellors"], found["fte"]) == ("national", "2020-07-31", 311, 174.2)
    assert found["mean_working_share"] == pytest.approx(17420 / 311)
    assert sum(one["count"] for one in found["by_profile"] if one["share"] is not None) == 310
    assert found["by_profile"][-1] == {"key": "unknown", "label": "non renseigné (à part)", "count": 1, "share": None}
    assert [len(found[name]) for name in ("by_region", "by_academy", "by_department", "people")] == [18, 30, 0, 311]
    assert outcome.errors == ""


def test_csv_is_one_table_with_the_totals_first(run) -> None:
    found_network()
    lines = lines_of(run("network_report", "--scope", "academie:clermont-ferrand", *ON).said)
    total, people = lines[0], [line for line in lines if line["tableau"] == "conseiller"]
    assert (total["tableau"], total["code"]) == ("total", "academie:clermont-ferrand")
    assert int(total["effectif"]) == len(people) > 0
    fte = float(total["etp"].replace(",", "."))
    assert fte == pytest.approx(sum(int(line["quotite"]) for line in people) / 100)
    assert float(total["quotite"].replace(",", ".")) == pytest.approx(100 * fte / len(people))
    assert {line["tableau"] for line in lines} == {
        "total", "profil", "implantation", "quotite", "departement", "conseiller",
    }  # fmt: skip
    assert {line["debut"] for line in people} == {"2019-09-01"}


@pytest.mark.parametrize("name", ["=1+1", "+33", "-2", "@SUM(A1)", "\t=1+1", " =1", "＝1+1", '=HYPERLINK("x")'])
def test_no_cell_becomes_a_formula(load, run, name: str) -> None:
    """Mutation: write the cells as they are."""
    load(row(nom="À remplacer"))
    person = Person.objects.select_related("data_key").get()
    person.last_name = name
    person.save(update_fields=["last_name"])
    (line,) = [line for line in lines_of(run("network_report", "--on", "2026-01-01").said) if line["nom"]]
    assert line["nom"] == f"'{name}"


def test_what_is_no_formula_is_written_as_it_is() -> None:
    assert written([["a-b", None, 0.5, 3, date(2026, 1, 2), 'x;"y"']]) == '\ufeffa-b;;0,5;3;2026-01-02;"x;""y"""\r\n'


def test_a_file_is_readable_by_its_owner_alone(run, tmp_path: Path) -> None:
    """Mutation: leave the mode to the umask."""
    path = tmp_path / "réseau.csv"
    outcome = run("network_report", "--output", path)
    assert (outcome.code, outcome.said) == (0, "")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert lines_of(path.read_bytes().decode())[0]["effectif"] == "0"
    assert run("network_report", "--output", tmp_path / "absent" / "réseau.csv").code == 2


def test_an_unknown_perimeter_is_exit_status_2(run) -> None:
    outcome = run("network_report", "--scope", "academie:nulle-part")
    assert (outcome.code, outcome.said) == (2, "")
    assert "n’est pas un périmètre" in outcome.errors


def test_each_export_is_told_in_the_journal_without_a_name(load, run) -> None:
    load(row(nom="Canarinville"))
    run("network_report", "--scope", "departement:15", "--on", "2026-01-01")
    entry = JournalEntry.objects.get(verb="réseau.exporté")
    assert entry.details == {"scope": "departement:15", "on": "2026-01-01", "rows": 1}


def test_nobody_exports_from_a_page() -> None:
    """Mutation: let any administrator in."""
    with pytest.raises(NotAllowed):
        export_network(actor=Actor(is_administrator=True), scope=read_scope("national"), day=FIGURES_DAY)
    assert not JournalEntry.objects.exists()


def test_the_network_of_a_past_day_survives_an_import_that_ends_missions(load, run) -> None:
    load(row(), row(courriel="alix@exemple.invalid", departement="63"))
    before = run("network_report", "--on", "2026-01-01").said
    load(
        row(fin="2026-08-31"),
        row(debut="2026-09-01", quotite="100"),
        row(courriel="sam@exemple.invalid", debut="2026-09-01"),
    )
    after = run("network_report", "--on", "2026-01-01").said
    assert after != before, "the end of a mission is known now"
    assert [{**line, "fin": ""} for line in lines_of(after)] == lines_of(before)
    assert Posting.objects.count() == 4
