"""The journal only grows, and its seals show whoever touched it underneath."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from proxirh.kernel import sealing
from proxirh.kernel.models import JournalEntry, Seal
from proxirh.kernel.periodic import seal_journal
from proxirh.kernel.sealing import Verdict

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 12, 10, tzinfo=UTC)


def write(day: int, *, hour: int = 9, verb: str = "demande.prise", **details: object) -> JournalEntry:
    return JournalEntry.objects.create(
        at=datetime(2026, 3, day, hour, tzinfo=UTC), actor="personne:1", verb=verb, subject="x:1", details=details
    )


def fill() -> list[JournalEntry]:
    """Four lines over three days, as a demonstration writes them: days come in no order."""
    return [write(10), write(9, clé="é", a=[1, None]), write(11), write(10, hour=23)]


def tamper(sql: str, *params: object) -> None:
    """As someone who holds the database, and not the keys."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def test_lines_are_only_added() -> None:
    """Mutation: give back its plain manager to the journal."""
    line = write(9)
    line.verb = "demande.rendue"
    refused: list[Callable[[], object]] = [
        line.save,
        line.delete,
        JournalEntry.objects.all().delete,
        lambda: JournalEntry.objects.update(verb="demande.rendue"),
        lambda: JournalEntry.objects.bulk_update([line], ["verb"]),
    ]
    for act in refused:
        with pytest.raises(TypeError, match="ne fait que s’allonger"):
            act()
    with pytest.raises(IntegrityError), transaction.atomic():
        JournalEntry(pk=line.pk, actor="a", verb="b", subject="c").save()
    assert JournalEntry.objects.get().verb == "demande.prise"


def test_lines_are_sealed_day_by_day_once_a_minute_old() -> None:
    lines = [*fill(), write(12, hour=10), write(12, hour=9)]
    assert sealing.seal_due(at=NOW + timedelta(seconds=59)) == 4  # what follows a young line waits with it
    seals = list(Seal.objects.order_by("number").values_list("number", "day__day", "count", "first", "last"))
    pk = [line.pk for line in lines]
    assert seals == [(1, 9, 1, pk[1], pk[1]), (2, 10, 2, pk[0], pk[3]), (3, 11, 1, pk[2], pk[2])]
    assert sealing.verify(at=NOW).unsealed == 2
    assert sealing.seal_due(at=NOW + timedelta(seconds=60)) == 2
    assert sealing.seal_due(at=NOW + timedelta(hours=1)) == 0
    report = sealing.verify(at=NOW)
    assert (report.is_intact, report.unsealed, report.seals[Verdict.INTACT]) == (True, 0, 4)
    assert report.newest.startswith("4:01")


def test_a_long_journal_is_sealed_by_parts_that_hold_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "MOST_SEALED", 3)
    fill()
    seal_journal.func()
    assert [seal.count for seal in Seal.objects.order_by("number")] == [1, 1, 1, 1]
    assert sealing.verify(at=NOW).is_intact


def test_two_workers_make_one_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: let two seals bear one number."""
    fill()
    read = sealing._rows

    def overtaken(**where: object) -> object:
        monkeypatch.undo()
        assert sealing.seal_due(at=NOW) == 4
        return read(**where)

    monkeypatch.setattr(sealing, "_rows", overtaken)
    assert sealing.seal_due(at=NOW) == 0
    assert Seal.objects.count() == 3
    assert sealing.verify(at=NOW).is_intact


@pytest.mark.django_db(transaction=True)
def test_lines_go_on_being_written_while_it_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: read the lines one after the other and stop half-way; SQLite then refuses the seals at once."""
    monkeypatch.setattr(sealing, "MOST_SEALED", 3)
    for _ in range(5):
        fill()
    end = sealing._Proof.end

    def overtaken(self: sealing._Proof, *args: Any) -> bytes:
        writer = Thread(target=elsewhere)
        writer.start()
        writer.join()
        return end(self, *args)

    def elsewhere() -> None:
        write(11)
        connection.close()

    monkeypatch.setattr(sealing._Proof, "end", overtaken)
    assert sealing.seal_due(at=NOW) == 3
    monkeypatch.undo()
    while sealing.seal_due(at=NOW):
        pass
    assert sealing.verify(at=NOW).is_intact


