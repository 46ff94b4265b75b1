"""The pages of an absence and of a departure: the exact list, one post, what became of it; and who may come in."""

import re
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from proxirh.enquiries.forms.relieving import MOST_AT_ONCE
from proxirh.enquiries.models import Enquiry, Handling, WorkingNote
from proxirh.enquiries.workflow import HandlingState
from proxirh.territories.models import Absence, Posting, Role, WorkTie
from tests.enquiries.handing import counsel_too
from tests.enquiries.test_morning import away, stands_in
from tests.enquiries.visitors import in_days, now_taken, same_as_unknown, text, visitor
from tests.proofs.rows import nothing_written
from tests.routes import blanked
from tests.world import CAST, LONG_AGO, World

pytestmark = pytest.mark.django_db
ABSENCE, MORNING, RELIEVED = (reverse(f"enquiries:{name}") for name in ("absence", "morning", "relieved"))


def of(world: World, name: str, part: str = "counsellor") -> str:
    return reverse(f"enquiries:{name}", args=[world.people[part].uid])


def soon(world: World) -> str:
    """The page of an absence that lasts until after what is promised."""
    return f"{of(world, 'absence_of')}?jusqu={in_days(6)}"


def leaves(world: World, part: str = "counsellor", *, days: int = 20) -> None:
    Posting.objects.filter(person=world.people[part]).update(valid_until=timezone.localdate() + timedelta(days))


def carried(answer) -> dict:
    """What the page of the exact list carries."""
    rows = [row.uid.hex for row in answer.context["rows"]]
    return {"chosen": rows, "jusqu": answer.context["until"].isoformat(), "key": str(answer.context["key"])}


def test_an_absence_is_three_clicks(world: World) -> None:
    """Mutation: write the absence as soon as somebody is chosen."""
    urgent, patient = now_taken(world), now_taken(world)
    Enquiry.objects.exclude(pk__in=[urgent.pk, patient.pk]).delete()
    Enquiry.objects.filter(pk=patient.pk).update(
        first_answered_at=timezone.now(), next_step_on=timezone.localdate() + timedelta(40)
    )
    client = visitor(world, "coordinator")
    assert ABSENCE in client.get(MORNING).content.decode()
    chosen = {"personne": str(world.people["counsellor"].uid), "jusqu": in_days(6)}
    with nothing_written("choosing"):
        led = client.get(ABSENCE, chosen)
        listed = client.get(led.headers["Location"])
    assert urgent.reference in text(listed)
    assert patient.reference not in text(listed)
    assert world.people["author"].full_name not in text(listed)
    done = client.post(of(world, "absence_of"), carried(listed))
    assert (done.status_code, done.headers["Location"]) == (302, of(world, "absence_of"))
    said = text(client.get(done.headers["Location"]))
    assert urgent.reference in said
    assert "1 demande est proposée" in said
    assert "rien n’attend" in said
    assert Absence.objects.get().valid_until == timezone.localdate() + timedelta(6)
    assert world.reload(patient).lead_id == world.people["counsellor"].pk
    back = visitor(world, "counsellor").get(RELIEVED)
    assert urgent.reference in text(back)
    assert patient.reference not in text(back)


def test_what_stays_is_listed_with_its_reason(world: World) -> None:
    stuck = now_taken(world)
    Enquiry.objects.exclude(pk=stuck.pk).delete()
    for part in set(CAST) - {"anonymous", "counsellor", "coordinator"}:
        away(world, part)
    client = visitor(world, "coordinator")
    done = client.post(of(world, "absence_of"), carried(client.get(soon(world))))
    said = text(client.get(done.headers["Location"]))
    assert "Laissée comme elle est" in said
    assert "Personne d’autre de son équipe" in said
    assert "Proposer 1 demande" in said
    assert reverse("enquiries:enquiry", args=[stuck.uid]) in said


@pytest.mark.parametrize(
    "data", [{"jusqu": "2020-01-01"}, {"jusqu": "x"}, {"key": "x"}, {"chosen": "x"}, {"jusqu": "2999-01-01"}]
)
def test_a_page_that_does_not_read_changes_nothing(world: World, data: dict) -> None:
    enquiry = now_taken(world)
    sent = {"chosen": enquiry.uid.hex, "jusqu": in_days(3), "key": str(uuid.uuid4())} | data
    client = visitor(world, "coordinator")
    with nothing_written("a page that does not read"):
        assert client.post(of(world, "absence_of"), sent).status_code == 302
    assert "Relisez" in text(client.get(ABSENCE))


