"""The engine: dry by default, too much at once refused, a failure that stops nobody else, and a report in counts."""

from argparse import ArgumentTypeError
from collections.abc import Iterator
from datetime import datetime

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from proxirh.enquiries.models import Enquiry, Transmission
from proxirh.kernel.errors import DomainError
from proxirh.kernel.models import DataKey, RateCounter
from proxirh.kernel.retention import Rule, erase_rows
from proxirh.privacy import engine, periodic
from proxirh.privacy.management.commands.retention import percentage
from proxirh.privacy.models import Outcome, RetentionRun
from proxirh.privacy.retention import RULES
from tests.enquiries.test_transmissions import unnamed
from tests.privacy.conftest import DAY, mails
from tests.test_canaries import every_stored_value
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
GOES, MONTH = NOW + 365 * DAY, 30 * DAY


def old(world: World, count: int, *, more: int = 0) -> None:
    """So many enquiries without contact for a year, announced two months ago, and so many fresh ones."""
    now = timezone.now()
    Enquiry.objects.all().delete()
    gone = [world.submit() for _ in range(count)]
    silent = now - 366 * DAY
    Enquiry.objects.filter(pk__in=[one.pk for one in gone]).update(
        last_contact_at=silent, expiry_told_for=silent, expiry_told_at=now - 2 * MONTH
    )
    for _ in range(more):
        world.submit()
    RateCounter.objects.all().delete()


def command(capsys: pytest.CaptureFixture, *arguments: str, status: int = 0) -> tuple[str, str]:
    """What the command says, on both outputs."""
    try:
        call_command("retention", *arguments)
        ended = 0
    except SystemExit as stop:
        ended = int(stop.code or 0)
    assert ended == status
    said = capsys.readouterr()
    return said.out.replace("\u00a0", " "), said.err.replace("\u00a0", " ")


def runs(rule: str) -> list[tuple]:
    found = RetentionRun.objects.filter(rule=rule).order_by("pk")
    return list(found.values_list("due", "done", "is_applied", "outcome"))


def rule_of(name: str) -> Rule:
    return next(rule for rule in RULES if rule.name == name)


# ── Dry, then applied ─────────────────────────────────────────────────────────────────────────────
def test_a_dry_run_counts_and_changes_nothing_but_its_report(world: World, capsys) -> None:
    """Mutation: erase without looking at `apply`."""
    old(world, 3)
    unnamed(world)

    def stored() -> list[tuple[str, bytes]]:
        return [one for one in every_stored_value() if not one[0].startswith(("privacy_", "sqlite_"))]

    before = stored()
    out, err = command(capsys)
    assert stored() == before
    assert "demandes sans contact, préavis passé : 3" in out
    assert "Essai à blanc" in out
    assert out.splitlines()[-1] == "due=3 done=0 refused=0 failed=0"
    assert not err
    assert runs("demandes") == [(3, 0, False, Outcome.LEFT)]
    assert {name for (name,) in RetentionRun.objects.values_list("rule")} == {rule.name for rule in RULES}


def test_applied_it_says_what_went_and_again_nothing_is_left(world: World, capsys) -> None:
    old(world, 3)
    out, _ = command(capsys, "--apply")
    assert "demandes sans contact, préavis passé : 3 sur 3" in out
    assert out.splitlines()[-1] == "due=3 done=3 refused=0 failed=0"
    assert not Enquiry.objects.exists()
    assert command(capsys, "--apply")[0].splitlines()[-1] == "due=0 done=0 refused=0 failed=0"
    assert runs("demandes") == [(3, 3, True, Outcome.DONE), (0, 0, True, Outcome.DONE)]
    out, _ = command(capsys, "--last")
    assert "demandes : 0 sur 0, fait" in out


def test_before_the_first_run_there_is_nothing_to_read(capsys, db: None) -> None:
    assert command(capsys, "--last")[0] == "Aucun passage n’a encore eu lieu.\n"


