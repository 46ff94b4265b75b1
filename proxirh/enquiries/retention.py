"""What time takes of the enquiries, by rules that the engine of `privacy` runs in this order."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from django.db.models import Model, QuerySet

from proxirh.enquiries.attachments import forget_files
from proxirh.enquiries.hanging import SET_ASIDE
from proxirh.enquiries.models import (
    AccessRecord,
    Attachment,
    BreakGlass,
    Concern,
    Draft,
    Enquiry,
    EnquiryCall,
    NotesRequest,
    Presence,
    QuickExchange,
    ReferralOpening,
    RegisterLine,
    Transmission,
    TransmissionReading,
    WorkingNote,
)
from proxirh.enquiries.permissions import REOPENING
from proxirh.enquiries.querysets import EnquiryQuerySet
from proxirh.enquiries.services import coarsening, expiring
from proxirh.enquiries.services.ending import Ending, anonymise_enquiry
from proxirh.enquiries.services.presence import LASTS
from proxirh.enquiries.services.quick import SHOWN
from proxirh.kernel import journal
from proxirh.kernel.retention import BATCH, Rule, kept, rows_rule


def _enquiries(_at: datetime) -> int:
    return Enquiry.objects.for_system("part de ce qui s’en irait").count()


def _with_old_files(at: datetime) -> QuerySet[Enquiry]:
    rows = Enquiry.objects.for_system("fichiers dont le temps est passé")
    return rows.with_files(ended_before=at - REOPENING - kept("FILES"))


def _erase_files(at: datetime) -> Iterator[int]:
    while found := list(_with_old_files(at)[:BATCH]):
        for enquiry in found:
            yield forget_files(enquiry, at=at)


def _all_files(_at: datetime) -> int:
    return Enquiry.objects.for_system("part de ce qui s’en irait").filter(attachments__isnull=False).count()


# ── An enquiry, its files, its notes ──────────────────────────────────────────────────────────────
ANNOUNCEMENTS = Rule(
    "préavis",
    "demandes dont l’effacement est à annoncer",
    (Enquiry,),
    due=lambda at: expiring.to_announce(at).count(),
    erase=expiring.announce_all,
    among=_enquiries,
    keep=("CONTENT",),
)
ENQUIRIES = Rule(
    "demandes",
    "demandes sans contact, préavis passé",
    (Enquiry,),
    due=lambda at: expiring.to_erase(at).count(),
    erase=expiring.erase_all,
    among=_enquiries,
    keep=("CONTENT",),
)


def _untaken(_at: datetime) -> EnquiryQuerySet:
    return Enquiry.objects.for_system("ce qui n’a été pris nulle part").taken_nowhere()


def _erase_untaken(at: datetime) -> Iterator[int]:
    for enquiry in list(_untaken(at).to_erase()):
        anonymise_enquiry(by=journal.SYSTEM, enquiry=enquiry, reason=Ending.ELSEWHERE, at=at)
        yield 1


UNTAKEN = Rule(
    "prises nulle part",
    "demandes proposées à une autre académie, et reprises avant d’y être prises",
    (Enquiry,),
    due=lambda at: _untaken(at).count(),
    erase=_erase_untaken,
    among=_enquiries,
)
FILES = Rule(
    "fichiers",
    "fichiers joints de suivis terminés",
    (Attachment,),
    due=lambda at: _with_old_files(at).filter(attachments__isnull=False).count(),
    erase=_erase_files,
    among=_all_files,
    keep=("FILES",),
)

NOTES = rows_rule(
    "notes",
    "notes de travail de suivis terminés",
    lambda at: WorkingNote.objects.on_ended(before=at - kept("NOTES")),
    covers=WorkingNote,
    keyed=False,
    among=lambda at: WorkingNote.objects.on_ended(before=at).count(),
    keep=("NOTES",),
)
NOTES_ASIDE = rows_rule(
    "notes laissées",
    "notes de travail que personne n’a reprises en trente jours",
    lambda at: WorkingNote.objects.left_behind(before=at - SET_ASIDE),
    covers=WorkingNote,
    keyed=False,
)

NOTES_REQUESTS = rows_rule(
    "notes demandées",
    "notes de travail remises à qui les avait demandées",
    lambda at: NotesRequest.objects.delivered_before(at - kept("READINGS")),
    covers=NotesRequest,
    keyed=False,
    keep=("READINGS",),
)

CALLS = rows_rule(
    "appels liés",
    "liens entre un appel et une demande",
    lambda at: EnquiryCall.objects.filter(made_at__lt=at - kept("CALLS")),
    covers=EnquiryCall,
    keyed=False,
    keep=("CALLS",),
)
CONCERNS = rows_rule(
    "alertes d’appels",
    "alertes données au téléphone, sans demande",
    lambda at: Concern.objects.of_calls_before(at - kept("CALLS")),
    covers=Concern,
    keyed=False,
    keep=("CALLS",),
)

# ── What is no enquiry ────────────────────────────────────────────────────────────────────────────
# A named one goes with its enquiry.
UNNAMED = rows_rule(
    "transmissions",
    "transmissions sans nom, après leur dernier mot",
    lambda at: Transmission.objects.silent_since(at - kept("UNNAMED")),
    covers=Transmission,
    among=lambda at: Transmission.objects.silent_since(at).count(),
    keep=("UNNAMED",),
)


def _who_read(name: str, told: str, model: type[Model]) -> Rule:
    """Who opened something, and when: as long as the agent may ask."""

    def due(at: datetime) -> QuerySet:
        return cast("Any", model).objects.older_than(at - kept("READINGS"))

    return rows_rule(name, told, due, covers=model, keyed=False, keep=("READINGS",))


READINGS = _who_read("consultations", "consultations", AccessRecord)
OPENINGS = _who_read("accès exceptionnels", "accès exceptionnels", BreakGlass)
READINGS_OF_UNNAMED = _who_read("lectures", "lectures de transmissions sans nom", TransmissionReading)
READINGS_OF_REFERRALS = _who_read(
    "ouvertures", "ouvertures de mises en relation par un interlocuteur externe", ReferralOpening
)
PRESENCES = rows_rule(
    "présences",
    "présences sur une page, une minute après",
    lambda at: Presence.objects.gone(before=at - LASTS),
    covers=Presence,
    keyed=False,
)
EXCHANGES = rows_rule(
    "échanges éclair",
    "échanges éclair, trente jours après avoir été notés ; les comptes du mois restent",
    lambda at: QuickExchange.objects.noted_before(at - SHOWN),
    covers=QuickExchange,
    keyed=False,
)
DRAFTS = rows_rule(
    "brouillons",
    "brouillons dont le temps est passé",
    lambda at: Draft.objects.filter(expires_at__lte=at),
    covers=Draft,
    keep=("DRAFTS",),
)
# Its detail alone: the print of its reference stays, by which the row would be known if the register came back.
REGISTERS = Rule(
    "registres repris",
    "faits repris d’un registre, à rendre moins précis",
    (RegisterLine,),
    due=lambda at: coarsening.to_coarsen(at).count(),
    erase=coarsening.coarsen_all,
    keep=("CONTENT",),
)
RULES = (
    ANNOUNCEMENTS,
    ENQUIRIES,
    UNTAKEN,
    FILES,
    NOTES,
    NOTES_ASIDE,
    NOTES_REQUESTS,
    CALLS,
    CONCERNS,
    UNNAMED,
    READINGS,
    OPENINGS,
    READINGS_OF_UNNAMED,
    READINGS_OF_REFERRALS,
    PRESENCES,
    EXCHANGES,
    REGISTERS,
    DRAFTS,
)
