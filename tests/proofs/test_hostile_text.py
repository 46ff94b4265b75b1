"""NUL bytes and marks of direction in every text of every form: never a fault, and none of them is kept."""

from typing import Any

import pytest

from proxirh.kernel.personal_data import DataClass
from proxirh.ui.forms import Form
from tests.privacy.test_archive import registered
from tests.proofs.posts import POSTS
from tests.proofs.telling import AT_LENGTH
from tests.routes import SENT, WRITING, Visitors, address_of, routes
from tests.targets import FOLLOWED, make_targets
from tests.world import World

pytestmark = pytest.mark.django_db
FORBIDDEN = "\x00\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
HOSTILE = f"Bon\x00jour \u202egpj.exe\u202c \u2066tout\u2069 le monde{FORBIDDEN}"
TYPED = frozenset({DataClass.IDENTITY, DataClass.CONTENT, DataClass.NOTE})
# Those whose forms differ; all of them at length.
PARTS = (
    "counsellor",
    *(("author", "coordinator", "HR officer", "cell officer", "anonymous", WRITING, SENT) * AT_LENGTH),
)


def every_field() -> set[str]:
    """The name of each field of each form of ours."""
    found: set[str] = set()
    pending: list[Any] = [Form]
    while pending:
        form = pending.pop()
        pending += form.__subclasses__()
        found |= set(form.base_fields)
    return found


def kept() -> list[str]:
    """Places that hold a forbidden character, in clear or behind a key."""
    found = []
    for model, column in registered(TYPED):
        for row in model._base_manager.all():
            if set(str(getattr(row, column))) & set(FORBIDDEN) or "\\u0000" in str(getattr(row, column)):
                found.append(f"{model.__name__}.{column}")
    return found


def test_no_form_breaks_on_them(world: World) -> None:
    """Mutation: read request.POST beside a form."""
    visitors, targets = Visitors(world), make_targets(world)[FOLLOWED]
    typed = dict.fromkeys(every_field(), HOSTILE)
    assert len(typed) > 50
    for route in routes():
        address = address_of(route, targets)
        for part in PARTS:
            answer = visitors.ask(part, "POST", address, typed)
            assert answer.status_code < 500, (route.name, part)
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                assert not set(answer.text) & set(FORBIDDEN), (route.name, part)
            asked = visitors.ask(part, "GET", f"{address}?q=%00%E2%80%AE&vue=%00&pour=%00&periode=%00&academie=%00")
            assert asked.status_code < 500, (route.name, part)


@pytest.mark.parametrize("name", POSTS)
def test_none_of_them_is_kept(world: World, name: str) -> None:
    """Mutation: drop `clean_data` from the base of forms."""
    post = POSTS[name](world)
    texts = {"body", "words", "summary", "next_step", "closing_word", "first_name", "last_name"} & set(post.data)
    typed = dict.fromkeys(texts, HOSTILE)
    answer = post.send(world, **typed)
    if answer.status_code == 200:  # shown again before it leaves
        answer = post.send(world, **typed, shown=answer.context["form"]["shown"].value())
    assert answer.status_code == 302, answer.status_code
    assert kept() == []


def test_the_search_finds_one_that_is_kept(world: World) -> None:
    """The proof above is able to fail."""
    world.submit(words=HOSTILE)
    assert "Message.body" in kept()
