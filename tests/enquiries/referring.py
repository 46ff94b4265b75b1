"""Referrals of the cast, at each point of their life."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from proxirh.enquiries.models import Agreement, Attachment, Enquiry, Referral, Refusal, Scan
from proxirh.enquiries.services import answering, cell_rules, recalling, referring, send_message
from proxirh.enquiries.workflow import ReferralState as S
from proxirh.kernel.files import CheckedFile
from proxirh.outbox.models import OutgoingEmail
from proxirh.territories.models import Partner, Posting, Role, Team
from tests.world import LONG_AGO, NOW, World

WORDS, ANSWER = "CANARITRANSMIS à la cellule", "CANARIREPONSE de la cellule"
PDF = CheckedFile("note.pdf", "application/pdf", b"%PDF-1.4 essai")
OUT = "ecrire@partenaire.invalid"


def cell(world: World) -> Team:
    """The one cell of the cast."""
    return Team.objects.get(kind="cell", academy=world.academy)


def other_cell(world: World) -> Team:
    """Another one in the same académie, where « code-only staff » serves."""
    made, _ = Team.objects.get_or_create(
        kind="cell", name="Cellule promotions", academy=world.academy, defaults={"valid_from": LONG_AGO}
    )
    where = {"academy": world.academy, "team": made, "valid_from": LONG_AGO}
    Posting.objects.get_or_create(person=world.people["fellow counsellor"], role=Role.CELL_OFFICER, **where)
    return made


def a_partner(address: str = OUT, **more: Any) -> Partner:
    """A national one, checked on the day."""
    kept = {"name": "Service social d’exemple", "purpose": "Aider.", "confirmed_on": NOW.date()} | more
    return Partner.objects.create(address=address, **kept)


def refer(
    world: World,
    *,
    to: Any = None,
    enquiry: Enquiry | None = None,
    at: datetime = NOW,
    by: str = "counsellor",
    **more: Any,
) -> Referral:
    """A new one, with an oral agreement of the day unless told otherwise."""
    said = {"body": WORDS, "agreement": Agreement.ORAL} | more
    if said["agreement"] == Agreement.ORAL:
        said.setdefault("oral_on", at.date())
    found = enquiry or world.reload()
    return referring.refer(actor=world.actor(by, at=at), enquiry=found, to=to or cell(world), at=at, **said)


def a_file(world: World, enquiry: Enquiry, name: str = "arrete.pdf", *, scan: str = Scan.CLEAN) -> Attachment:
    """Sent by its author, and what the scanner made of it; its bytes tell its name."""
    upload = CheckedFile(name, PDF.media_type, PDF.data + name.encode())
    said = {"body": "Voici.", "uploads": [upload], "at": enquiry.last_contact_at}
    sent = send_message(actor=world.actor("author", at=enquiry.last_contact_at), enquiry=world.reload(enquiry), **said)
    enquiry.attachments.filter(message=sent).update(scan=scan)
    return enquiry.attachments.get(message=sent)


def there(world: World, referral: Referral, part: str = "cell officer") -> Referral:
    """As the other side reads it through its door."""
    return (
        Referral.objects.listed_for(world.actor(part))
        .defer(None)
        .select_related("team__academy", "partner", "answer", "enquiry__data_key", "enquiry__department__academy")
        .get(pk=referral.pk)
    )


def here(world: World, referral: Referral) -> Any:
    """As the enquiry’s readers see it."""
    return next(one for one in Referral.objects.of_enquiry(world.reload(referral.enquiry)) if one.pk == referral.pk)


def opened(world: World, referral: Referral, *, at: datetime = NOW) -> Referral:
    answering.open_referral(actor=world.actor("cell officer"), referral=there(world, referral), at=at)
    return there(world, referral)


def accepted(world: World, referral: Referral, *, at: datetime = NOW) -> Referral:
    found = opened(world, referral, at=at)
    answering.accept_referral(actor=world.actor("cell officer"), referral=found, at=at)
    return there(world, referral)


def answered(world: World, referral: Referral, *, at: datetime = NOW, uploads: Any = ()) -> Referral:
    found = accepted(world, referral, at=at)
    answering.answer_referral(actor=world.actor("cell officer"), referral=found, body=ANSWER, uploads=uploads, at=at)
    return there(world, referral)


def validated_by_head(world: World) -> None:
    """From now on the head of service validates the answers of the cell."""
    cell_rules.set_rules(
        actor=world.actor("coordinator"),
        cell=cell(world),
        head_validates=True,
        seen=_seen(world),
        at=NOW,
    )


def set_rules(world: World, **rules: Any) -> None:
    cell_rules.set_rules(actor=world.actor("coordinator"), cell=cell(world), seen=_seen(world), **({"at": NOW} | rules))


def _seen(world: World) -> datetime | None:
    kept = cell_rules.rules_of(cell(world))
    return kept.changed_at if kept.pk else None


def waiting_for_head(world: World, referral: Referral, part: str = "head of service") -> Any:
    found = Referral.objects.to_validate_by(world.actor(part)).select_related("answer").get(pk=referral.pk)
    found.answer.enquiry = found.enquiry
    return found


def night(at: datetime) -> int:
    """The job of one night."""
    return recalling.follow_referrals(at=at)


def mails(kind: str) -> list[str]:
    """To whom mails of a kind went, in order."""
    return [mail.recipient for mail in OutgoingEmail.objects.filter(kind=kind).order_by("pk")]


def link(kind: str = "referral_for_partner") -> str:
    """The secret in the last mail to a partner."""
    body = OutgoingEmail.objects.filter(kind=kind).order_by("-pk")[0].body
    return body.split("/repondre/")[1].split("/")[0]


def _in_state(world: World, state: str) -> Referral:
    if state == S.PROPOSED:
        return refer(world, agreement=Agreement.WRITTEN)
    made = refer(world)
    steps: dict[str, Callable[[], Any]] = {
        S.SENT: lambda: None,
        S.SEEN: lambda: opened(world, made),
        S.ACCEPTED: lambda: accepted(world, made),
        S.TO_VALIDATE: lambda: (validated_by_head(world), answered(world, made)),
        S.ANSWERED: lambda: answered(world, made),
        S.VERIFIED: lambda: (
            answered(world, made),
            referring.verify(actor=world.actor("author"), referral=here(world, made), at=NOW),
        ),
        S.REFUSED: lambda: answering.refuse_referral(
            actor=world.actor("cell officer"), referral=opened(world, made), reason=Refusal.NOT_OURS, at=NOW
        ),
        S.EXPIRED: lambda: night(NOW + timedelta(days=31)),
        S.WITHDRAWN: lambda: referring.take_back(actor=world.actor("author"), referral=here(world, made), at=NOW),
    }
    steps[state]()
    return made


def in_state(world: World, state: str) -> Referral:
    """One that came to a state by the services alone."""
    made = _in_state(world, state)
    made.refresh_from_db(fields=["state"])
    assert made.state == state
    return made


def days(number: int, *, hours: int = 1) -> datetime:
    """So long after NOW."""
    return NOW + timedelta(days=number, hours=hours)


def some_day(number: int) -> date:
    return days(number).date()
