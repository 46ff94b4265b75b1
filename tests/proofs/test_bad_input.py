"""What nobody should send: forged or foreign ids, fields of models, stale tabs, double clicks, huge bodies.

Each gets a clear French page, the right status, and writes nothing.
"""

import io
import itertools
import re
import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries import services
from proxirh.enquiries.models import Scan
from proxirh.enquiries.services.noting import write_note
from proxirh.enquiries.services.signposting import Contact, give_contact
from proxirh.enquiries.services.summarising import agree_to_summary, propose_summary
from proxirh.kernel.files import CheckedFile
from tests.enquiries.visitors import now_taken, visitor
from tests.proofs.agenda_posts import AGENDA
from tests.proofs.booking_posts import BOOKING
from tests.proofs.going_posts import GOING
from tests.proofs.line_posts import ANSWERING
from tests.proofs.posts import GESTURES, POSTS, RUNNING
from tests.proofs.roster_posts import ROSTER
from tests.proofs.rows import difference, every_model_field, nothing_written, rows, undone, written
from tests.proofs.telling import AT_LENGTH
from tests.routes import Visitors, address_of, blanked, routes, unknown
from tests.strict_client import StrictClient
from tests.targets import FOLLOWED, make_targets
from tests.world import World

pytestmark = pytest.mark.django_db
REFUSED = {302, 400, 403, 404, 405, 409, 413, 422, 429}
FORGED = ("1' OR '1'='1", "../../../etc/passwd", "%00", *(("0", "-1", "\u202e", "é" * 300, "{{7*7}}") * AT_LENGTH))
PARTS = ("anonymous", "author", "counsellor", "coordinator")
HUGE = 100 * 1024 * 1024
HOSTILE = str(2**62)


def says_it_in_french(answer: Any) -> bool:
    """True for a page in French with a heading, or an answer that leads to one."""
    if answer.status_code in (302, 405) or answer.headers["Content-Type"] == "application/json":
        return True
    return 'lang="fr"' in answer.text and re.search(r"<h1[^>]*>[^<]*\w", answer.text) is not None


# ── Ids ────────────────────────────────────────────────────────────────────────────────────────────
def test_a_forged_id_is_a_page_that_does_not_exist(world: World) -> None:
    """Mutation: take ids as text and look them up as they come."""
    visitors, rows_of = Visitors(world), make_targets(world)[FOLLOWED]
    with nothing_written("forged ids", even_undone=True):
        for route in (one for one in routes() if one.arguments):
            right = address_of(route, rows_of)
            for name in route.arguments:
                for forged in FORGED:
                    address = right.replace(str(rows_of[name]), quote(forged, safe="%"))
                    one = "author" if "suivi" in route.path else "counsellor"
                    for part, method in itertools.product(PARTS if AT_LENGTH else (one,), ("GET", "POST")):
                        answer = visitors.ask(part, method, address)
                        place = (route.name, name, forged, part, method)
                        assert answer.status_code in REFUSED | {200 if name == "token" else 404}, place
                        assert says_it_in_french(answer), place


