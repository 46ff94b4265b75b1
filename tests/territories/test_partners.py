"""The directory of external partners: who keeps it, when a partner is flagged and hidden, and where it helps."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from proxirh.kernel.errors import DomainError, NotAllowed, StaleState
from proxirh.kernel.models import JournalEntry
from proxirh.territories.forms.partners import PartnerForm
from proxirh.territories.models import Academy, Department, Partner, Topic
from proxirh.territories.models.partners import HIDDEN_AFTER
from proxirh.territories.services import partners
from proxirh.territories.services.partners import Facts
from tests.enquiries.asker import text_of as text
from tests.enquiries.visitors import visitor
from tests.world import CAST, NOW, World

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
DAY = timedelta(days=1)
LATER = NOW + timedelta(hours=1)
RUNS = {"coordinator", "head of service"}
FACTS = Facts(name="Service social", purpose="Aides, logement, dettes", phone="01 99 00 00 40", hours="9 h à 17 h")
TYPED = {"name": "CPAM", "purpose": "Arrêts de travail", "phone": "36 46"}


def add(world: World, *, part: str = "coordinator", national: bool = False, **changes: Any) -> Partner:
    more = {name: changes.pop(name) for name in ("at", "key") if name in changes}
    facts = Facts(**{name: changes.get(name, getattr(FACTS, name)) for name in Facts.__dataclass_fields__})
    return partners.add_partner(
        actor=world.actor(part), academy=None if national else world.academy, facts=facts, **({"at": NOW} | more)
    )


def reload(partner: Partner) -> Partner:
    return Partner.objects.select_related("academy").get(pk=partner.pk)


def usable(code: str, on: date = TODAY) -> set[str]:
    there = Department.objects.get(code=code)
    return set(Partner.objects.usable(there, on).values_list("name", flat=True))


def page(world: World, name: str = "partners", *more: Any, slug: str = "") -> str:
    return reverse(f"territories:{name}", args=[slug or world.academy.slug, *more])


# ── Where it helps ────────────────────────────────────────────────────────────────────────────────
def test_each_helps_where_it_says(world: World) -> None:
    """Mutations: drop `~Exists` (none named is nowhere); drop the académie from `reaches`."""
    cantal = Department.objects.get(code="15")
    add(world, name="partout", national=True, part="administrator")
    add(world, name="académie")
    add(world, name="Cantal", departments=[cantal])
    add(world, name="Cantal et Allier", departments=[cantal, Department.objects.get(code="03")])
    assert usable("15") == {"partout", "académie", "Cantal", "Cantal et Allier"}
    assert usable("03") == {"partout", "académie", "Cantal et Allier"}
    assert usable("63") == {"partout", "académie"}
    assert usable("974") == {"partout"}


def test_a_departement_of_another_academie_is_refused(world: World) -> None:
    """Mutation: drop the check."""
    with pytest.raises(DomainError, match="autre académie"):
        add(world, departments=[Department.objects.get(code="974")])


# ── Freshness ─────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("age", "is_flagged", "is_hidden"),
    [
        (0, False, False),
        (183, False, False),
        (184, True, False),
        (365, True, False),
        (366, True, True),
    ],
)
def test_six_months_flag_and_twelve_hide(world: World, age: int, is_flagged: bool, is_hidden: bool) -> None:
    """Mutation: any of the two bounds a day off, or left out of `usable`."""
    made, on = add(world), TODAY + age * DAY
    assert (made.is_flagged(on), made.is_hidden(on)) == (is_flagged, is_hidden)
    assert usable("15", on) == (set() if is_hidden else {made.name})


def test_confirming_brings_it_back(world: World) -> None:
    """Mutation: leave `confirmed_on` out of what confirming writes."""
    made = add(world)
    much_later = NOW + HIDDEN_AFTER + 9 * DAY
    assert usable("15", much_later.date()) == set()
    partners.confirm_partner(actor=world.actor("head of service"), partner=made, at=much_later)
    assert usable("15", much_later.date()) == {made.name}
    now = reload(made)
    assert (now.confirmed_on, now.confirmed_by_id) == (much_later.date(), world.people["head of service"].pk)


def test_what_a_colleague_wrote_meanwhile_is_not_confirmed_unread(world: World) -> None:
    """Mutation: drop `seen`."""
    made = add(world, at=NOW - 9 * DAY)
    read = made.changed_at
    partners.correct_partner(
        actor=world.actor("head of service"), partner=reload(made), facts=Facts("Autre", "Autre", phone="0199000041")
    )
    with pytest.raises(StaleState):
        partners.confirm_partner(actor=world.actor("coordinator"), partner=reload(made), seen=read, at=LATER)


def test_confirming_twice_the_same_day_is_once(world: World) -> None:
    """Mutation: drop the comparison: the second click would be told that a colleague wrote it."""
    made = add(world, at=NOW - 9 * DAY)
    for _ in range(2):
        partners.confirm_partner(actor=world.actor("coordinator"), partner=reload(made), seen=made.changed_at, at=NOW)
    assert JournalEntry.objects.filter(verb="interlocuteur.confirmé").count() == 1


# ── Writing ───────────────────────────────────────────────────────────────────────────────────────
def test_correcting_writes_dates_and_is_in_the_journal(world: World) -> None:
    """Mutation: leave the topics, or the date, as they were."""
    made = add(world, at=NOW - 9 * DAY)
    topic = Topic.objects.get(code="3")
    facts = Facts(name="Service  social", purpose="Tout autre chose", topics=[topic], website="https://exemple.invalid")
    partners.correct_partner(actor=world.actor("coordinator"), partner=made, facts=facts, at=NOW)
    now = reload(made)
    assert (now.name, now.purpose, now.phone, now.confirmed_on) == ("Service social", "Tout autre chose", "", TODAY)
    assert list(now.topics.all()) == [topic]
    lines = JournalEntry.objects.filter(subject=f"territories.partner:{made.uid}").order_by("pk")
    assert [line.verb for line in lines] == ["interlocuteur.ajouté", "interlocuteur.corrigé"]
    assert all(line.details == {} for line in lines)


def test_the_second_of_two_who_correct_is_told(world: World) -> None:
    """Mutation: leave `changed_at` out of what must not have moved."""
    made = add(world)
    first, second = reload(made), reload(made)
    partners.correct_partner(actor=world.actor("coordinator"), partner=first, facts=FACTS, at=LATER)
    with pytest.raises(StaleState):
        partners.correct_partner(actor=world.actor("head of service"), partner=second, facts=FACTS, at=LATER + DAY)


def test_a_name_is_taken_once_in_a_directory(world: World) -> None:
    """Mutation: drop either constraint. Another académie, the national directory, or a withdrawn one may bear it."""
    made = add(world)
    with pytest.raises(DomainError, match="déjà un interlocuteur"):
        add(world)
    add(world, national=True, part="administrator")
    with pytest.raises(DomainError, match="déjà un interlocuteur"):
        add(world, national=True, part="administrator")
    other = add(world, name="Autre")
    with pytest.raises(DomainError, match="déjà un interlocuteur"):
        partners.correct_partner(actor=world.actor("coordinator"), partner=other, facts=FACTS, at=LATER)
    partners.withdraw_partner(actor=world.actor("coordinator"), partner=made, at=NOW)
    add(world)


def test_a_double_click_adds_once(world: World) -> None:
    """Mutation: drop the key."""
    key = uuid.uuid4()
    assert add(world, key=key).pk == add(world, key=key).pk
    assert Partner.objects.count() == 1


def test_one_that_nobody_could_reach_is_refused(world: World) -> None:
    """Mutation: drop the check, or the constraint."""
    with pytest.raises(DomainError, match="moyen de le joindre"):
        add(world, phone="")
    with pytest.raises(IntegrityError), transaction.atomic():
        Partner.objects.create(academy=world.academy, name="Muet", purpose="Rien", confirmed_on=TODAY)


def test_withdrawn_it_is_shown_nowhere_and_cannot_be_written(world: World) -> None:
    """Mutation: leave `open_on` out of `usable`; drop `is_open` from `_write`."""
    made, actor = add(world), world.actor("coordinator")
    for _ in range(2):
        partners.withdraw_partner(actor=actor, partner=made, at=NOW)
    assert usable("15") == set()
    assert JournalEntry.objects.filter(verb="interlocuteur.retiré").count() == 1
    for act in (
        lambda: partners.confirm_partner(actor=actor, partner=reload(made), at=NOW + DAY),
        lambda: partners.correct_partner(actor=actor, partner=reload(made), facts=FACTS, at=LATER),
    ):
        with pytest.raises(DomainError, match="retiré"):
            act()


# ── Who ───────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("part", CAST)
def test_who_runs_the_academie_keeps_its_directory_and_nobody_else(world: World, part: str) -> None:
    """Mutation: let the administrator keep every directory; ask for any mission."""
    made, actor = add(world), world.actor(part)
    acts = (
        lambda: partners.add_partner(actor=actor, academy=world.academy, facts=Facts("x", "y", phone="1"), at=NOW),
        lambda: partners.correct_partner(actor=actor, partner=reload(made), facts=FACTS, at=NOW),
        lambda: partners.confirm_partner(actor=actor, partner=reload(made), at=NOW),
        lambda: partners.withdraw_partner(actor=actor, partner=reload(made), at=NOW),
    )
    for act in acts:
        if part in RUNS:
            act()
        else:
            with pytest.raises(NotAllowed):
                act()


@pytest.mark.parametrize("part", CAST)
def test_the_national_directory_is_the_administrators(world: World, part: str) -> None:
    """Mutation: let a coordinator keep it."""
    if part == "administrator":
        made = add(world, national=True, part=part)
        assert visitor(world, part).get(page(world, slug="national")).status_code == 200
        assert visitor(world, part).get(page(world, "change_partner", made.uid, slug="national")).status_code == 200
        return
    with pytest.raises(NotAllowed):
        add(world, national=True, part=part)
    answer = visitor(world, part).get(page(world, slug="national"))
    assert answer.status_code == (302 if part == "anonymous" else 404)


def test_a_coordinator_of_another_academie_meets_a_404(world: World) -> None:
    """Mutation: look for a partner in every directory."""
    elsewhere = Partner.objects.create(
        academy=world.elsewhere, name="Ailleurs", purpose="Rien", phone="0199000042", confirmed_on=TODAY
    )
    client = visitor(world, "coordinator")
    assert client.get(page(world, "change_partner", elsewhere.uid)).status_code == 404
    seen = f"{elsewhere.uid} {elsewhere.changed_at.isoformat()}"
    assert client.post(page(world), {"confirmer": seen}).status_code == 404
    assert client.get(page(world, slug=world.elsewhere.slug)).status_code == 404


# ── Pages ─────────────────────────────────────────────────────────────────────────────────────────
def test_the_page_flags_confirms_in_one_gesture_and_brings_back(world: World) -> None:
    """Mutation: leave hidden ones out of the list: nobody could confirm them."""
    old = timezone.now() - HIDDEN_AFTER - 3 * DAY
    made = add(world, at=old, topics=[Topic.objects.get(code="3")])
    client = visitor(world, "coordinator")
    shown = text(client.get(page(world)))
    assert "Caché : plus de douze mois sans vérification" in shown
    answer = client.post(page(world), {"confirmer": f"{made.uid} {made.changed_at.isoformat()}"}, follow=True)
    assert "est vérifié d’aujourd’hui" in text(answer)
    assert "Caché" not in text(answer)
    assert reload(made).confirmed_on == timezone.localdate()


def test_confirming_from_an_old_page_says_so(world: World) -> None:
    made = add(world, at=timezone.now() - 9 * DAY)
    before = f"{made.uid} {made.changed_at.isoformat()}"
    partners.correct_partner(actor=world.actor("head of service"), partner=reload(made), facts=FACTS)
    answer = visitor(world, "coordinator").post(page(world), {"confirmer": before}, follow=True)
    assert "Un collègue vient de corriger" in text(answer)


@pytest.mark.parametrize("named", ["", "x", "x y", f"{uuid.uuid4()} 2026-01-01T00:00:00+00:00"])
def test_a_partner_that_nothing_names_is_a_404(world: World, named: str) -> None:
    assert visitor(world, "coordinator").post(page(world), {"confirmer": named}).status_code == 404


def test_added_corrected_and_withdrawn_from_the_pages(world: World) -> None:
    client = visitor(world, "coordinator")
    assert "Aucun interlocuteur pour l’instant" in text(client.get(page(world)))
    assert client.post(page(world, "add_partner"), {**TYPED, "departments": ["15"]}).status_code == 302
    made = Partner.objects.get()
    assert (made.name, made.phone, [one.code for one in made.departments.all()]) == ("CPAM", "36 46", ["15"])
    change = page(world, "change_partner", made.uid)
    form = client.get(change).context["form"]
    typed = {**TYPED, "purpose": "Arrêts et remboursements", "seen": form["seen"].value()}
    assert client.post(change, typed).status_code == 302
    now = reload(made)
    assert (now.purpose, list(now.departments.all())) == ("Arrêts et remboursements", [])
    answer = client.post(change, typed | {"purpose": "CANARI"})
    assert answer.status_code == 422
    assert "Un collègue vient d’écrire" in text(answer)
    assert "CANARI" in answer.content.decode()
    assert client.post(change, {"geste": "retirer"}).status_code == 302
    assert "1 interlocuteur retiré" in text(client.get(page(world)))
    assert client.get(change).status_code == 404


@pytest.mark.parametrize(
    ("number", "is_right"),
    [("36 46", True), ("3646", True), ("115", True), ("116 006", True), ("01 99 00 00 40", True), ("01 99 00", False)],
)
def test_the_short_number_of_a_service_is_whole(world: World, number: str, is_right: bool) -> None:
    """Mutation: ask for ten digits."""
    assert PartnerForm({**TYPED, "phone": number}, academy=world.academy).is_valid() == is_right


@pytest.mark.parametrize(
    ("site", "is_right"), [("www.exemple.fr", True), ("https://exemple.fr", True), ("javascript:alert(1)", False)]
)
def test_a_site_is_one_that_a_browser_opens_safely(world: World, site: str, is_right: bool) -> None:
    """Mutation: take any address."""
    assert PartnerForm({**TYPED, "website": site}, academy=world.academy).is_valid() == is_right


def test_each_is_led_to_the_directories_that_she_keeps(world: World) -> None:
    for part, slug in (("coordinator", world.academy.slug), ("administrator", "national")):
        answer = visitor(world, part).get(reverse("territories:directories"))
        assert answer.headers["Location"] == page(world, slug=slug)
    assert visitor(world, "counsellor").get(reverse("territories:directories")).status_code == 404


def test_no_academie_may_be_called_as_the_national_directory() -> None:
    """Mutation: name one so."""
    assert not Academy.objects.filter(slug="national").exists()
