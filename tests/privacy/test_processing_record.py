"""The documents for the data-protection officer say what the code does: delays, levels, roles, models and proofs."""

import re
from collections.abc import Iterator
from importlib import import_module, util
from pathlib import Path

import pytest
from django.apps import apps

from proxirh.enquiries.models import Level
from proxirh.enquiries.services import published_notices
from proxirh.privacy.delays import table
from proxirh.territories.models import Role

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "rgpd"
ROOT = FOLDER.parents[1]
OPEN = "☐ À décider par le DPO"


def read(name: str) -> str:
    return plain((FOLDER / f"{name}.md").read_text(encoding="utf-8"))


def plain(text: str) -> str:
    """The same on one line, no-break spaces read as spaces."""
    return " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split())


def section(title: str) -> str:
    """Text of the processing record from a heading to the next of the same rank."""
    found = re.search(rf"## \d\. {title} (.*?)(?= ## \d\. |$)", read("registre"))
    assert found, title
    return found[1]


def classified() -> Iterator[tuple[str, str, str]]:
    """App, model, and the classes of its fields in French."""
    for config in apps.get_app_configs():
        module = f"{config.name}.personal_data"
        if config.name.startswith("proxirh.") and util.find_spec(module):
            for model, fields in getattr(import_module(module), "FIELDS", {}).items():
                yield config.label, model, " ".join(sorted({kind.value for kind in fields.values()}))


def test_each_delay_is_in_the_record_as_the_code_keeps_it() -> None:
    """Mutation: change a delay, or leave one out."""
    kept = section("Durées")
    for one in table():
        assert f"| {plain(one.what)} | {plain(one.words)} |" in kept, one.code


def test_each_level_of_access_and_each_role_is_a_recipient_or_said_not_to_be() -> None:
    """Mutation: add a level or a role."""
    told = section("Destinataires")
    for level in Level:
        assert f"| `{level.value}` | {plain(str(level.label))} |" in told, level
    for role in Role:
        assert f"| `{role.value}` |" in told, role


def test_each_classified_model_is_in_the_record_under_its_app() -> None:
    """Mutation: classify a new model."""
    kinds, told = section("Catégories de données"), {}
    for part in re.split(r" ### ", kinds)[1:]:
        told[part.partition(",")[0]] = part
    for app, model, _ in classified():
        assert f"`{model}`" in told.get(app, ""), (app, model)
    named = set(re.findall(r"`(\w+)`", re.sub(r"`[^`]*[/.][^`]*`", "", kinds)))
    assert named == {model for _, model, _ in classified()}, "nothing that the code has no more"


@pytest.mark.parametrize(("kind", "word"), [("identity", "identité"), ("content", "contenu"), ("note", "note")])
def test_the_record_says_which_models_hold_identity_content_or_notes(kind: str, word: str) -> None:
    kinds = section("Catégories de données")
    for _, model, classes in classified():
        if kind in classes.split():
            line = re.search(rf"\| `{model}` \| ([^|]*)\|", kinds)
            assert line, model
            assert word in line[1], (model, word)


def test_each_proof_that_the_assessment_cites_is_a_file_of_tests() -> None:
    """Mutation: rename a test module."""
    cited = set(re.findall(r"`(tests/[\w/.]+)`", read("aipd") + read("registre") + read("notice")))
    assert len(cited) > 15
    assert sorted(one for one in cited if not (ROOT / one).is_file()) == []


def test_open_points_are_marked_for_the_officer_in_each_document() -> None:
    for name in ("aipd", "registre", "notice"):
        assert OPEN in read(name)


def test_the_assessment_follows_the_structure_of_the_cnil() -> None:
    said = read("aipd")
    headings = ("1. Contexte", "2. Principes fondamentaux", "3. Risques", "3.1 Accès illégitime")
    for heading in (*headings, "3.2 Modification non désirée", "3.3 Disparition", "4. Plan d’action et avis"):
        assert f"# {heading} " in said
    assert said.count("Risque résiduel") == 3


def test_each_version_of_the_notice_is_in_its_page() -> None:
    """Mutation: add a version and say nothing of it."""
    said = read("notice")
    for one in published_notices():
        assert f"`proxirh/privacy/templates/privacy/notice/{one.number}.html`" in said
