"""Staff come from one file, a row a mission, and the service works the moment it is imported."""

from datetime import date

import pytest

from proxirh.accounts.models import Address, Person, User, address_index
from proxirh.accounts.services import account_for
from proxirh.kernel.models import DataKey, JournalEntry
from proxirh.territories.actor import read_actor
from proxirh.territories.models import (
    Academy,
    Coverage,
    Department,
    Posting,
    Site,
    StaffCategory,
    Team,
    Topic,
    WorkTie,
)
from proxirh.territories.services.routing import Need, covering_teams
from tests.territories.conftest import tally
from tests.territories.staff_file import HEADER, row

DAY = date(2026, 11, 17)

pytestmark = pytest.mark.django_db


def test_a_dry_run_counts_and_writes_nothing(load) -> None:
    outcome = load(row(), row(departement="63"), options=())
    assert (outcome.code, outcome.tally, outcome.errors) == (0, tally(added=2), "")
    assert not Person.objects.exists()
    assert not Team.objects.exists()


def test_one_row_makes_a_person_a_team_its_perimeter_and_a_mission(load, site: Site) -> None:
    outcome = load(row(courriel="Camille@Exemple.invalid", uai="0150001v", fin="2027-08-31"))
    assert (outcome.code, outcome.tally) == (0, tally(added=1))
    posting = Posting.objects.select_related("person__data_key", "team", "department", "academy").get()
    person = posting.person
    assert (person.last_name, person.first_name, person.phone) == ("Exemple", "Camille", "01 99 00 00 01")
    assert person.staff_address == "camille@exemple.invalid"
    assert bytes(person.staff_index) == address_index("camille@exemple.invalid")
    assert (posting.role, posting.profile, posting.working_share, posting.location) == (
        "conseiller",
        "enseignant",
        60,
        "etablissement",
    )
    assert (posting.valid_from, posting.valid_until) == (date(2025, 9, 1), date(2027, 8, 31))
    assert posting.site == site
    assert (posting.academy.slug, posting.department.code) == ("clermont-ferrand", "15")
    team = posting.team
    assert (team.kind, team.name, team.valid_from) == (
        "counselling",
        "Conseil RH de proximité, Cantal",
        date(2025, 9, 1),
    )
    coverage = Coverage.objects.get(team=team)
    assert (coverage.department, coverage.valid_from, coverage.valid_until) == (
        posting.department,
        date(2025, 9, 1),
        None,
    )
    assert not coverage.categories.exists()
    assert not coverage.topics.exists()
    assert not WorkTie.objects.exists(), "the place of counselling makes no conflict of interest"


def test_the_service_answers_as_soon_as_it_is_imported(load) -> None:
    """Mutation: leave the académie closed, or the team without perimeter."""
    load(row(), row(courriel="sam@exemple.invalid", role="gestionnaire", debut="2024-09-01"))
    department = Department.objects.select_related("academy").get(code="15")
    assert department.academy.opened_on == date(2025, 9, 1)
    category, topic = StaffCategory.objects.get(code="aesh"), Topic.objects.get(code="3.1")
    need = Need(department, None, category.pk, topic.pk, "3")
    assert [team.name for team in covering_teams(need, day=DAY)] == ["Conseil RH de proximité, Cantal"]
    paid = Need(department, None, category.pk, Topic.objects.get(code="8").pk, "8")
    assert [team.kind for team in covering_teams(paid, day=DAY)] == ["hr_officers", "counselling"]
    user = account_for(address="camille@exemple.invalid")
    person = Person.objects.get(user=user)
    actor = read_actor(user_id=user.pk, person_id=person.pk)
    assert actor.counsels == {Team.objects.get(kind="counselling").pk}


def test_officers_and_coordinators_do_not_open_an_academie(load) -> None:
    load(row(role="gestionnaire"), row(courriel="alix@exemple.invalid", role="coordonnateur"))
    assert not Academy.objects.exclude(opened_on=None).exists()


