"""Who gets what from every address: the whole table is kept in docs/access-matrix.csv, and an unlisted route fails.

`make matrix` writes the table and its readable form again; the difference is then read line by line.
"""

import csv
import itertools
import os
from typing import Any

import pytest
from django.http import HttpResponse

from tests.matrix import FRENCH_PARTS, MATRIX
from tests.proofs.telling import Tell
from tests.routes import VISITORS, Visitors, address_of, blanked, routes, unknown
from tests.targets import FOLLOWED, UNKNOWN, WAITING, make_targets, names_an_enquiry, relations
from tests.world import World

READABLE = MATRIX.with_name("autorisations.md")
METHODS = ("GET", "POST")
OTHER_METHODS = ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
# Parts that have nothing to do with the enquiry of the cast: they must meet what an unknown id meets.
STRANGERS = (
    "colleague",
    "excluded colleague",
    "superior",
    "counsellor elsewhere",
    "HR officer",
    "cell officer",
    "head of service",
    "steering member",
    "national referent",
    "administrator",
)
Cell = tuple[str, str, str]


@pytest.fixture
def targets(world: World) -> dict[str, dict[str, Any]]:
    """What the addresses are tried on."""
    return make_targets(world)


def answers(world: World, targets: dict[str, dict[str, Any]]) -> dict[Cell, dict[str, HttpResponse]]:
    """The answer to each (route, relation, method), part by part."""
    visitors = Visitors(world)
    found: dict[Cell, dict[str, HttpResponse]] = {}
    for route in routes():
        for relation in relations(route):
            address = address_of(route, targets[relation or UNKNOWN])
            for method in METHODS:
                found[route.name, relation, method] = {part: visitors.ask(part, method, address) for part in VISITORS}
    return found


def as_table(found: dict[Cell, dict[str, HttpResponse]]) -> list[list[str]]:
    """The lines of the file, header first."""
    lines = [["route", "relation", "méthode", *(FRENCH_PARTS[part] for part in VISITORS)]]
    for (name, relation, method), row in found.items():
        lines.append([name, relation, method, *(str(row[part].status_code) for part in VISITORS)])
    return lines


def readable(table: list[list[str]]) -> str:
    """The human page: for each address, who gets a page, who is sent to sign in, who meets a 404."""
    words = {"200": "page", "302": "renvoi", "403": "refus", "404": "introuvable", "405": "—", "422": "formulaire"}
    text = ["# Autorisations", "", "Engendré par `make matrix` à partir de `access-matrix.csv` ; ne pas modifier.", ""]
    text += ["| Adresse | Demande | Méthode | Réponse |", "|---|---|---|---|"]
    for name, relation, method, *statuses in table[1:]:
        groups: dict[str, list[str]] = {}
        for part, status in zip(table[0][3:], statuses, strict=True):
            groups.setdefault(words.get(status, status), []).append(part)
        most = max(groups, key=lambda word: len(groups[word]))
        told = [f"**{word}** : {', '.join(parts)}" for word, parts in groups.items() if word != most]
        others = "tous les autres" if told else "tout le monde"
        text.append(f"| `{name}` | {relation} | {method} | {' ; '.join([*told, f'**{most}** : {others}'])} |")
    return "\n".join(text) + "\n"


@pytest.mark.django_db
def test_every_route_answers_each_part_as_the_table_says(
    world: World, targets: dict[str, dict[str, Any]], tell: Tell
) -> None:
    """Mutation: drop a decorator, a door or a predicate from any view."""
    table = as_table(answers(world, targets))
    assert not [line for line in table[1:] if "500" in line[3:]]
    if os.environ.get("PROXIRH_TEST_WRITE_MATRIX"):
        with MATRIX.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(table)
        READABLE.write_text(readable(table), encoding="utf-8")
    with MATRIX.open(encoding="utf-8", newline="") as file:
        kept = list(csv.reader(file))
    assert kept[0] == table[0]
    changed = [line for line in table if line not in kept] + [line for line in kept if line not in table]
    unlisted = {route.name for route in routes()} - {line[0] for line in kept}
    unexplained = sum(
        "200" in (status, kept_status) and status != kept_status
        for line, kept_line in zip(table, kept, strict=False)
        for status, kept_status in zip(line, kept_line, strict=False)
    )
    tell(
        1,
        counted=f"{len(routes())} adresses, {len(table) - 1} lignes, {(len(table) - 1) * len(VISITORS)} réponses",
        target="100 % des adresses dans la table, 0 page non prévue",
        result=f"{len(unlisted)} adresse hors de la table, {unexplained} page non prévue",
    )
    assert changed == [], "run make matrix and read the difference"
    assert READABLE.read_text(encoding="utf-8") == readable(table)


@pytest.mark.django_db
def test_strangers_meet_the_same_bytes_as_for_an_id_that_does_not_exist(
    world: World, targets: dict[str, dict[str, Any]]
) -> None:
    """Mutation: answer 403 instead of 404, or name the reference in the error page."""
    visitors = Visitors(world)
    named = [route for route in routes() if names_an_enquiry(route)]
    assert named
    for route, method in itertools.product(named, METHODS):
        for part in ("anonymous", *STRANGERS):
            absent = visitors.ask(part, method, address_of(route, targets[UNKNOWN]))
            for relation in (FOLLOWED, WAITING):
                real = visitors.ask(part, method, address_of(route, targets[relation]))
                place = (route.name, relation, method, part)
                assert real.status_code == absent.status_code, place
                if part != "anonymous":
                    assert real.status_code in (404, 405), place
                wanted, got = blanked(absent), blanked(real)
                for uid in ("uid", "file_uid"):
                    got = got.replace(str(targets[relation][uid]).encode(), str(unknown()).encode())
                assert got == wanted, place


@pytest.mark.django_db
def test_other_methods_are_refused_and_head_answers_as_get(world: World, targets: dict[str, dict[str, Any]]) -> None:
    visitors = Visitors(world)
    for route in routes():
        address = address_of(route, targets[FOLLOWED])
        reading = visitors.ask("counsellor", "GET", address).status_code
        for method in OTHER_METHODS:
            status = visitors.ask("counsellor", method, address).status_code
            if method == "HEAD":
                assert status == reading, (route.name, method)
            else:
                assert status in (404, 405) or status == reading == 302, (route.name, method, status)