def test_a_foreign_child_in_ones_own_address_does_not_exist(world: World) -> None:
    """Mutation: fetch a file or a note by its own id, beside its enquiry rather than through it."""
    visitors = Visitors(world)
    mine = make_targets(world)[FOLLOWED]
    later = timezone.now()
    foreign = now_taken(world)
    lead = world.actor("counsellor")
    upload = CheckedFile("autre.pdf", "application/pdf", b"%PDF-1.7\n%%EOF")
    message = services.send_message(actor=lead, enquiry=foreign, body="Voici.", uploads=[upload] * 2, at=later)
    # Its bytes open with the key of their own enquiry alone; the one that is held back is told before they are read.
    sent, held_back = message.attachments.order_by("pk")
    held_back.scan = Scan.REFUSED
    held_back.save()
    note = write_note(actor=lead, enquiry=world.reload(foreign), body="À moi.", at=later)
    beside = write_note(actor=world.actor("co-handler"), enquiry=world.reload(), body="À elle.", at=later)
    said = {"enquiry": world.reload(foreign), "held_on": timezone.localdate(), "body": "Dit.", "at": later}
    agreed = propose_summary(actor=lead, **said)
    agree_to_summary(actor=world.actor("author"), summary=agreed, at=later)
    told = Contact("Service d’exemple", "01 99 00 00 50")
    given = give_contact(actor=lead, enquiry=world.reload(foreign), contact=told, body="Un mot.", at=later)
    swaps = {
        "contact_uid": [given.uid],
        "file_uid": [sent.uid, held_back.uid],
        "note_uid": [note.uid, beside.uid],
        "summary_uid": [agreed.uid],
    }
    nested = [route for route in routes() if "uid" in route.arguments and len(route.arguments) > 1]
    assert {name for route in nested for name in route.arguments} == {"uid", *swaps}
    with nothing_written("foreign children", even_undone=True):
        for route in nested:
            for name in set(route.arguments) & set(swaps):
                for part, method in itertools.product(("author", "counsellor"), ("GET", "POST")):
                    absent = visitors.ask(part, method, address_of(route, mine | {name: unknown()}))
                    for child in swaps[name]:
                        answer = visitors.ask(part, method, address_of(route, mine | {name: child}))
                        assert answer.status_code == absent.status_code, (route.name, name, part, method)
                        assert answer.status_code in (302, 404, 405), (route.name, name, part, method)
                        same = blanked(answer).replace(str(child).encode(), str(unknown()).encode())
                        assert same == blanked(absent), (route.name, name, part, method)


@pytest.mark.parametrize("act", ["inviter", "confier"])
def test_a_colleague_whom_the_author_keeps_away_cannot_be_named_by_a_forged_choice(world: World, act: str) -> None:
    """Mutation: look the person up by the uid that was posted."""
    enquiry = now_taken(world, excluded=(world.people["excluded colleague"],))
    for part in ("excluded colleague", "author", "superior"):
        typed = {"geste": act, f"{act}-to": str(world.people[part].uid), f"{act}-reason": "absence"}
        with nothing_written((act, part), but="demande.proposition_refusée"):
            answer = visitor(world, "counsellor").post(reverse("enquiries:hands", args=[enquiry.uid]), typed)
        assert answer.status_code in (422, 404, 400), (part, answer.status_code)


# ── Fields of models ───────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("name", POSTS)
def test_fields_of_models_posted_with_a_form_change_nothing(world: World, name: str) -> None:
    """Mutation: build a row from request.POST, or let a form take what it does not show."""
    post = POSTS[name](world)
    extra = {field: HOSTILE for field in every_model_field() if field not in post.data}
    extra |= {"state": "closed", "lead": str(world.people["superior"].uid), "is_from_agent": "1"}
    # What the form itself asks for, whatever the name of a field of a model.
    asked = visitor(world, post.part).get(post.address)
    shown = set(re.findall(r'name="([^"]+)"', asked.text)) if asked.status_code == 200 else set()
    before = rows()
    with undone(), written() as touched:
        plain_answer = post.send(world)
        assert plain_answer.status_code == 302, plain_answer.text[:3000]
        right = before | rows(touched)
    hostile = [(field, value) for field, value in extra.items() if field not in shown]
    for some in itertools.batched(hostile, 150):  # more fields at once are refused
        with undone(), written() as touched:
            answer = post.send(world, **dict(some))
            found = before | rows(touched)
        # A name that the form does know, on another of its screens, may be refused with the whole of it.
        expected = before if answer.status_code == 422 else right
        assert answer.status_code in (302, 422)
        assert found == expected, (difference(found, expected), difference(expected, found))


# ── Twice, too late ────────────────────────────────────────────────────────────────────────────────
# What is saved again as it is: a line of the journal says that it was.
SAVED_AGAIN = {"corriger une note": "demande.note", "joindre l’académie": "académie.réglée"}
# What does not hang from an enquiry that its author may take back.
FREE = {
    *("saisir", "demander ses notes", "corriger son nom", "relire une note", "répondre de la cellule"),
    *("échange éclair", "permanence", "retirer un échange éclair", "terminer plusieurs suivis"),
    *("garder un modèle", "changer un modèle", "répondre à une réorientation", "régler une cellule"),
    *("absence imprévue", "confier un départ", "répondre à une question", "rendre une question"),
    *("choisir ses courriels", *AGENDA, *BOOKING, *ROSTER, *ANSWERING, *GOING),
}


