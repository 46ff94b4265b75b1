"""Figure 13: a day after their time, no row, no file and no trace is left of what had to go, and last year's totals are
what they were."""

from datetime import date, datetime
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, models
from django.db.models import F, Q, Sum

from proxirh.accounts.models import Address, HeldForm, Person, SignInCode, User, address_index
from proxirh.enquiries import figures, services
from proxirh.enquiries.figures import Period
from proxirh.enquiries.models import (
    AccessRecord,
    Attachment,
    BreakGlass,
    Draft,
    Enquiry,
    EnquiryFact,
    Level,
    MonthlyCount,
    ReferralOpening,
    Transmission,
    TransmissionReading,
    Why,
    WorkingNote,
)
from proxirh.enquiries.retention import ENQUIRIES
from proxirh.enquiries.services import noting
from proxirh.enquiries.services.reading import record_reading
from proxirh.enquiries.services.transmitting import new_code, transmit_named, transmit_unnamed
from proxirh.kernel import limits, retention
from proxirh.kernel.models import DataKey, RateCounter
from proxirh.notifications.models import MailChoice
from proxirh.outbox.models import MailState, OutgoingEmail
from proxirh.privacy import engine
from proxirh.privacy.models import Outcome
from proxirh.territories.models import Topic
from tests.enquiries import acts
from tests.enquiries.referring import a_partner, refer
from tests.privacy.conftest import DAY, ended, stored_files
from tests.proofs.telling import Tell
from tests.test_canaries import every_stored_value
from tests.world import NOW, World, make_person

pytestmark = pytest.mark.django_db(transaction=True)
T = NOW + 365 * DAY
CANARY = "CANARITEMPS"
# How long each kind is kept, said here a second time and otherwise: the table of SECURITY.md, « Data at rest ».
EXPIRED: dict[type[models.Model], tuple[Q, int]] = {
    Enquiry: (Q(last_contact_at__lt=F("limit")), 365),
    Attachment: (Q(enquiry__closed_at__lt=F("limit")), 90 + 30),
    WorkingNote: (Q(enquiry__closed_at__lt=F("limit")), 183),
    Transmission: (Q(enquiry=None, sent_at__lt=F("limit")), 365),
    AccessRecord: (Q(at__lt=F("limit")), 365),
    TransmissionReading: (Q(at__lt=F("limit")), 365),
    ReferralOpening: (Q(at__lt=F("limit")), 365),
    BreakGlass: (Q(until__lt=F("limit")), 365),
    Draft: (Q(expires_at__lt=F("limit")), 0),
    SignInCode: (Q(expires_at__lt=F("limit")), 0),
    HeldForm: (Q(expires_at__lt=F("limit")), 0),
    Session: (Q(expire_date__lt=F("limit")), 0),
    RateCounter: (Q(window__lt=F("limit")), 2),
    OutgoingEmail: (Q(sent_at__lt=F("limit")) | Q(dead_at__lt=F("limit")) | Q(skipped_at__lt=F("limit")), 62),
    MailChoice: (Q(changed_at__lt=F("limit")), 365),
}


KEPT = (
    *(Transmission, AccessRecord, BreakGlass, TransmissionReading, ReferralOpening),
    *(WorkingNote, OutgoingEmail, RateCounter),
)


def expired(at: datetime) -> dict[str, int]:
    """Rows whose time is over, by model; texts of mails and accounts apart. What is not due is left out."""
    counts = {}
    for model, (condition, days) in EXPIRED.items():
        limit = models.Value(at - days * DAY, output_field=models.DateTimeField())
        counts[model.__name__] = model._base_manager.annotate(limit=limit).filter(condition).count()
    counts["texts"] = OutgoingEmail.objects.filter(sent_at__lt=at - 7 * DAY, body__isnull=False).count()
    aside = WorkingNote._base_manager.filter(set_aside_at__lt=at - 30 * DAY)
    return counts | {"aside": aside.count(), "User": User.objects.filter(created_at__lt=at - 365 * DAY).count()}


def send_everything(at: datetime) -> None:
    OutgoingEmail.objects.filter(state=MailState.QUEUED).update(state=MailState.SENT, sent_at=at)


