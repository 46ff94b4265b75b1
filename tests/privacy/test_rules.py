"""Every kind of data that has an end has its rule, and every delay is a setting that may be shortened and no more."""

from datetime import timedelta
from importlib import import_module, util
from pathlib import Path

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.urls import reverse

from config import env
from config.keeping import DELAYS
from config.schedule import SCHEDULES
from proxirh.enquiries.retention import ANNOUNCEMENTS, ENQUIRIES, READINGS
from proxirh.kernel.personal_data import DataClass
from proxirh.kernel.retention import kept
from proxirh.outbox.retention import BODIES
from proxirh.privacy.delays import table
from proxirh.privacy.retention import RULES
from tests.enquiries.asker import text_of as text
from tests.enquiries.visitors import visitor
from tests.privacy.conftest import DAY, SECOND, ended
from tests.world import NOW, World

# Without a delay, and why.
ENDLESS = {
    "CellRules": "what a cell receives, and about nobody",
    "Person": "goes with her last enquiry or with her account; of the service, as long as her missions are kept",
    # Of the territory, the service and its own figures.
    **dict.fromkeys(("Topic", "StaffCategory", "Academy", "Department", "Basin"), "reference"),
    **dict.fromkeys(("Circonscription", "Site", "Division", "Team", "Coverage"), "reference"),
    **dict.fromkeys(
        ("SchoolHoliday", "Closure", "MeetingPlace", "AgendaRules", "TopicLength", "LineRules", "SlotAlarm"),
        "reference",
    ),
    "AgendaFeed": "one row a person of the service, and about nobody she meets: goes with her",
    "ReplyTemplate": "of a team, and about nobody",
    "AnswerSheet": "of an académie, and about nobody: past its date, it is proposed no more",
    **dict.fromkeys(("Posting", "Absence", "Deputy", "Training", "WorkTie"), "of the service"),
    **dict.fromkeys(("EnquiryFact", "MonthlyCount", "RetentionRun"), "figures, which name nobody"),
    # Of the kernel.
    "Register": "one row a département, and about nobody: its key makes the prints of past references",
    "DataKey": "goes with its owner",
    **dict.fromkeys(("JournalEntry", "Seal"), "whole sealed days, by `purge_journal`"),
    "Heartbeat": "one row a process",
    "Partner": "of the directory: withdrawn rather than erased, for the referrals that went there",
}
PROTECTED = {DataClass.IDENTITY, DataClass.CONTENT, DataClass.NOTE}


def own_models() -> list[type[models.Model]]:
    return [
        model
        for config in apps.get_app_configs()
        if config.name.startswith("proxirh.")
        for model in config.get_models()
    ]


def covered() -> set[str]:
    """Models whose rows a rule takes, and those that the database takes with them."""
    found = {model for rule in RULES for model in rule.covers}
    grown = True
    while grown:
        hanging = {
            field.model
            for model in own_models()
            for field in model._meta.concrete_fields
            if field.related_model in found and field.remote_field.on_delete is models.CASCADE  # type: ignore[union-attr]
        }
        grown = not hanging <= found
        found |= hanging
    return {model.__name__ for model in found}


def test_every_model_ends_by_a_rule_or_says_why_not() -> None:
    """Mutation: leave a rule out of any app’s RULES."""
    names = {model.__name__ for model in own_models()}
    assert names - covered() == set(ENDLESS)


def test_what_names_someone_or_was_written_by_someone_is_never_endless() -> None:
    for config in apps.get_app_configs():
        module = f"{config.name}.personal_data"
        if config.name.startswith("proxirh.") and util.find_spec(module):
            for name, fields in getattr(import_module(module), "FIELDS", {}).items():
                if set(fields.values()) & PROTECTED and name != "Person":
                    assert name not in ENDLESS


def test_each_setting_has_its_rule_and_each_rule_its_name() -> None:
    """Mutation: leave out the rule of notes, of files…: what else covers their model does not count here."""
    read = {f"PROXIRH_KEEP_{name}" for rule in RULES for name in rule.keep}
    assert read == {delay.name for delay in DELAYS}
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert max(len(rule.name) for rule in RULES) <= 30