# ── Too much at once ──────────────────────────────────────────────────────────────────────────────
def test_more_than_a_twentieth_at_once_is_refused_and_said(world: World, capsys, caplog) -> None:
    """Mutation: drop the guard."""
    old(world, 21, more=9)
    for arguments in ((), ("--apply",)):
        out, err = command(capsys, *arguments, status=1)
        assert Enquiry.objects.count() == 30
        assert "21, refusés" in out
        assert "21 à la fois sur 30, plus de 5 %" in err
        assert "--allow-share" in err
        assert out.splitlines()[-1] == "due=21 done=0 refused=1 failed=0"
    assert "21 of 30" in caplog.text
    assert command(capsys, "--apply", "--allow-share", "69", status=1)
    assert Enquiry.objects.count() == 30
    assert command(capsys, "--apply", "--allow-share", "70")
    assert Enquiry.objects.count() == 9


def test_so_few_go_whatever_their_share(world: World, capsys) -> None:
    """A small service is not asked every day. Mutation: compare with the share alone."""
    old(world, engine.ALWAYS_ALLOWED)
    command(capsys, "--apply")
    assert not Enquiry.objects.exists()


def test_a_refused_rule_leaves_the_others_to_act(world: World, capsys) -> None:
    old(world, 21)
    RateCounter.objects.create(key=b"x", window=timezone.now() - 3 * DAY)
    command(capsys, "--apply", status=1)
    assert not RateCounter.objects.exists()
    assert Enquiry.objects.count() == 21


def test_many_announcements_at_once_are_refused_too(world: World, capsys) -> None:
    """A clock that jumps must not write to everyone. Mutation: guard only what is erased."""
    old(world, 21)
    Enquiry.objects.all().update(expiry_told_for=None, expiry_told_at=None)
    command(capsys, "--apply", status=1)
    assert not mails("expiring")


def test_what_holds_nobody_s_words_is_not_guarded() -> None:
    """Short lives end all at once; what somebody wrote, or who read it, is guarded or listed here."""
    unguarded = {rule.name for rule in RULES if rule.among is None}
    assert unguarded == {
        *(
            "codes",
            "formulaires",
            "visites",
            "compteurs",
            "brouillons",
            "présences",
        ),  # minutes, hours or days, by themselves
        "registres repris",  # facts of a register, whose row stays
        *("courriels", "envois", "choix"),  # of what was sent, and what was to be
        *("consultations", "accès exceptionnels", "lectures", "ouvertures"),
        *("agenda", "disponibilités", "jours changés", "jours"),  # when somebody of the service could be met
        *("permanences téléphoniques", "semaines types", "renforts"),  # and when she answered the telephone
        *("appels", "appels liés", "alertes d’appels"),  # thirty days after the call, by themselves
        *("rencontres", "permanences"),  # when several people, or those of a school, could come
        "demandes de visite",  # thirty days after the visit, told where they are written
        "échanges éclair",  # thirty days, nobody's words
        "notes laissées",  # thirty days, told to their author
        "notes demandées",  # a year after they were given
    }


@pytest.mark.parametrize("text", ["0", "101", "-1", "5,5", "cinq", ""])
def test_a_share_is_a_percentage(text: str) -> None:
    with pytest.raises(ArgumentTypeError):
        percentage(text)
    with pytest.raises(CommandError):
        call_command("retention", "--allow-share", text or "''")


# ── Failures ──────────────────────────────────────────────────────────────────────────────────────
def failing(error: Exception) -> Rule:
    """One unit, then this."""

    def erase(_at: datetime) -> Iterator[int]:
        yield 1
        raise error

    return Rule("essai", "essai", (), due=lambda _at: 2, erase=erase)


@pytest.mark.parametrize(
    ("error", "said"), [(ValueError("CANARIMOTS"), "ValueError"), (DomainError("Le disque est plein."), "disque")]
)
def test_a_rule_that_fails_is_told_without_its_words_and_stops_nobody(
    error: Exception, said: str, caplog, db: None
) -> None:
    """Mutation: log the error itself."""
    counter = RateCounter.objects.create(key=b"x", window=NOW - 3 * DAY)
    report = engine.run(apply=True, at=NOW, rules=(failing(error), rule_of("compteurs")))
    assert [(line.outcome, line.done) for line in report.lines] == [(Outcome.FAILED, 1), (Outcome.DONE, 1)]
    assert said in report.lines[0].why
    assert "CANARIMOTS" not in caplog.text + report.lines[0].why
    assert not RateCounter.objects.filter(pk=counter.pk).exists()
    assert runs("essai") == [(2, 1, True, Outcome.FAILED)]


