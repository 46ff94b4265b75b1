"""Where one works: found, not listed, in a division, changed, or where the service is not open yet."""

import pytest
from django.urls import reverse

from proxirh.territories.models import Division, Site
from tests.enquiries.asker import SCREENS, Asker, enquiries, shown_notice, text_of
from tests.territories.directory import make_uai
from tests.world import World


@pytest.fixture
def asker(world: World) -> Asker:
    """Someone who asks, in a browser of her own."""
    return Asker(world)


def test_a_place_is_found_by_its_town(asker: Asker) -> None:
    asker.start()
    response = asker.client.get(reverse("enquiries:ask_place"), {"q": "exempleville"})
    assert asker.world.site.name in text_of(response)
    assert asker.world.other_site.name not in text_of(response)


def test_a_search_with_too_many_results_says_so_before_them(asker: Asker) -> None:
    """Mutation: stop at twenty without a word."""
    given = asker.world.site
    Site.objects.bulk_create(
        Site(uai=make_uai(number), name=f"École {number}", town="Ville-Test", department=given.department)
        for number in range(501, 522)
    )
    asker.start()
    page = text_of(asker.client.get(reverse("enquiries:ask_place"), {"q": "ville-test"}))
    said, listed = page.index("Plus de 20 lieux correspondent"), page.index("Choisissez votre établissement")
    assert said < page.index("Mon établissement n’est pas dans la liste") < listed
    assert "Plus de 20" not in text_of(asker.client.get(reverse("enquiries:ask_place"), {"q": "ville-test 501"}))


def test_a_search_without_result_says_what_to_do(asker: Asker) -> None:
    asker.start()
    response = asker.client.get(reverse("enquiries:ask_place"), {"q": "zzzz"})
    assert "Nous n’avons rien trouvé" in text_of(response)
    assert reverse("enquiries:ask_department") in response.content.decode()


def test_a_place_that_is_not_listed_leaves_the_departement(asker: Asker) -> None:
    asker.start()
    assert asker.post("ask_place", site="absent").url == reverse("enquiries:ask_department")
    assert asker.post("ask_department").url == reverse("enquiries:ask_category")
    for screen in SCREENS[1:]:
        asker.post(screen)
    asker.send()
    (enquiry,) = enquiries()
    assert (enquiry.site, enquiry.department) == (None, asker.world.department)


def test_a_division_is_asked_where_there_are_several(asker: Asker) -> None:
    """Mutation: leave the division out of the answers."""
    pay = Division.objects.create(site=asker.world.site, name="Division de la paie")
    Division.objects.create(site=asker.world.other_site, name="Division d’ailleurs")
    asker.start()
    assert asker.post("ask_place").url == reverse("enquiries:ask_division")
    assert "Division d’ailleurs" not in text_of(asker.get("ask_division"))
    assert asker.get("ask_category").url == reverse("enquiries:ask_division")
    assert asker.post("ask_division", division="").status_code == 422
    assert asker.post("ask_division", division=str(pay.pk)).url == reverse("enquiries:ask_category")
    assert asker.post("ask_place").url == reverse("enquiries:ask_category"), "the same place again: already said"
    for screen in SCREENS[1:]:
        asker.post(screen)
    assert "Division de la paie" in text_of(asker.get("ask_review"))
    asker.send()
    (enquiry,) = enquiries()
    assert enquiry.division == pay


def test_a_division_that_is_not_listed_is_left_open(asker: Asker) -> None:
    Division.objects.create(site=asker.world.site, name="Division de la paie")
    asker.start()
    asker.post("ask_place")
    assert asker.post("ask_division", division="absent").url == reverse("enquiries:ask_category")
    assert asker.post("ask_place", site=asker.world.other_site.uai).url == reverse("enquiries:ask_category")
    assert asker.kept["division"] == ""


def test_a_wrong_place_is_changed_and_the_rest_is_kept(asker: Asker) -> None:
    asker.until("ask_review")
    before = asker.kept
    assert asker.post("ask_department", department="974").url == reverse("enquiries:ask_team")
    assert asker.kept == {**before, "department": "974", "site": "", "division": ""}
    assert asker.world.team_elsewhere.name in text_of(asker.get("ask_team"))
    assert asker.world.team_elsewhere.name in text_of(asker.get("ask_review"))


def test_a_closed_academy_is_said_at_once_and_nothing_is_lost(asker: Asker) -> None:
    asker.until("ask_review")
    before = asker.kept
    assert asker.post("ask_department", department="59").url == reverse("enquiries:ask_not_open")
    said = text_of(asker.get("ask_not_open"))
    assert "Lille" in said
    assert "Vos réponses sont gardées" in said
    assert "Changer de lieu" in said
    refused = asker.client.post(reverse("enquiries:ask_review"), shown_notice())
    assert refused.status_code == 422
    assert "n’est pas encore ouvert" in text_of(refused)
    assert enquiries() == []
    assert asker.kept == {**before, "department": "59", "site": ""}
    asker.post("ask_place")
    assert asker.get("ask_not_open").url == reverse("enquiries:ask_review"), "never said of an open académie"