def test_each_kind_with_a_delay_of_its_own_has_a_rule_of_its_own() -> None:
    """It ends before what it hangs from. Mutation: forget the rule of readings."""
    assert {(rule.name, model.__name__) for rule in RULES for model in rule.covers} == {
        ("préavis", "Enquiry"),
        ("demandes", "Enquiry"),
        ("prises nulle part", "Enquiry"),
        ("fichiers", "Attachment"),
        ("notes", "WorkingNote"),
        ("notes laissées", "WorkingNote"),
        ("notes demandées", "NotesRequest"),
        ("transmissions", "Transmission"),
        ("consultations", "AccessRecord"),
        ("accès exceptionnels", "BreakGlass"),
        ("présences", "Presence"),
        ("échanges éclair", "QuickExchange"),
        ("registres repris", "RegisterLine"),
        ("lectures", "TransmissionReading"),
        ("ouvertures", "ReferralOpening"),
        ("brouillons", "Draft"),
        ("comptes", "User"),
        ("rendez-vous", "Appointment"),
        ("appels", "PhoneCall"),
        ("appels", "Promise"),
        ("appels liés", "EnquiryCall"),
        ("alertes d’appels", "Concern"),
        ("agenda", "HeldTime"),
        ("disponibilités", "Availability"),
        ("jours changés", "AvailabilityChange"),
        ("jours", "AgendaDay"),
        ("permanences téléphoniques", "DutyShift"),
        ("semaines types", "DutyPattern"),
        ("renforts", "Reinforcement"),
        ("rencontres", "CollectiveSession"),
        ("permanences", "SitePermanence"),
        ("demandes de visite", "VisitRequest"),
        ("choix", "MailChoice"),
        ("courriels", "OutgoingEmail"),
        ("envois", "OutgoingEmail"),
        ("codes", "SignInCode"),
        ("formulaires", "HeldForm"),
        ("visites", "Session"),
        ("compteurs", "RateCounter"),
    }


def test_every_rule_of_every_app_is_run() -> None:
    """Mutation: write RULES of `privacy` without one app’s."""
    declared = [
        rule
        for app in ("accounts", "outbox", "notifications", "scheduling", "enquiries", "privacy")
        for rule in import_module(f"proxirh.{app}.retention").RULES
    ]
    assert {rule.name for rule in declared} == {rule.name for rule in RULES}
    assert SCHEDULES["apply-retention"] == {"task": "proxirh.privacy.periodic.apply_retention", "every": 86400}


# ── Settings ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("delay", DELAYS, ids=lambda delay: delay.name)
def test_a_delay_may_be_shortened_and_never_lengthened(delay, tmp_path: Path) -> None:
    """Mutation: read any whole number."""
    environ = {"PROXIRH_MODE": "local", "PROXIRH_DATA_DIR": str(tmp_path)}
    assert env.load(environ).keep[delay.name] == delay.most
    for days in (delay.least, delay.most):
        assert env.load(environ | {delay.name: str(days)}).keep[delay.name] == days
    for wrong in (str(delay.most + 1), str(delay.least - 1), "un an", "1.5", "²"):
        with pytest.raises(ImproperlyConfigured) as refused:
            env.load(environ | {delay.name: wrong})
        sentence = str(refused.value)
        assert sentence.startswith(f"{delay.name} vaut {wrong!r}")
        assert f"de {delay.least} à {delay.most}" in sentence
        assert "elle ne s’allonge pas" in sentence
        assert "\n" not in sentence


def test_the_ceilings_are_those_of_the_country() -> None:
    ceilings = {delay.name.removeprefix("PROXIRH_KEEP_"): delay.most for delay in DELAYS}
    assert ceilings == {
        "CONTENT": 365,
        "FILES": 30,
        "NOTES": 183,
        "READINGS": 365,
        "UNNAMED": 365,
        "CALLS": 30,
        "DRAFTS": 15,
        "MAILS": 7,
        "DELIVERIES": 62,
    }


@pytest.mark.django_db
def test_a_shortened_delay_is_the_one_applied_and_the_one_told(world: World, settings) -> None:
    """Mutation: keep a constant in the rule, or in the table."""
    settings.PROXIRH_KEEP = settings.PROXIRH_KEEP | {"PROXIRH_KEEP_CONTENT": 200, "PROXIRH_KEEP_MAILS": 3}
    enquiry = ended(world, at=NOW)
    world.enquiry.delete()
    told_at = NOW + 170 * DAY + SECOND
    assert [ANNOUNCEMENTS.apply(at=told_at - SECOND), ANNOUNCEMENTS.apply(at=told_at)] == [0, 1]
    assert ENQUIRIES.apply(at=told_at + 30 * DAY) == 1
    assert enquiry is not None
    words = {one.code: one.words for one in table()}
    assert words["content"] == "200 jours après le dernier contact"
    assert words["body"] == "3 jours"
    world.submit()
    for address in (reverse("privacy:mine"), reverse("privacy:notice")):
        shown = text(visitor(world, "author").get(address))
        assert "200 jours après le dernier contact" in shown
        assert "3 jours" in shown
    assert BODIES.keep == ("MAILS",)


@pytest.mark.django_db
def test_readings_say_how_long_they_are_kept(world: World, settings) -> None:
    address = reverse("enquiries:readings", args=[world.enquiry.uid])
    assert "gardées un an" in text(visitor(world, "author").get(address))
    settings.PROXIRH_KEEP = settings.PROXIRH_KEEP | {"PROXIRH_KEEP_READINGS": 90}
    assert "gardées 90 jours" in text(visitor(world, "author").get(address))
    assert kept("READINGS") == timedelta(days=90)
    assert READINGS.keep == ("READINGS",)
