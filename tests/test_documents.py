"""Documents tell the truth: their links lead somewhere, and the commands and settings that they name exist."""

import re
from pathlib import Path

import pytest

from config.variables import NAMES
from scripts.proofs import PROOFS

ROOT = Path(__file__).resolve().parent.parent
PAGES = [path for path in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]) if ".venv" not in path.parts]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def anchors(path: Path) -> set[str]:
    """Anchors of the headings of a page, as forges make them."""
    titles = re.findall(r"^#+ +(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_link_within_the_project_leads_to_a_file_and_a_heading(path: Path) -> None:
    for link in LINK.findall(path.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_command_and_setting_that_a_page_names_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"(?<=`)make ([a-z-]+)", text)) <= TARGETS
    named = {name.removesuffix("_FILE") for name in re.findall(r"PROXIRH_[A-Z_]+[A-Z]", text)}
    assert named <= {name.removesuffix("_FILE") for name in NAMES} | {"PROXIRH_TEST_DATABASE_URL"}


def test_each_proof_that_is_run_has_its_section() -> None:
    """Mutation: add a figure to scripts/proofs.py and nothing to docs/preuves.md."""
    told = Path("docs/preuves.md").read_text(encoding="utf-8")
    for proof in PROOFS:
        assert re.search(rf"^## {proof.number}\. ", told, re.MULTILINE), proof.about
        assert f"make preuves P={proof.number}`" in told