def one_of_each(world: World, at: datetime) -> list[Enquiry]:
    """A row of every kind that has an end, each with its last date at this moment."""
    closed = ended(world, at=at, words=CANARY)
    left = world.submit(at=at - DAY)
    acts.take(world, world.reload(left), at=at)
    noting.write_note(actor=world.actor("counsellor"), enquiry=world.reload(left), body=CANARY, at=at)
    acts.withdraw(world, world.reload(left), at=at)
    still_open = world.taken(at=at)
    acts.reply(world, still_open, uploads=[acts.PDF], at=at)
    violent = world.submit(topic=Topic.objects.get(code="2.4"), consents=("violence_nominative",), at=at)
    transmit_named(actor=world.actor("author"), enquiry=world.reload(violent), body=CANARY, at=at)
    unnamed = transmit_unnamed(academy=world.academy, body=CANARY, code=new_code(), at=at)
    TransmissionReading.objects.create(transmission=unnamed, reader=world.people["cell officer"], at=at, quarter=at)
    partner = a_partner(name=f"Partenaire {at:%Y}", confirmed_on=at.date())
    referred = refer(world, to=partner, enquiry=world.reload(still_open), at=at)
    ReferralOpening.objects.create(referral=referred, at=at, quarter=at)
    record_reading(actor=world.actor("counsellor"), enquiry=closed, level=Level.CONTENT, why=Why.IN_CHARGE, at=at)
    BreakGlass.objects.bulk_create(
        [BreakGlass(enquiry=closed, person=world.people["coordinator"], reason=CANARY, opened_at=at - DAY, until=at)]
    )
    digest, words = bytes(33), {"words": CANARY}
    services.start_draft(token=f"{at:%Y%m%d%H%M}".ljust(22, "x"), is_shared_computer=False, answers=words, at=at)
    SignInCode.objects.create(
        data_key=DataKey.objects.issue(),
        address=f"{CANARY}@exemple.invalid",
        address_index=digest,
        code_digest=digest,
        browser_digest=digest,
        expires_at=at,
    )
    HeldForm.objects.create(
        data_key=DataKey.objects.issue(), browser_digest=digest, path="/", fields=words, expires_at=at
    )
    MailChoice.objects.create(
        data_key=DataKey.objects.issue(),
        address=f"{CANARY}@exemple.invalid",
        address_index=address_index(f"choix{at:%Y%m%d%H%M}@exemple.invalid"),
        frequencies={"closed": "never"},
        changed_at=at,
        used_on=at.date(),
    )
    Session.objects.create(session_key=f"{at:%Y%m%d%H%M}", session_data="x", expire_date=at)
    limits.attempt("essai", f"{at}", limit=9, per=DAY, at=at)
    account(f"{at:%Y%m%d%H%M}@exemple.invalid", at)
    return [world.reload(one) for one in (closed, left, still_open, violent)]


def account(address: str, at: datetime) -> Person:
    """Someone who came in once, and asked nothing."""
    person = make_person("visiteuse", address=address)
    Person.objects.filter(pk=person.pk).update(staff_address=None, staff_index=None)
    User.objects.filter(pk=person.user_id).update(created_at=at, last_login=at)
    return person


@pytest.fixture
def aged(world: World) -> tuple[World, list[Enquiry], list[Enquiry]]:
    """Everything twice: once a year old at T, once a day old at T; announced in its time, mails sent."""
    User.objects.all().update(created_at=T, last_login=T)
    world.enquiry.delete()
    gone = one_of_each(world, NOW)
    send_everything(NOW)
    engine.run(apply=True, at=NOW + 336 * DAY)
    send_everything(NOW + 336 * DAY)
    kept = one_of_each(world, T)
    who, opened = world.actor("counsellor"), {"opened_at": NOW - DAY, "until": NOW}
    record_reading(actor=who, enquiry=kept[2], level=Level.CONTENT, why=Why.IN_CHARGE, at=NOW)
    BreakGlass.objects.bulk_create(
        [BreakGlass(enquiry=kept[2], person=world.people["coordinator"], reason=CANARY, **opened)]
    )
    send_everything(T)
    return world, gone, kept


def test_a_day_after_their_time_nothing_is_left(aged: tuple[World, list[Enquiry], list[Enquiry]], tell: Tell) -> None:
    """On both engines. Mutations: leave out any rule; keep the files; keep the keys; give no grace."""
    world, gone, kept = aged
    at = T + DAY
    before = expired(at)
    others = {
        "Attachment",
        "WorkingNote",
        "aside",
        "OutgoingEmail",
        "texts",
        "RateCounter",
    }  # went in their own time, during the year
    assert {name for name, count in before.items() if not count} <= others | {"Draft", "SignInCode", "HeldForm"}
    keys = set(DataKey.objects.filter(pk__in=[one.data_key_id for one in gone]).values_list("pk", flat=True))
    assert len(keys) == len(gone)
    report = engine.run(apply=True, at=at)
    assert not report.having(Outcome.FAILED, Outcome.REFUSED, Outcome.LEFT)
    left = expired(at)
    tell(
        13,
        counted=f"{sum(before.values())} lignes échues de {len(before)} sortes, et leurs fichiers, à T + 24 h",
        target="0",
        result=f"{sum(left.values())} lignes restent",
    )
    assert left == dict.fromkeys(left, 0)
    assert not DataKey.objects.filter(pk__in=keys).exists()
    assert {one.pk for one in Enquiry.objects.all()} == {one.pk for one in kept}
    held = Attachment._base_manager.values_list("stored_name", flat=True)
    assert len(held) == 2
    assert stored_files() == set(held)
    assert Address.objects.filter(blind_index=address_index(f"{T:%Y%m%d%H%M}@exemple.invalid")).exists()
    for model in KEPT:
        assert model._base_manager.exists(), "what is not due stays"
    assert not [place for place, value in every_stored_value() if CANARY.lower().encode() in value.lower()]
    assert engine.run(apply=True, at=at).done == 0
    assert world.people["author"].pk in Person.objects.values_list("pk", flat=True)