@pytest.mark.parametrize("name", POSTS)
def test_a_double_click_acts_once(world: World, name: str) -> None:
    """Mutation: drop the idempotency key, or the comparison with the page that was seen."""
    post = POSTS[name](world)
    first = post.send(world)
    assert first.status_code == 302
    with nothing_written(name, but=SAVED_AGAIN.get(name, ()), sealed_again=name in SAVED_AGAIN):
        again = post.send(world)
    assert again.status_code in REFUSED, again.status_code
    assert says_it_in_french(again)


@pytest.mark.parametrize("name", [name for name in POSTS if name not in {*FREE, *RUNNING, "prendre", "carte"}])
def test_a_gesture_from_a_tab_whose_enquiry_has_moved_changes_nothing(world: World, name: str) -> None:
    """Mutation: write whatever the state is."""
    post = POSTS[name](world)
    uid = re.search(r"[0-9a-f-]{36}", post.address)
    assert uid
    author = world.actor("author")
    found = services.asking.Enquiry.objects.visible_to(author).get(uid=uid.group())
    client = visitor(world, post.part)
    client.get(post.address)
    services.withdraw_enquiry(actor=author, enquiry=found, at=timezone.now())
    with nothing_written(name):
        answer = post.send(world, client)
    # One that has ended is no longer corrected: the page that says so is a page like others.
    assert answer.status_code in REFUSED | ({200} if name == "corriger une demande" else set()), answer.status_code
    assert says_it_in_french(answer)
    if answer.status_code == 302:  # it leads to where one may still go, and says that nothing was done
        said = client.get(answer.headers["Location"])
        assert said.status_code in (200, 404)


@pytest.mark.parametrize("name", [name for name in GESTURES if name != "rendre"])  # it replaces nothing
def test_a_gesture_from_a_page_older_than_the_last_word_is_refused_and_kept(world: World, name: str) -> None:
    """Mutation: write whatever the page showed (`require_unchanged`)."""
    post = POSTS[name](world)
    uid = re.search(r"[0-9a-f-]{36}", post.address)
    assert uid
    author = world.actor("author")
    found = services.asking.Enquiry.objects.visible_to(author).get(uid=uid.group())
    services.send_message(actor=author, enquiry=world.reload(found), body="Autre chose.", at=timezone.now())
    with nothing_written(name):
        answer = post.send(world)
    assert answer.status_code == 422
    assert says_it_in_french(answer)


def test_after_sign_out_every_page_is_a_strangers(world: World) -> None:
    """Back, then forward, in a browser that kept its former cookies. Mutation: keep the session on sign-out."""
    targets = make_targets(world)[FOLLOWED]
    for part in ("author", "counsellor", "coordinator"):
        client, stranger = visitor(world, part), StrictClient()
        kept = client.cookies.copy()
        assert client.post(reverse("accounts:sign_out")).status_code == 302
        client.cookies = kept
        with nothing_written(part):
            for route in routes():
                if route.name.startswith(("enquiries:", "privacy:", "accounts:security", "steering:")):
                    address = address_of(route, targets)
                    answer, expected = client.get(address), stranger.get(address)
                    assert answer.status_code == expected.status_code, (part, route.name)
                    assert world.enquiry.reference not in answer.text, (part, route.name)