def test_an_opening_already_dated_is_kept(load) -> None:
    Academy.objects.filter(slug="clermont-ferrand").update(opened_on=date(2026, 1, 5))
    load(row())
    assert Academy.objects.get(slug="clermont-ferrand").opened_on == date(2026, 1, 5)


def test_a_coordinator_serves_the_academie_without_a_team(load) -> None:
    load(row(role="coordonnateur", profil="", implantation="", equipe="Équipe"), columns=f"{HEADER};equipe")
    posting = Posting.objects.get()
    assert (posting.team, posting.academy.slug, posting.department.code) == (None, "clermont-ferrand", "15")
    assert read_actor(user_id=None, person_id=posting.person_id).coordinates == {posting.academy_id}
    assert not Team.objects.exists()


def test_importing_twice_changes_nothing(load, site: Site) -> None:
    rows = [
        row(uai="0150001V", uai_liens="0150001V"),
        row(role="gestionnaire", departement="63", debut="2024-01-01", fin="2024-12-31"),
        row(courriel="alix@exemple.invalid", nom="Modèle", role="coordonnateur"),
    ]
    columns = f"{HEADER};equipe;uai_liens"
    assert load(*rows, columns=columns).tally == tally(added=3)
    tables = (Person, Team, Coverage, Posting, WorkTie, JournalEntry)
    before = [list(model.objects.order_by("pk").values()) for model in tables]
    assert load(*rows, columns=columns).tally == tally(unchanged=3)
    assert [list(model.objects.order_by("pk").values()) for model in tables] == before


@pytest.mark.parametrize(
    "change",
    [
        {"quotite": "80"},
        {"fin": "2027-08-31"},
        {"profil": "contractuel"},
        {"implantation": "dsden"},
        {"nom": "Nouveau"},
        {"telephone": "01 99 00 00 02"},
        {"uai": "0150001V"},
    ],
)
def test_a_row_that_says_otherwise_changes_its_mission(load, site: Site, change: dict[str, str]) -> None:
    load(row())
    assert load(row(**change), options=()).tally == tally(changed=1)
    assert load(row(**change)).tally == tally(changed=1)
    assert load(row(**change)).tally == tally(unchanged=1)
    assert Posting.objects.count() == Person.objects.count() == 1


def test_an_empty_telephone_leaves_the_known_one(load) -> None:
    load(row())
    assert load(row(telephone="")).tally == tally(unchanged=1)
    assert Person.objects.select_related("data_key").get().phone == "01 99 00 00 01"


def test_a_mission_that_left_the_file_is_left_as_it_is(load) -> None:
    load(row(), row(departement="63"))
    assert load(row()).tally == tally(unchanged=1)
    assert Posting.objects.filter(valid_until=None).count() == 2


def test_several_missions_of_one_person_make_one_person(load) -> None:
    load(row(), row(departement="63"), row(departement="974"), row(role="gestionnaire"))
    assert Person.objects.count() == 1
    assert Posting.objects.values("academy").distinct().count() == 2
    assert Team.objects.count() == 4


def test_someone_who_had_an_account_before_she_served_stays_the_same_person(load) -> None:
    user = User.objects.create()
    Address.objects.create(
        user=user,
        data_key=DataKey.objects.issue(),
        blind_index=address_index("camille@exemple.invalid"),
        ciphertext="camille@exemple.invalid",
    )
    person = Person.objects.create(user=user, data_key=DataKey.objects.issue(), first_name="C.", last_name="Exemple")
    load(row())
    known = Person.objects.select_related("data_key").get()
    assert (known.pk, known.user_id, known.first_name) == (person.pk, user.pk, "Camille")
    assert bytes(known.staff_index) == address_index("camille@exemple.invalid")
    assert load(row()).tally == tally(unchanged=1)