def cells_of(enquiries: list[Enquiry]) -> set[bytes]:
    """What the database holds of these enquiries alone, cell by cell: references, sealed words, wrapped keys."""
    chosen = {
        "enquiries_enquiry": ("id", {one.pk for one in enquiries}),
        "kernel_datakey": ("id", {one.data_key_id for one in enquiries}),
        "enquiries_message": ("enquiry_id", {one.pk for one in enquiries}),
        "enquiries_exchange": ("enquiry_id", {one.pk for one in enquiries}),
    }
    found: set[bytes] = set()
    with connection.cursor() as cursor:
        for table, (column, values) in chosen.items():
            marks = ", ".join(["%s"] * len(values))
            cursor.execute(f"SELECT * FROM {table} WHERE {column} IN ({marks})", sorted(values))
            names = [described[0] for described in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    if isinstance(value, (bytes, memoryview)) and len(bytes(value)) >= 24 and "index" not in name:
                        found.add(bytes(value))
                    elif name == "reference":
                        found.add(str(value).encode())
    return found


def database_bytes() -> bytes:
    """The database as a thief takes it: on SQLite the file and its log, elsewhere every stored value."""
    if connection.vendor != "sqlite":
        return b"\0".join(value for _, value in every_stored_value())
    path = Path(str(connection.settings_dict["NAME"]))
    log = path.with_name(f"{path.name}-wal")
    return path.read_bytes() + (log.read_bytes() if log.exists() else b"")


def test_the_file_of_the_database_and_its_log_hold_nothing_of_it(
    aged: tuple[World, list[Enquiry], list[Enquiry]],
) -> None:
    """Not even sealed. Mutations: drop secure_delete from the settings; leave the log of SQLite as it is."""
    _, gone, _ = aged
    retention.forget_log()
    cells = cells_of(gone)
    assert len(cells) > 20
    before = database_bytes()
    assert all(cell in before for cell in cells), "the search is able to find them"
    engine.run(apply=True, at=T + DAY)
    after = database_bytes()
    assert not [cell for cell in cells if cell in after]


# ── Totals ────────────────────────────────────────────────────────────────────────────────────────
def totals() -> list[tuple]:
    cells = MonthlyCount.objects.values_list("month", "department_code", "indicator", "key", "counted_in")
    return sorted(cells.annotate(total=Sum("n")))


@pytest.mark.django_db
def test_last_year_s_figures_are_the_same_once_everything_is_erased(world: World) -> None:
    """Table by table, delays included. Mutation: take the counts of an enquiry back with it; count its closing."""
    topics = [Topic.objects.get(code=code) for code in ("1.1", "1.2", "2.1", "3.1", "4.1", "5.1")]
    world.enquiry.delete()
    for number in range(60):
        at = NOW + (number % 9) * DAY
        enquiry = world.submit(at=at, topic=topics[number % 6])
        if number % 4:
            acts.take(world, world.reload(enquiry), at=at + DAY / 24)
            acts.reply(world, world.reload(enquiry), at=at + DAY / 12)
        if number % 4 > 1:
            acts.close(world, world.reload(enquiry), at=at + DAY)
    year = Period.school_year(NOW.date())
    today = date(2028, 9, 10)

    def shown() -> figures.Figures:
        return figures.figures(["15"], year, commitment=2, today=today)

    counted, before, facts = totals(), shown(), EnquiryFact.objects.count()
    assert before.total == 61  # and the enquiry of the cast
    assert before.first_answer.n
    assert before.topics.counts
    for night in (T, T + 31 * DAY):
        engine.run(apply=True, at=night + 10 * DAY, share=100)
    assert not Enquiry.objects.exists()
    assert ENQUIRIES.due(T + 99 * DAY) == 0
    assert totals() == counted
    assert shown() == before
    assert EnquiryFact.objects.count() == facts
    coarse = EnquiryFact.objects.filter(day__day=1, channel="unknown", sex="unknown", age_band="unknown")
    assert coarse.count() == 60