def test_the_command_says_what_failed(world: World, capsys, settings, tmp_path) -> None:
    old(world, 2)
    (tmp_path / "file").write_text("")
    settings.PROXIRH_ERASURE_REGISTER = tmp_path / "file" / "effacements.txt"
    out, err = command(capsys, "--apply", status=1)
    assert "registre" in err
    assert out.splitlines()[-1] == "due=2 done=0 refused=0 failed=1"
    assert Enquiry.objects.count() == 2


# ── In several goes ───────────────────────────────────────────────────────────────────────────────
def test_it_stops_between_two_units_and_goes_on_at_the_next_run(world: World) -> None:
    """Mutation: look at the time after each rule only."""
    old(world, 5)
    turns = iter([False, False, True])
    report = engine.run(apply=True, rules=(rule_of("demandes"),), is_over=lambda: next(turns))
    assert [(line.outcome, line.done) for line in report.lines] == [(Outcome.LEFT, 2)]
    assert Enquiry.objects.count() == 3
    report = engine.run(apply=True, rules=(rule_of("demandes"),))
    assert report.done == 3
    assert not Enquiry.objects.exists()


def test_rows_that_somebody_writes_to_meanwhile_stay_with_their_key(world: World, monkeypatch) -> None:
    """Mutation: destroy the keys that were read, and not those of the rows that went."""
    first, second = unnamed(world), unnamed(world)
    rows = Transmission.objects.silent_since(NOW + DAY)
    read = type(rows).values_list

    def meanwhile(self, *names, **more):
        found = list(read(self, *names, **more))
        Transmission._base_manager.filter(pk=first.pk).update(sent_at=NOW + 2 * DAY)
        return found

    monkeypatch.setattr(type(rows), "values_list", meanwhile)
    assert next(erase_rows(rows)) == 1
    monkeypatch.undo()
    assert [one.pk for one in Transmission.objects.all()] == [first.pk]
    assert DataKey.objects.filter(pk=first.data_key_id).exists()
    assert not DataKey.objects.filter(pk=second.data_key_id).exists()


# ── By the clock ──────────────────────────────────────────────────────────────────────────────────
def test_the_worker_applies_the_rules_once_a_day(world: World, settings) -> None:
    old(world, 3)
    assert settings.TASKS["default"]["BACKEND"].endswith("DummyBackend")
    assert periodic.apply_retention.call()["demandes"] == 3
    assert not Enquiry.objects.exists()
    assert runs("demandes") == [(3, 3, True, Outcome.DONE)]


def test_the_worker_says_what_it_is_refused_and_the_service_stays_ready(world: World, caplog, settings) -> None:
    """The same guard as the command. Mutation: let the worker take any share."""
    old(world, 21)
    assert "demandes" not in periodic.apply_retention.call()
    assert Enquiry.objects.count() == 21
    assert "retention: demandes: 21 of 21 due at once, refused" in caplog.text
    assert runs("demandes") == [(21, 0, True, Outcome.REFUSED)]
    assert Client().get("/ready", headers={"host": "localhost"}).status_code == 200


def test_the_worker_does_a_little_at_a_time_and_comes_back_for_the_rest(world: World, monkeypatch) -> None:
    """Mutation: work until all is done; the mails would wait."""
    old(world, 5)
    asked: list[str] = []
    monkeypatch.setattr(periodic, "SECONDS", -1.0)
    monkeypatch.setattr(type(periodic.apply_retention), "enqueue", lambda task: asked.append(task.name))
    periodic.apply_retention.call()
    assert (Enquiry.objects.count(), asked) == (5, []), "without any progress, it waits for the next day"
    moments = iter([0.0, 0.0, 0.0, 99.0, *([99.0] * 99)])
    monkeypatch.setattr("proxirh.privacy.periodic.time.monotonic", lambda: next(moments))
    monkeypatch.setattr(periodic, "SECONDS", 10.0)
    periodic.apply_retention.call()
    assert Enquiry.objects.count() == 3
    assert asked == ["apply_retention"]
