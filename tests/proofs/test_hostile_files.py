"""Hostile files at each door by which one comes in: refused in French, nothing changed, and cheaply (F-01 to F-05)."""

import itertools
import multiprocessing
import re
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Q
from django.urls import reverse

from proxirh.enquiries.forms.desk import AnswerForm, ReplyForm
from proxirh.enquiries.forms.referrals import CellAnswerForm, PartnerAnswerForm
from proxirh.enquiries.forms.space import WriteForm
from proxirh.enquiries.models import Enquiry
from tests.enquiries.visitors import text, visitor
from tests.kernel.test_files import PDF
from tests.proofs.cell_posts import answered_by_link, referral_answered
from tests.proofs.hostile_files import HOSTILE_NAMES, bombs, cost, mislabelled
from tests.proofs.posting import Post, desk, on_enquiry
from tests.proofs.posts import first_level
from tests.proofs.rows import nothing_written
from tests.world import World

SECONDS, MEGABYTES = 1, 50  # what one hostile file may cost, at most
BY_LINK = "répondre par un lien"
DOORS = ("repondre", "répondre et terminer", "répondre à une réorientation", BY_LINK, "écrire")


@pytest.fixture
def store(settings: Any, tmp_path: Path) -> Path:
    """An empty data folder."""
    settings.PROXIRH_DATA_DIR = tmp_path
    return tmp_path


def send_raw(world: World, post: Post, names: Iterable[str]) -> Any:
    """Files under names that an honest browser, or its stand-in, would clean first."""
    parts = [(f'name="{field}"', value.encode()) for field, value in post.data.items()]
    parts += [(f'name="files"; filename="{name}"', PDF) for name in names]
    body = b"".join(
        b"--b\r\nContent-Disposition: form-data; " + said.encode() + b"\r\n\r\n" + data + b"\r\n"
        for said, data in parts
    )
    return visitor(world, post.part).generic(
        "POST", post.address, body + b"--b--\r\n", "multipart/form-data; boundary=b"
    )


def door_of(world: World, name: str) -> Post:
    """Words about to leave: from the desk, an HR officer who ends with them, the author’s page, a cell or a partner."""
    if name == "repondre":
        return desk(world, name)
    if name == "répondre et terminer":
        return first_level(world, "repondre_terminer", body="C’est corrigé.")
    if name == "répondre à une réorientation":
        return referral_answered(world)
    if name == BY_LINK:
        return answered_by_link(world)
    return on_enquiry(world, "author", "follow", body="Voici ce que vous demandiez.")


def enquiry_of(world: World, name: str, post: Post) -> Enquiry:
    """Where the files of a door came to hang."""
    rows = Enquiry.objects.visible_to(world.actor("author"))
    if name == BY_LINK:
        return rows.filter(referrals__partner__isnull=False).latest("pk")
    uid = re.search(r"[0-9a-f-]{36}", post.address)
    assert uid
    return rows.get(Q(referrals__uid=uid.group()) if "réorientation" in name else Q(uid=uid.group()))


def test_files_come_in_by_these_doors_alone() -> None:
    """A draft carries none. Mutation: add a file to any other form."""

    def every(kind: type) -> set[type]:
        return {kind}.union(*(every(one) for one in kind.__subclasses__()))

    taking = {
        one
        for one in every(forms.BaseForm)
        if one.__module__.startswith("proxirh.")
        and one.__module__ != "proxirh.ui.samples"
        and any(isinstance(field, forms.FileField) for field in getattr(one, "base_fields", {}).values())
    }
    assert taking == {ReplyForm, AnswerForm, WriteForm, CellAnswerForm, PartnerAnswerForm}


@pytest.mark.django_db
@pytest.mark.parametrize("name", DOORS)
def test_a_hostile_file_is_refused_in_french_keeps_the_words_and_changes_nothing(
    world: World, store: Path, name: str
) -> None:
    """Mutations: keep the good file of the two; trust the extension."""
    post = door_of(world, name)
    client = visitor(world, post.part)
    for given, (data, said) in {**bombs(), **mislabelled()}.items():
        uploads = [SimpleUploadedFile("bon.pdf", PDF), SimpleUploadedFile(given, data)]
        with nothing_written((name, given), but="ReferralOpening" if name == BY_LINK else ()):
            answer = post.send(world, client, files=uploads)
        assert answer.status_code == 422, (name, given)
        assert said in text(answer), (name, given)
        assert re.search(r'<html[^>]* lang="fr"', answer.text), (name, given)
        assert post.data["body"] in text(answer), (name, given)
    assert not [path for path in store.rglob("*") if path.is_file()]


@pytest.mark.django_db
@pytest.mark.parametrize("name", DOORS)
def test_a_hostile_name_becomes_a_harmless_one_and_comes_back_as_a_file_to_save(
    world: World, store: Path, name: str
) -> None:
    """Mutation: keep the name as it came, or on the disk."""
    for some in itertools.batched(HOSTILE_NAMES, 5):
        post = door_of(world, name)
        answer = send_raw(world, post, some)
        assert answer.status_code == (200 if name == BY_LINK else 302), text(answer)
        enquiry = enquiry_of(world, name, post)
        kept = list(enquiry.attachments.order_by("pk"))
        assert [one.name for one in kept] == [HOSTILE_NAMES[given] for given in some]
        for one in kept:
            back = visitor(world, "author").get(reverse("enquiries:follow_file", args=[enquiry.uid, one.uid]))
            assert back.headers["Content-Disposition"].startswith("attachment;")
            assert back.headers["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in back.headers["Content-Security-Policy"]
    stored = [path for path in store.rglob("*") if path.is_file()]
    assert len(stored) == len(HOSTILE_NAMES)
    assert all(re.fullmatch(r"[0-9a-f]{32}", path.name) for path in stored)


# ── Cost ───────────────────────────────────────────────────────────────────────────────────────────
def test_a_bomb_costs_no_more_than_an_honest_file() -> None:
    """Each in a process of its own. Mutation: read a member of an archive whole, as large as it says it is."""
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=spawning, max_tasks_per_child=1) as child:
        for given, (data, expected) in bombs().items():
            said, seconds, megabytes = child.submit(cost, given, data).result(timeout=60)
            assert expected in said, (given, said)
            assert seconds < SECONDS, (given, seconds)
            assert megabytes < MEGABYTES, (given, megabytes)