@pytest.mark.parametrize("query", ["?jusqu=x", "?jusqu=2020-01-01", "?jusqu=é", "?jusqu=2026-99-99", ""])
def test_an_odd_day_in_the_address_is_today(world: World, query: str) -> None:
    answer = visitor(world, "coordinator").get(of(world, "absence_of") + query)
    assert answer.status_code == 200
    assert answer.context["until"] == timezone.localdate()


def test_the_day_is_today_unless_one_says_otherwise(world: World) -> None:
    """As a browser reads it. Mutation: print the day in French in a field of dates."""
    answer = visitor(world, "coordinator").get(ABSENCE)
    assert f'value="{timezone.localdate().isoformat()}"' in text(answer)


def test_the_choice_keeps_what_was_typed_and_says_what_is_wrong(world: World) -> None:
    answer = visitor(world, "coordinator").get(ABSENCE, {"personne": "", "jusqu": "2020-01-01"})
    assert answer.status_code == 422
    assert "Choisissez une personne" in text(answer)
    assert "Ce jour est passé" in text(answer)
    assert 'value="2020-01-01"' in text(answer)


@pytest.mark.parametrize("name", ["absence_of", "leaver"])
@pytest.mark.parametrize("part", [part for part in CAST if part not in {"anonymous", "code-only staff"}])
def test_who_may_come_in(world: World, part: str, name: str) -> None:
    """Mutations: let in whoever works at the desk, or heads the service."""
    leaves(world)
    client = visitor(world, part)
    assert client.get(of(world, name)).status_code == (200 if part == "coordinator" else 404)
    assert client.post(of(world, name)).status_code == (
        404 if part != "coordinator" else 302 if name == "absence_of" else 200
    )


@pytest.mark.parametrize("name", ["absence_of", "leaver"])
def test_a_colleague_of_elsewhere_or_oneself_is_nobody(world: World, name: str) -> None:
    """The bytes of an id that nobody has. Mutations: find any person; keep oneself in the list."""
    counsel_too(world, "coordinator")
    for part in ("counsellor elsewhere", "coordinator", "author"):
        leaves(world, part)
        address = of(world, name, part)
        client = visitor(world, "coordinator")
        for method in ("GET", "POST"):
            assert same_as_unknown(client, method, address, world.people[part].uid), (part, method)
    listed = text(visitor(world, "coordinator").get(ABSENCE))
    assert str(world.people["coordinator"].uid) not in listed
    assert str(world.people["counsellor elsewhere"].uid) not in listed


@pytest.mark.parametrize("kind", ["author", "excluded", "superior", "works there"])
def test_what_a_conflict_keeps_away_is_not_there(world: World, kind: str) -> None:
    """Byte for byte the page without it. Mutation: list through `for_system`."""
    leaves(world)
    coordinator, client = world.people["coordinator"], visitor(world, "coordinator")
    addresses = (soon(world), of(world, "leaver"))
    without = [as_read(client.get(address)) for address in addresses]
    enquiry = now_taken(world, site=world.other_site)
    assert all(enquiry.reference in as_read(client.get(address)) for address in addresses)
    if kind == "author":
        Enquiry.objects.filter(pk=enquiry.pk).update(author=coordinator)
    elif kind == "works there":
        WorkTie.objects.create(person=coordinator, kind="works", site=world.other_site, valid_from=LONG_AGO)
    else:
        enquiry.choices.create(person=coordinator, kind=kind)
    client = visitor(world, "coordinator")
    assert [as_read(client.get(address)) for address in addresses] == without