TABLE = "kernel_journalentry"
TAMPERINGS = {
    "another verb": (f"UPDATE {TABLE} SET verb = 'demande.rendue' WHERE id = %s", "modifié"),
    "another actor": (f"UPDATE {TABLE} SET actor = 'personne:2' WHERE id = %s", "modifié"),
    "another subject": (f"UPDATE {TABLE} SET subject = 'x:2' WHERE id = %s", "modifié"),
    "other details": (f"UPDATE {TABLE} SET details = '{{}}' WHERE id = %s", "modifié"),
    "another hour": (f"UPDATE {TABLE} SET at = '2026-03-09 09:00:01+00:00' WHERE id = %s", "modifié"),
    "another day": (f"UPDATE {TABLE} SET at = '2026-03-10 09:00:00+00:00' WHERE id = %s", "0 lignes au lieu de 1"),
    "taken away": (f"DELETE FROM {TABLE} WHERE id = %s", "0 lignes au lieu de 1"),
    "its seal taken away": ("DELETE FROM kernel_seal WHERE first = %s", "le scellé 1 manque"),
    "its seal redated": ("UPDATE kernel_seal SET day = '2026-03-08' WHERE first = %s", "0 lignes au lieu de 1"),
    "its seal swapped": (
        "UPDATE kernel_seal SET proof = (SELECT proof FROM kernel_seal WHERE number = 2) WHERE first = %s",
        "modifié",
    ),
}


@pytest.mark.parametrize("how", TAMPERINGS)
def test_whatever_is_touched_is_seen(how: str, capsys: pytest.CaptureFixture) -> None:
    """Mutation: leave one column out of `Line.octets`."""
    line = fill()[1]
    sealing.seal_due(at=NOW)
    sql, said = TAMPERINGS[how]
    tamper(sql, line.pk)
    with pytest.raises(SystemExit) as stopped:
        call_command("verify_journal")
    printed = capsys.readouterr().out
    assert stopped.value.code == 1
    assert said in printed
    assert "ALTÉRÉ" in printed


def test_a_proof_emptied_is_seen() -> None:
    """Mutation: take its first byte without looking whether there is one."""
    fill()
    sealing.seal_due(at=NOW)
    Seal.objects.filter(number=3).update(proof=b"")
    assert "scellé 3" in sealing.verify(at=NOW).faults[0]


def test_a_removal_that_nobody_made_is_seen() -> None:
    """Mutation: believe any line that says so; whoever holds the database empties the journal and says why."""
    fill()
    sealing.seal_due(at=NOW)
    tamper(f"DELETE FROM {TABLE}")
    for details in (
        {"jusqu_au": "2026-03-12"},
        {"jusqu_au": "2026-03-12", "preuve": "01" + "0" * 64},
        {"preuve": "zz"},
    ):
        JournalEntry.objects.create(at=NOW, actor="système", verb=sealing.PURGED, subject="journal", details=details)
    assert len(sealing.verify(at=NOW).faults) == 3


def test_a_journal_that_nobody_seals_any_more_is_said(capsys: pytest.CaptureFixture) -> None:
    """A line of the future stops the sealing. Mutation: count what waits, and find nothing odd in it."""
    write(14)
    write(12, hour=9)
    assert sealing.seal_due(at=NOW) == 0
    report = sealing.verify(at=NOW)
    assert "date à venir" in report.faults[0]
    assert not report.late
    assert sealing.verify(at=NOW + timedelta(days=3)).late == 2
    with pytest.raises(SystemExit):
        call_command("verify_journal")
    assert "2 lignes attendent leur scellé depuis plus d’une heure" in capsys.readouterr().out


