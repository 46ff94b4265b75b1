"""A site is found as people type it, and the mailboxes that others read are known."""

import pytest

from proxirh.territories.models import Department, Site
from proxirh.territories.models.search import folded_words
from proxirh.territories.services.sites import MOST_FOUND, find_sites, is_shared_mailbox
from tests.territories.directory import make_uai

pytestmark = pytest.mark.django_db


def make_site(number: int, name: str, town: str, *, department: str = "015", **more) -> Site:
    return Site.objects.create(
        uai=make_uai(number, department),
        name=name,
        town=town,
        department=Department.objects.get(code=department.removeprefix("0")),
        **more,
    )


def search_sites(text: str) -> list[Site]:
    return find_sites(text)[0]


@pytest.fixture
def sites() -> dict[str, Site]:
    return {
        "college": make_site(1, "Collège Victor-Prototype", "Modèle", department="069", postal_code="69001"),
        "lycee": make_site(2, "Lycée Victor Prototype", "Saint-Flour", kind="Lycée", postal_code="15100"),
        "ecole": make_site(3, "École de l’Œuvre", "St-Exemple", kind="Ecole", postal_code="15000"),
        "closed": make_site(4, "Collège Prototype", "Aurillac", is_open=False),
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("college prototype modele", {"college"}),
        ("MODÈLE collège", {"college"}),
        ("victor prot", {"college", "lycee"}),
        ("prototype", {"college", "lycee"}),
        ("15100", {"lycee"}),
        ("saint flour", {"lycee"}),
        ("st flour", {"lycee"}),
        ("l'oeuvre", {"ecole"}),
        ("saint exemple ecole", {"ecole"}),
        ("lycée", {"lycee"}),
        ("le", set()),
        ("", set()),
        ("%", set()),
        ("_____", set()),
        ("otype", set()),
        ("prototype aurillac", set()),
        ("lycee cantal", {"lycee"}),
        ("victor rhone", {"college"}),
        ("victor rho", set()),
        ("\x00\u202e😀", set()),
    ],
)
def test_a_site_is_found_by_words_in_any_order(sites: dict[str, Site], text: str, found: set[str]) -> None:
    """Mutation: search the accented name, or show closed sites."""
    assert {site.pk for site in search_sites(text)} == {sites[name].pk for name in found}


def test_a_site_is_found_by_its_uai_in_either_case(sites: dict[str, Site]) -> None:
    uai = sites["lycee"].uai
    assert search_sites(uai) == search_sites(uai.lower()) == [sites["lycee"]]
    assert search_sites(f"{uai} prototype") == [sites["lycee"]]
    assert search_sites(f"{uai} modele") == []


def test_at_most_twenty_are_given_by_name(sites: dict[str, Site]) -> None:
    for number in range(10, 60):
        make_site(number, f"École maternelle {99 - number}", "Exempleville")
    found, has_more = find_sites("exempleville")
    assert has_more
    assert not find_sites("prototype")[1], "Mutation: say « more » of any search"
    assert len(found) == len(search_sites("ecole")) == MOST_FOUND
    assert [site.name for site in found] == sorted(site.name for site in found)


def test_a_text_of_five_megabytes_is_searched_like_another(sites: dict[str, Site]) -> None:
    assert search_sites("prototype " * 500_000) != []
    assert search_sites("x" * 5_000_000) == []


def test_a_search_is_two_queries(sites: dict[str, Site], django_assert_num_queries) -> None:
    """The sites, and the names of the départements."""
    with django_assert_num_queries(2):
        assert [site.department.name for site in search_sites("lycee prototype")] == ["Cantal"]


def test_search_text_follows_the_site(sites: dict[str, Site]) -> None:
    site = sites["college"]
    site.name = "Collège Renommé"
    site.save()
    assert search_sites("renomme") == [site]
    assert search_sites("college victor") == []
    made = Site.objects.bulk_create([Site(uai=make_uai(5), name="Bâtiment", department_id=site.department_id)])
    assert search_sites("batiment") == made


def test_words_are_folded_and_saint_is_written_out() -> None:
    assert folded_words("L’Île-St-Denis (n° 3)") == ["l", "ile", "saint", "denis", "n", "3"]
    assert folded_words("Stains") == ["stains"]


@pytest.mark.parametrize(
    ("address", "is_shared"),
    [
        ("ce.0150001V@ac-exemple.invalid", True),
        ("CE.0150001v@AC-EXEMPLE.INVALID", True),
        (" 0150001v@ac-exemple.invalid ", True),
        ("ecole-0150001v+copie@exemple.invalid", True),
        ("accueil@exemple.invalid", True),
        ("Accueil+rh@exemple.invalid", True),
        ('"ce.0150001v"@ac-exemple.invalid', True),
        ("ce.015\\0001v@ac-exemple.invalid", True),
        ("ce.0150001ｖ@ac-exemple.invalid", True),
        ("e0150001v@ac-exemple.fr", True),
        ("e0150001v@exemple.invalid", False),
        ('"accueil"@exemple.invalid', True),
        ("camille.exemple@ac-exemple.invalid", False),
        ("ce.0150001A@ac-exemple.invalid", True),
        ("ce.0150001A@exemple.invalid", False),
        ("camille0150001vert@exemple.invalid", False),
        ("camille@0150001v.invalid", False),
        ("", False),
    ],
)
def test_mailboxes_that_others_read_are_known(address: str, is_shared: bool) -> None:
    make_site(2, "Lycée", "Modèle", mailbox="accueil@exemple.invalid")
    assert is_shared_mailbox(address) is is_shared