def test_another_team_of_the_academie_is_named_and_made_once(load) -> None:
    columns = f"{HEADER};equipe"
    load(
        row(equipe="Pôle nord"),
        row(departement="63", equipe="pole NORD"),
        row(courriel="alix@exemple.invalid", departement="03"),
        row(courriel="sam@exemple.invalid", departement="03", equipe="Pôle nord"),
        columns=columns,
    )
    north = Team.objects.get(name="Pôle nord")
    assert north.department is None
    covered = set(north.coverages.values_list("department__code", flat=True))
    assert covered == {"15", "63"}, "03 has a team of its own"
    assert Team.objects.get(department__code="03").coverages.count() == 1
    assert load(row(equipe="Pôle nord"), columns=columns).tally == tally(unchanged=1)
    assert load(row(), columns=HEADER).tally == tally(unchanged=1), "a file without the column leaves the team"
    assert load(row(equipe=""), columns=columns).tally == tally(changed=1)
    assert Posting.objects.get(department__code="15").team.name == "Conseil RH de proximité, Cantal"


def test_a_team_that_ended_takes_nobody_in(load) -> None:
    load(row(fin="2026-01-31"))
    Team.objects.update(valid_until=date(2026, 1, 31))
    outcome = load(row(courriel="alix@exemple.invalid", debut="2026-02-01"))
    assert (outcome.tally, outcome.refusals) == (tally(refused=1), [(2, "equipe")])


def test_ties_are_those_of_the_rows_of_the_person(load, site, other_site, district) -> None:
    columns = f"{HEADER};uai_liens"

    def ties() -> set[tuple]:
        return set(
            WorkTie.objects.values_list("kind", "site__uai", "circonscription__code", "valid_from", "valid_until")
        )

    load(
        row(uai_liens="0150001v | 0150003X", fin="2026-08-31"),
        row(departement="63", uai_liens="0150001V", debut="2026-01-01"),
        columns=columns,
    )
    assert ties() == {
        ("works", "0150001V", None, date(2025, 9, 1), None),
        ("works", None, "0150003X", date(2025, 9, 1), date(2026, 8, 31)),
    }
    person = Person.objects.get()
    WorkTie.objects.create(person=person, kind="has_authority", site=site, valid_from=DAY)
    outcome = load(row(uai_liens="0150002W", fin="2026-08-31"), columns=columns)
    assert outcome.tally == tally(changed=1)
    assert ties() == {
        ("works", "0150002W", None, date(2025, 9, 1), date(2026, 8, 31)),
        ("has_authority", "0150001V", None, DAY, None),
    }
    load(row(fin="2026-08-31"), columns=HEADER)
    assert len(ties()) == 2, "a file without the column says nothing of ties"
    load(row(fin="2026-08-31"), columns=columns)
    assert {tie[0] for tie in ties()} == {"has_authority"}


def test_the_office_of_a_circonscription_ties_to_its_schools_too(load, district) -> None:
    Site.objects.create(uai="0150003X", name="Bureau de la circonscription", department=district.department)
    load(row(uai_liens="0150003X"), columns=f"{HEADER};uai_liens")
    assert set(WorkTie.objects.values_list("site__uai", "circonscription__code")) == {
        ("0150003X", None),
        (None, "0150003X"),
    }


def test_a_refused_row_takes_no_tie_away(load, site, other_site) -> None:
    """Mutation: replace the ties by those of the accepted rows alone."""
    columns = f"{HEADER};uai_liens"
    load(row(uai_liens="0150001V"), row(departement="63", uai_liens="0150002W"), columns=columns)
    load(
        row(uai_liens="0150001V"),
        row(departement="63", uai_liens="0150002W", quotite="0"),
        columns=columns,
        options=("--apply", "--skip-refused"),
    )
    assert set(WorkTie.objects.values_list("site__uai", flat=True)) == {"0150001V", "0150002W"}


def test_names_are_nowhere_in_clear(load) -> None:
    load(row(nom="Canarinville", prenom="Serinette", telephone="01 99 00 00 77"))
    for model in (Person, Posting, Team, Coverage, JournalEntry):
        held = repr(list(model.objects.values()))
        assert "Canarinville" not in held
        assert "Serinette" not in held
        assert "00 77" not in held
    assert [entry.verb for entry in JournalEntry.objects.order_by("pk")] == ["mission.donnée", "académie.ouverte"]
