"""One registry: every mail that is written, every template, and what nobody can refuse."""

import ast
import uuid
from pathlib import Path

import pytest
from django.urls import reverse

from proxirh.notifications.kinds import KINDS, Reader, always_sent, refusable
from proxirh.notifications.samples import SAMPLE
from proxirh.outbox.models import OutgoingEmail
from proxirh.outbox.services import rendered
from tests.enquiries.visitors import visitor
from tests.notifications.choosing import queue
from tests.routes import blanked
from tests.world import World

CODE = [path for path in Path("proxirh").rglob("*.py") if "migrations" not in path.parts]
TEMPLATES = {path.as_posix().split("/templates/")[1] for path in Path("proxirh").rglob("mails/*.txt")}
NEVER_REFUSED = {
    *("code", "second-factor", "acknowledgement", "created_for_you", "exceptional_access", "address_replaced"),
    *("expiring", "expired", "concern", "call_today", "cell_alert", "late_for_counsellor", "late_for_head", "witness"),
}


def written_kinds() -> set[str]:
    """Every kind that the code names when it writes a mail."""
    calls = (node for path in CODE for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    named = {"queue_email", "queue_emails", "Letter", "tell_author", "tell_lead", "tell_colleague"}
    return {
        word.value.value
        for call in calls
        if ast.unparse(call.func).rpartition(".")[2] in named
        for word in call.keywords
        if word.arg == "kind" and isinstance(word.value, ast.Constant)
    }


def test_every_kind_that_is_written_is_registered() -> None:
    """Mutation: write a mail of a kind that the registry does not tell."""
    assert written_kinds() - set(KINDS) == set()
    assert len(written_kinds()) > 25


def test_a_letter_of_an_unknown_kind_fails_the_suite(db) -> None:
    """`conftest` looks at each row that any test writes. Mutation: take its guard away."""
    with pytest.raises(AssertionError, match="unknown"):
        queue("unknown", "agent@exemple.invalid")


def test_every_template_is_of_one_kind_and_every_kind_has_its_own() -> None:
    used = [template for kind in KINDS.values() for template in kind.files]
    assert set(used) == TEMPLATES
    assert len(used) == len(set(used))


def test_what_protects_or_was_promised_cannot_be_refused() -> None:
    """Mutation: make any of them refusable."""
    assert not [code for code in NEVER_REFUSED if KINDS[code].is_refusable]
    assert {kind.code for kind in refusable(*Reader)}.isdisjoint(kind.code for kind in always_sent(*Reader))


@pytest.mark.parametrize("code", KINDS)
def test_every_kind_renders_with_plainly_invented_data(code: str) -> None:
    kind = KINDS[code]
    assert kind.name
    assert kind.why.endswith(".")
    for template in kind.files:
        subject, body = rendered(template, SAMPLE)
        assert 10 < len(subject) <= 150
        assert body.startswith("Bonjour")
        assert "  " not in subject
        assert "{{" not in subject + body


def test_a_kind_that_may_be_gathered_says_where_it_is_read() -> None:
    """Mutation: forget the page of one, or name a route that is not."""
    for kind in refusable(*Reader):
        assert reverse(kind.page, args=[uuid.UUID(int=0)] if kind.by_thing else [])


@pytest.mark.parametrize("part", ["coordinator", "head of service", "national referent", "administrator"])
def test_those_who_answer_for_the_service_read_every_preview(world: World, part: str) -> None:
    client = visitor(world, part)
    page = client.get("/modeles-de-courriels/")
    assert page.status_code == 200
    for code in KINDS:
        assert f"/modeles-de-courriels/{code}/" in page.content.decode()
    shown = client.get("/modeles-de-courriels/acknowledgement/").content.decode()
    assert "EXEM-0000" in shown
    assert client.get("/modeles-de-courriels/inconnu/").status_code == 404


def test_a_preview_is_text_and_never_markup(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Escaped as the mail is written, and again as it is shown."""
    monkeypatch.setitem(SAMPLE, "reference", "<b>x</b>")
    shown = visitor(world, "coordinator").get("/modeles-de-courriels/acknowledgement/").content.decode()
    assert "<b>x</b>" not in shown


@pytest.mark.parametrize("part", ["author", "counsellor", "HR officer", "cell officer", "steering member"])
def test_the_others_meet_an_address_that_does_not_exist(world: World, part: str) -> None:
    client = visitor(world, part)
    for address in ("/modeles-de-courriels/", "/modeles-de-courriels/code/"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert blanked(answer) == blanked(client.get("/nulle-part-ici/")), address


def test_registered_kinds_fit_their_column() -> None:
    size = OutgoingEmail._meta.get_field("kind").max_length
    assert size
    assert max(map(len, KINDS)) <= size