# ── Too large ──────────────────────────────────────────────────────────────────────────────────────
class Endless(io.RawIOBase):
    """A hundred megabytes that are made only as they are read."""

    def __init__(self, start: bytes, end: bytes = b"") -> None:
        self.start, self.end, self.read_bytes = start, end, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:  # type: ignore[override]
        left = HUGE - len(self.end) - self.read_bytes
        if left <= 0:
            last, self.end = self.end, b""
            self.read_bytes += len(last)
            return last
        size = min(65_536 if size < 0 else size, left)
        start, self.start = self.start[:size], self.start[size:]
        self.read_bytes += size
        return start + b"x" * (size - len(start))


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain"])
def test_a_hundred_megabytes_are_refused_before_any_view(world: World, kind: str) -> None:
    """Mutations: raise DATA_UPLOAD_MAX_MEMORY_SIZE; exempt a view from the check of its form’s token."""
    visitors, targets = Visitors(world), make_targets(world)[FOLLOWED]
    start = b'--b\r\nContent-Disposition: form-data; name="body"\r\n\r\n' if "multipart" in kind else b"body="
    most = {"text/plain": 0, "application/x-www-form-urlencoded": 0}.get(kind, 8 * 1024 * 1024)
    with nothing_written(kind):
        for route in routes():
            client = StrictClient(raise_request_exception=False, enforce_csrf_checks=True)
            client.cookies = visitors.cookies["author" if "suivi" in route.path else "counsellor"].copy()
            body = Endless(start)
            sent = {"wsgi.input": body, "CONTENT_LENGTH": str(HUGE), "CONTENT_TYPE": kind}
            answer = client.generic("POST", address_of(route, targets), **sent)
            place = (route.name, answer.status_code)
            # « Quitter vite » works whatever comes along, and reads none of it.
            assert answer.status_code in (400, 403, 404, 405, *([200] * (route.name == "portal:leave"))), place
            assert says_it_in_french(answer), place
            assert body.read_bytes <= most, place


FORM, PARTS_OF = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
WORDS = b'--b\r\nContent-Disposition: form-data; name="body"\r\n\r\n'
FILE = WORDS + b'Voici.\r\n--b\r\nContent-Disposition: form-data; name="files"; filename="gros.pdf"\r\n\r\n%PDF-'
TOO_HEAVY = {
    "words": (FORM, b"body=", 400, "arrivé abîmé ou trop lourd. Rien n’a été enregistré."),
    "words in parts": (PARTS_OF, WORDS, 400, "arrivé abîmé ou trop lourd. Rien n’a été enregistré."),
    "a file": (PARTS_OF, FILE, 422, "« gros.pdf » dépasse 10 Mo"),
}


@pytest.mark.parametrize("what", TOO_HEAVY)
@pytest.mark.parametrize("name", ["écrire", "repondre"])
def test_a_hundred_megabytes_to_a_page_of_ones_own_are_told_in_french(world: World, name: str, what: str) -> None:
    """Mutations: raise DATA_UPLOAD_MAX_MEMORY_SIZE; drop the sentence of the page."""
    kind, start, status, said = TOO_HEAVY[what]
    post = POSTS[name](world)
    client = visitor(world, post.part)
    with nothing_written((name, what)):
        sent = {
            "wsgi.input": Endless(start, b"\r\n--b--\r\n" if kind == PARTS_OF else b""),
            "CONTENT_LENGTH": str(HUGE),
            "CONTENT_TYPE": kind,
        }
        answer = client.generic("POST", post.address, **sent)
    assert answer.status_code == status
    assert said in answer.text.replace("\u00a0", " ").replace("&nbsp;", " ")
    assert says_it_in_french(answer)


# ── Tokens ─────────────────────────────────────────────────────────────────────────────────────────
def test_the_link_of_a_mail_serves_once_and_a_forged_one_never(world: World) -> None:
    """Mutation: let « ce n’est pas moi » write again, or take an unsigned token."""
    typed = services.submit_enquiry(
        actor=world.actor("counsellor"),
        answers=world.answers(),
        idempotency_key=uuid.uuid4(),
        channel="phone",
        on_behalf=True,
        at=timezone.now() - timedelta(minutes=1),
    )
    token = services.claiming.signing.dumps(str(typed.uid), salt=services.claiming.notices.DISOWNING)
    address = reverse("enquiries:disown", args=[token])
    assert StrictClient().post(address).status_code in (200, 302)
    with nothing_written("the link, twice"):
        again = StrictClient().post(address)
        forged = StrictClient().post(reverse("enquiries:disown", args=[f"{token[:-4]}AAAA"]))
    assert again.status_code in (200, 302, 404)
    assert forged.status_code == 404
    assert says_it_in_french(forged)