def test_a_line_slipped_in_later_is_seen() -> None:
    """Mutation: trust whatever no seal covers."""
    lines = fill()
    tamper(f"DELETE FROM {TABLE} WHERE id = %s", lines[2].pk)
    sealing.seal_due(at=NOW)
    for day in ("08", "10"):
        tamper(
            f"INSERT INTO {TABLE} (id, at, actor, verb, subject, details) VALUES (%s, %s, 'a', 'b', 'c', '{{}}')",
            lines[2].pk,
            f"2026-03-{day} 09:00:00+00:00",
        )
        assert not sealing.verify(at=NOW).is_intact
        tamper(f"DELETE FROM {TABLE} WHERE id = %s", lines[2].pk)
    assert sealing.verify(at=NOW).is_intact


def test_seals_of_two_histories_do_not_hold_together() -> None:
    """Its last seals taken away, a journal is sealed anew: the one noted elsewhere belongs to it no more.

    Mutation: leave the proof of the seal before out of the next.
    """
    lines = [write(9), write(10), write(11)]
    sealing.seal_due(at=NOW)
    noted = Seal.objects.get(number=3)
    tamper("DELETE FROM kernel_seal WHERE number >= 2")
    tamper(f"UPDATE {TABLE} SET verb = 'demande.rendue' WHERE id = %s", lines[1].pk)
    sealing.seal_due(at=NOW)
    assert not sealing.verify(at=NOW).newest.endswith(bytes(noted.proof).hex())
    Seal.objects.filter(number=3).update(proof=noted.proof)
    assert "scellé 3" in sealing.verify(at=NOW).faults[0]


def test_an_intact_journal_is_said_so(capsys: pytest.CaptureFixture) -> None:
    fill()
    sealing.seal_due(at=NOW)
    JournalEntry.objects.create(actor="personne:1", verb="demande.prise", subject="x:1")
    call_command("verify_journal")
    printed = capsys.readouterr().out
    assert (
        "Scellés intacts : 3, altérés : 0, retirés par la conservation : 0. Lignes pas encore scellées : 1." in printed
    )
    assert "Dernier scellé, à noter ailleurs : 3:01" in printed


def test_the_retention_removes_whole_sealed_days_and_keeps_seals(capsys: pytest.CaptureFixture) -> None:
    """Mutation: remove lines that wait for their seal, or say nothing of it in the journal."""
    fill()
    sealing.seal_due(at=NOW)
    write(9, verb="demande.close")  # written late: it waits for its seal
    old = timezone.now() - timedelta(days=300)
    with pytest.raises(CommandError, match="se garde un an"):
        call_command("purge_journal", "--until", old.date().isoformat())
    assert sealing.remove_days(until=NOW.date() - timedelta(days=2), at=NOW) == 3
    assert list(JournalEntry.objects.order_by("pk").values_list("verb", flat=True)) == [
        "demande.prise",
        "demande.close",
        sealing.PURGED,
    ]
    report = sealing.verify(at=NOW)
    assert report.faults == []
    assert (report.seals[Verdict.PURGED], report.seals[Verdict.INTACT], report.unsealed) == (2, 1, 2)
    sealing.seal_due(at=NOW + timedelta(hours=1))
    assert sealing.verify(at=NOW).is_intact
    tamper(f"DELETE FROM {TABLE} WHERE verb = 'demande.prise'")  # the 11th, that nothing says removed
    assert not sealing.verify(at=NOW).is_intact


def test_a_trial_removes_nothing(capsys: pytest.CaptureFixture) -> None:
    JournalEntry.objects.create(at=datetime(2024, 1, 5, tzinfo=UTC), actor="a", verb="b", subject="c")
    sealing.seal_due(at=NOW)
    call_command("purge_journal", "--until", "2024-01-05")
    assert "Lignes à retirer : 1" in capsys.readouterr().out
    assert JournalEntry.objects.count() == 1
    call_command("purge_journal", "--until", "2024-01-05", "--apply")
    assert list(JournalEntry.objects.values_list("verb", flat=True)) == [sealing.PURGED]
