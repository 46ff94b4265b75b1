"""Each actor is led to where her day begins, and sees only the links of what she may open."""

import pytest
from django.urls import reverse

from proxirh.portal.navigation import chrome_for, home_of
from proxirh.territories.actor import ANONYMOUS, Actor

ONE = frozenset({1})
AGENT = Actor(user_id=1, person_id=1, second_factor=True)


def staff(**powers: object) -> Actor:
    return Actor(user_id=1, person_id=1, second_factor=True, **powers)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("actor", "home", "menu"),
    [
        (ANONYMOUS, "portal:home", ["Accueil", "Demander de l’aide", "Suivre ma demande", "Rencontres et visites"]),
        (
            AGENT,
            "enquiries:space",
            ["Demander de l’aide", "Suivre ma demande", "Rencontres et visites", "Mes données"],
        ),
        (
            staff(commands_sites=ONE),
            "enquiries:space",
            [
                "Permanences de mon établissement",
                "Demander de l’aide",
                "Suivre ma demande",
                "Rencontres et visites",
                "Mes données",
            ],
        ),
        (staff(counsels=ONE), "enquiries:desk", ["Bureau", "Agenda", "Mes propres demandes", "Mes données"]),
        (staff(officers=ONE), "enquiries:desk", ["Bureau", "Agenda", "Mes propres demandes", "Mes données"]),
        (
            staff(coordinates=ONE),
            "enquiries:morning",
            [
                "Ma matinée",
                "Bureau",
                "Permanences",
                "Alertes",
                "Chiffres",
                "Votre académie",
                "Second facteur perdu",
                "Mes propres demandes",
                "Mes données",
            ],
        ),
        (
            staff(heads=ONE),
            "steering:figures",
            [
                "Le service aujourd’hui",
                "Plannings",
                "Alertes",
                "Réponses à valider",
                "Chiffres",
                "Votre académie",
                "Mes propres demandes",
                "Mes données",
            ],
        ),
        (staff(is_national=True), "steering:figures", ["Chiffres", "Mes propres demandes", "Mes données"]),
        (
            staff(cells=ONE),
            "enquiries:cell",
            ["Réorientations", "Questions", "Transmissions", "Mes propres demandes", "Mes données"],
        ),
        (
            staff(lines=ONE),
            "enquiries:line",
            ["Ligne", "Mes permanences téléphoniques", "Mes propres demandes", "Mes données"],
        ),
        (staff(steers=True), "portal:home", ["Mes propres demandes", "Mes données"]),
        (
            staff(is_administrator=True),
            "portal:home",
            ["Annuaire national", "Second facteur perdu", "Mes propres demandes", "Mes données"],
        ),
        (Actor(user_id=1, person_id=1, counsels=ONE), "portal:home", ["Mes propres demandes", "Mes données"]),
    ],
)
def test_home_and_menu_follow_the_mission(actor: Actor, home: str, menu: list[str]) -> None:
    """The last one has not done the second factor: nothing of others is offered to him."""
    assert home_of(actor) == home
    assert [link.label for link in chrome_for(actor, "/").navigation] == menu


def test_current_page_is_marked_and_so_is_the_one_above() -> None:
    def current(path: str) -> list[str]:
        return [link.label for link in chrome_for(ANONYMOUS, path).navigation if link.current]

    assert current("/") == ["Accueil"]
    assert current("/demander/lieu/") == ["Demander de l’aide"]
    assert current("/aide-immediate/") == []


@pytest.mark.parametrize(
    ("name", "marked"),
    [
        ("territories:academy", "Votre académie"),
        ("territories:coverage", "Votre académie"),
        ("enquiries:calendar", "Votre académie"),
        ("enquiries:tonight", "Votre académie"),
        ("territories:listening", "Alertes"),
    ],
)
def test_pages_of_an_academie_mark_where_they_hang(name: str, marked: str) -> None:
    """Mutation: mark what the address begins with, and nothing else."""
    named = [] if name == "enquiries:tonight" else ["clermont-ferrand"]
    links = chrome_for(staff(coordinates=ONE), reverse(name, args=named)).navigation
    assert [link.label for link in links if link.current] == [marked]


def test_visitor_may_come_in_and_whoever_is_in_may_leave() -> None:
    [way_in] = chrome_for(ANONYMOUS, "/").quick_links
    mails, way_out = chrome_for(AGENT, "/").quick_links
    assert (way_in.label, way_in.post) == ("Se connecter", False)
    assert (mails.label, mails.post) == ("Mes courriels", False)
    assert (way_out.label, way_out.post) == ("Se déconnecter", True)
    assert [link.label for link in chrome_for(staff(counsels=ONE), "/").quick_links] == [
        "Mes courriels",
        "Votre sécurité",
        "Se déconnecter",
    ]


@pytest.mark.parametrize("actor", [ANONYMOUS, AGENT, staff(counsels=ONE)])
def test_help_and_quick_exit_are_offered_to_everyone(actor: Actor) -> None:
    chrome = chrome_for(actor, "/")
    assert (chrome.help_url, chrome.quick_exit_url) == ("/aide-immediate/", "/quitter/")


def test_demonstration_is_named_nowhere_else(settings) -> None:
    settings.PROXIRH_DEMO = False
    assert chrome_for(ANONYMOUS, "/").demo_links == ()
    settings.PROXIRH_DEMO = True
    assert [link.url for link in chrome_for(ANONYMOUS, "/").demo_links] == ["/demo/", "/demo/courriels/"]