def as_read(answer) -> str:
    """What the page says, without the keys that each opening draws."""
    return re.sub(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", "—", blanked(answer).decode())


def test_every_link_of_these_pages_leads_somewhere(world: World) -> None:
    """Mutation: name an address in the block of the breadcrumb, and use it in another."""
    leaves(world)
    now_taken(world)
    paths = [MORNING, ABSENCE, soon(world), of(world, "leaver"), *map(reverse, ("enquiries:load", "enquiries:leavers"))]
    answers = [visitor(world, "coordinator").get(path) for path in paths]
    away(world)
    for answer in (*answers, visitor(world, "counsellor").get(RELIEVED)):
        assert 'href=""' not in text(answer), answer.request["PATH_INFO"]


# ── Somebody leaves ──────────────────────────────────────────────────────────────────────────────
def test_a_departure_line_by_line(world: World) -> None:
    """Two to one person with a note, the third to its team. Mutation: take everything whatever is ticked."""
    leaves(world)
    rows = [now_taken(world) for _ in range(3)]
    Enquiry.objects.exclude(pk__in=[row.pk for row in rows]).delete()
    to, client, address = world.people["fellow counsellor"], visitor(world, "coordinator"), of(world, "leaver")
    page = client.get(address)
    assert [row.reference for row in page.context["rows"]] == sorted(row.reference for row in rows)
    typed = {
        "chosen": [row.uid.hex for row in rows[:2]],
        "target": "personne",
        "to": str(to.uid),
        "note": "Relais pris le matin.",
        "key": str(uuid.uuid4()),
    }
    with nothing_written("re-reading"):
        again = client.post(address, {"geste": "relire", **typed})
    assert "Vous allez proposer 2 demandes" in text(again)
    assert "Relais pris le matin." in text(again)
    changed = client.post(address, {"geste": "changer", **typed})
    assert "Relais pris le matin.</textarea>" in text(changed)
    done = client.post(address, {"geste": "confier", **typed})
    left = client.get(done.headers["Location"])
    assert "2 demandes sont proposées" in text(left)
    assert [row.reference for row in left.context["rows"]] == [rows[2].reference]
    waiting = Handling.objects.filter(state=HandlingState.OFFERED, person=to)
    assert {one.enquiry_id for one in waiting} == {row.pk for row in rows[:2]}
    assert WorkingNote.objects.count() == 2
    client.post(address, {"geste": "confier", "chosen": rows[2].uid.hex, "target": "equipe", "key": str(uuid.uuid4())})
    assert "Rien entre ses mains" in text(client.get(address))


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(world: World) -> None:
    leaves(world)
    enquiry = now_taken(world)
    client = visitor(world, "coordinator")
    typed = {"target": "personne", "to": "", "note": "À garder.", "key": str(uuid.uuid4())}
    answer = client.post(of(world, "leaver"), {"geste": "relire", "chosen": [], **typed})
    assert answer.status_code == 422
    assert "Cochez au moins une demande" in text(answer)
    assert "Choisissez la personne" in text(answer)
    assert "À garder.</textarea>" in text(answer)
    nobody = {**typed, "to": str(world.people["coordinator"].uid), "chosen": enquiry.uid.hex}
    with nothing_written("to oneself"):
        assert client.post(of(world, "leaver"), {"geste": "confier", **nobody}).status_code == 302
    assert world.reload(enquiry).lead_id == world.people["counsellor"].pk


def test_a_long_list_comes_by_parts(world: World) -> None:
    leaves(world)
    for _ in range(MOST_AT_ONCE + 3):
        now_taken(world)
    page = visitor(world, "coordinator").get(of(world, "leaver"))
    assert len(page.context["rows"]) == MOST_AT_ONCE
    assert page.context["more"] >= 3
    assert len(page.content) < 30_000


def test_who_leaves_is_listed_and_who_goes_on_is_not(world: World) -> None:
    """Mutation: list every mission that ends."""
    leaves(world)
    leaves(world, "fellow counsellor")
    Posting.objects.create(
        person=world.people["fellow counsellor"],
        role=Role.COUNSELLOR,
        academy=world.academy,
        department=world.department,
        team=world.team,
        valid_from=timezone.localdate() + timedelta(21),
    )
    leaves(world, "co-handler", days=200)
    found = visitor(world, "coordinator").get(reverse("enquiries:leavers")).context["departures"]
    assert [one.person for one in found] == [world.people["counsellor"]]


def test_who_stands_in_does_the_same(world: World) -> None:
    enquiry = now_taken(world)
    stands_in(world)
    client = visitor(world, "co-handler")
    listed = client.get(soon(world))
    client.post(of(world, "absence_of"), carried(listed))
    assert world.reload(enquiry).lead_id is None


@pytest.mark.parametrize("part", ["coordinator", "author", "cell officer", "head of service"])
def test_only_whoever_receives_has_a_list_of_what_moved(world: World, part: str) -> None:
    assert visitor(world, part).get(RELIEVED).status_code == 404
