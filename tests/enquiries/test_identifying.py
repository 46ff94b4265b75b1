"""What says who an enquiry is about is seen however it is spelt, and plain words are let through."""

import pytest

from proxirh.enquiries.identifying import identified_by
from proxirh.enquiries.models import Enquiry
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def enquiry(world: World) -> Enquiry:
    made = world.taken(first_name="Éva", last_name="O’Brien-Petit", phone="0639980000", email="eva@exemple.invalid")
    made.wishes = {**made.wishes, "superior_name": "Paul Martin"}
    made.site.name, made.site.town = "Collège Jean Moulin", "Bar-le-Duc"
    return made


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("La situation d’Éva est simple", "Éva"),
        ("La situation d’E\u0301va est simple", "Éva"),
        ("EVA attend", "EVA"),
        ("Mme o'brien demande", "brien"),
        ("O'BRIEN demande", "BRIEN"),
        ("M. petit demande", "petit"),
        ("madame  petit demande", "petit"),
        ("Petit demande", "Petit"),
        ("son chef, Martin, refuse", "Martin"),
        ("au collège Jean-Moulin", "collège Jean Moulin"),
        ("AU COLLEGE JEAN MOULIN", "COLLEGE JEAN MOULIN"),
        ("à Bar le Duc", "Bar le Duc"),
        ("écrire à EVA@exemple.invalid", "eva@exemple.invalid"),
        ("au 06 39.98 00 00", "0639980000"),
    ],
)
def test_what_names_somebody_is_seen(enquiry: Enquiry, text: str, told: str) -> None:
    """Mutations: leave accents, titles, parts of names, whom she keeps away, the town, or the phone out."""
    assert identified_by(enquiry, text) in (told, "EVA" if "EVA@" in text else told)


def test_its_reference_and_the_code_of_its_school_are_seen(enquiry: Enquiry) -> None:
    """Mutation: look for the reference with its dash alone; leave the code out."""
    for said in (enquiry.reference, enquiry.reference.replace("-", "").lower(), enquiry.site.uai):
        assert identified_by(enquiry, f"au sujet de {said} :")


@pytest.mark.parametrize(
    "text",
    [
        "Un petit poste, au collège, dans le bar d’à côté",
        "Peut-elle muter après la date ? Le duc n’y peut rien",
        "Dans l’évaluation, le moulin",
    ],
)
def test_plain_words_are_let_through(enquiry: Enquiry, text: str) -> None:
    """Mutation: look for parts of names without a capital."""
    assert identified_by(enquiry, text) == ""


def test_a_school_named_as_any_other_is_seen_with_a_capital_alone(enquiry: Enquiry) -> None:
    """Mutation: look for the words of its name whatever their letters."""
    enquiry.site.name = "École primaire"
    assert identified_by(enquiry, "à l’école primaire") == ""
    assert identified_by(enquiry, "à l’École primaire") == "École primaire"
