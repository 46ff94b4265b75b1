"""Forms help before they scold, and lose nothing that was typed."""

from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from proxirh.ui.forms import TEXT_LIMIT, Checkboxes, CodeField, DateField, FilesField, Form, Radios
from tests.strict_client import faults_of
from tests.ui.conftest import EVIL


class AskForm(Form):
    """A form with a field of each family."""

    name = forms.CharField(label="Votre nom", help_text="Comme sur votre bulletin.", max_length=20)
    nickname = forms.CharField(label="Nom d’usage", required=False)
    email = forms.EmailField(label="Votre adresse", help_text="Personnelle.")
    means = forms.ChoiceField(
        label="Par quel moyen",
        help_text="Un seul.",
        choices=[("tel", "Téléphone"), ("visio", "Visioconférence")],
        widget=Radios(rich=True, hints={"tel": "Le soir aussi"}),
    )
    times = forms.MultipleChoiceField(
        label="Moments", choices=[(1, "Matin"), (2, "Soir")], widget=Checkboxes(hints={1: "Avant midi"}), required=False
    )
    words = forms.CharField(label="Vos mots", widget=forms.Textarea, max_length=50)
    on = DateField(label="À partir du", required=False)
    documents = FilesField(label="Pièces", required=False, max_files=2)
    agree = forms.BooleanField(label="J’accepte", help_text="Vous pourrez revenir dessus.")


FILLED = {"name": "Alix", "email": "alix@exemple.fr", "means": "tel", "words": "Bonjour", "agree": "on"}


def page(form: Form) -> BeautifulSoup:
    return BeautifulSoup(str(form), "html.parser")


def test_help_and_error_are_both_read_after_the_label():
    soup = page(AskForm({}))
    field = soup.find(id="id_name")
    ids = field["aria-describedby"].split()
    assert [soup.find(id=one).get_text(strip=True) for one in ids] == [
        "Comme sur votre bulletin.",
        "Complétez\u00a0: Votre nom",
    ]
    assert field["aria-invalid"] == "true"


@pytest.mark.parametrize(("name", "tag"), [("means", "fieldset"), ("agree", "input")])
def test_choices_and_boxes_are_described_too(name, tag):
    soup = page(AskForm({}))
    described = soup.find(tag, id=f"id_{name}")["aria-describedby"].split()
    assert [bool(soup.find(id=one)) for one in described] == [True, True]


def test_optional_fields_say_so_and_required_ones_carry_no_mark():
    soup = page(AskForm())
    labels = {label["for"]: label.get_text(" ", strip=True) for label in soup.find_all("label")}
    assert labels["id_nickname"] == "Nom d’usage (facultatif)"
    assert labels["id_name"] == "Votre nom"
    assert soup.fieldset.legend.get_text(strip=True) == "Par quel moyen"
    assert "*" not in soup.get_text()


def test_one_question_alone_spares_the_sentence_about_all_fields():
    class OneQuestion(Form):
        name = forms.CharField(label="Votre nom")

    assert "Sauf mention contraire" not in str(OneQuestion())
    assert "Sauf mention contraire" in str(AskForm())


def test_every_error_is_listed_first_with_a_link_to_its_field():
    soup = page(AskForm({"email": "alix@"}))
    summary = soup.select_one(".ui-error-summary")
    assert summary["role"] == "alert"
    assert summary["tabindex"] == "-1"
    targets = [link["href"].removeprefix("#") for link in summary.find_all("a")]
    assert targets == ["id_name", "id_email", "id_means_0", "id_words", "id_agree"]
    assert all(soup.find("input", id=one) or soup.find("textarea", id=one) for one in targets)


def test_an_error_of_the_whole_form_is_listed_without_link():
    form = AskForm(FILLED)
    form.add_error(None, "Ce créneau vient d’être pris.")
    summary = page(form).select_one(".ui-error-summary")
    assert summary.li.get_text() == "Ce créneau vient d’être pris."
    assert not summary.a


def test_a_valid_form_shows_no_summary():
    assert not page(AskForm(FILLED)).select(".ui-error-summary")


def test_what_was_typed_comes_back_with_the_errors():
    soup = page(AskForm({"name": "Alix", "means": "visio", "times": ["2"], "words": "Déjà écrit", "on": "2027-03-09"}))
    assert soup.find(id="id_name")["value"] == "Alix"
    assert soup.find("input", {"name": "means", "checked": True})["value"] == "visio"
    assert soup.find("input", {"name": "times", "checked": True})["value"] == "2"
    assert soup.textarea.get_text().strip() == "Déjà écrit"
    assert soup.find(id="id_on")["value"] == "2027-03-09"


def test_only_files_are_said_to_be_chosen_again():
    class NoFile(Form):
        name = forms.CharField(label="Nom")

    assert "fichiers sont à choisir de nouveau" in str(AskForm({}))
    assert "fichiers" not in str(NoFile({}))


def test_labels_help_choices_and_values_are_never_markup():
    class Evil(Form):
        field = forms.CharField(label=EVIL, help_text=EVIL)
        choice = forms.ChoiceField(label=EVIL, help_text=EVIL, choices=[("a", EVIL)], widget=Radios(hints={"a": EVIL}))
        box = forms.BooleanField(label=EVIL, help_text=EVIL)
        text = forms.CharField(label=EVIL, widget=forms.Textarea)

    for form in (
        Evil(),
        Evil({"field": EVIL, "text": EVIL, "choice": EVIL}),
        Evil(initial={"field": EVIL, "text": EVIL}),
    ):
        html = str(form)
        assert "alert(1)" in html
        assert "<script" not in html
        assert not BeautifulSoup(html, "html.parser").find_all("b")
        assert not faults_of(html)


def test_marks_that_deceive_are_dropped_before_anything_reads_the_text():
    form = AskForm(FILLED | {"name": "Al\x00ix\u202e", "words": "Bonjour \u2066🙂"})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["name"] == "Alix"
    assert form.cleaned_data["words"] == "Bonjour 🙂"


def test_all_values_of_a_repeated_field_are_kept():
    form = AskForm(QueryDict("name=A&email=a@exemple.fr&means=tel&words=b&agree=on&times=1&times=2"))
    assert form.is_valid(), form.errors
    assert form.cleaned_data["times"] == ["1", "2"]


def test_a_text_too_long_is_refused_in_a_sentence_and_given_back_whole():
    form = AskForm(FILLED | {"words": "a" * 51})
    [error] = form.errors["words"]
    assert error.startswith("Ce texte est trop long\u00a0: 50\u00a0caractères au plus, et le vôtre en compte 51.")
    assert page(form).textarea.get_text().strip() == "a" * 51


def test_a_field_without_limit_has_one_all_the_same():
    form = AskForm(FILLED | {"nickname": "a" * 5_000_000})
    assert list(form.errors) == ["nickname"]
    assert AskForm(FILLED | {"nickname": "a" * TEXT_LIMIT}).is_valid()


def test_a_hidden_key_has_no_length():
    """Mutation: bound every CharField, which a UUIDField is: each form with a key then fails."""

    class KeyedForm(Form):
        key = forms.UUIDField(widget=forms.HiddenInput)

    assert KeyedForm({"key": "6f1c0b1e-9f0a-4c55-8c0e-0d9a3e1f7a11"}).is_valid()


def test_a_long_text_is_counted_and_never_cut_by_the_browser():
    area = page(AskForm()).textarea
    assert area["data-ui-count"] == "50"
    assert "maxlength" not in area.attrs
    assert page(AskForm()).find(id="id_name")["maxlength"] == "20"


@pytest.mark.parametrize(
    ("data", "name", "phrase"),
    [
        ({"email": "alix@"}, "email", "Cette adresse n’est pas complète. Exemple\u00a0: prenom.nom@exemple.fr"),
        ({"means": "pigeon"}, "means", "Cette réponse n’est pas dans la liste. Choisissez-en une autre."),
        ({"on": "31/02/2027"}, "on", "Cette date n’existe pas ou n’est pas complète. Exemple\u00a0: 03/09/2027"),
        ({"means": ""}, "means", "Choisissez une réponse\u00a0: Par quel moyen"),
        ({"agree": ""}, "agree", "Cochez la case\u00a0: J’accepte"),
    ],
)
def test_an_error_says_what_to_do(data, name, phrase):
    assert AskForm(FILLED | data).errors[name] == [phrase]


def test_the_author_of_a_form_keeps_the_last_word_on_its_phrases():
    class Own(Form):
        name = forms.CharField(
            label="Nom", max_length=3, error_messages={"required": "Dites qui.", "max_length": "Trop."}
        )

    assert Own({"name": ""}).errors["name"] == ["Dites qui."]
    assert Own({"name": "abcd"}).errors["name"] == ["Trop."]


@pytest.mark.parametrize("typed", ["123456", "123 456", " 123-456 ", "123\u00a0456"])
def test_a_code_is_understood_however_it_is_spaced(typed):
    class CodeForm(Form):
        code = CodeField(label="Code")

    form = CodeForm({"code": typed})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["code"] == "123456"


@pytest.mark.parametrize("typed", ["12345", "1234567", "12345a", "１２３４５６"])
def test_a_code_of_another_shape_is_refused_kindly(typed):
    class CodeForm(Form):
        code = CodeField(label="Code")

    assert CodeForm({"code": typed}).errors["code"] == [
        "Le code compte 6\u00a0chiffres. Vérifiez celui que vous avez reçu."
    ]


def test_the_keyboard_and_the_browser_help_with_codes_and_addresses():
    class CodeForm(Form):
        code = CodeField(label="Code")
        email = forms.EmailField(label="Adresse")
        other = forms.EmailField(label="Autre", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
        phone = forms.CharField(label="Téléphone", widget=forms.TelInput)

    soup = page(CodeForm())
    assert soup.find(id="id_code")["autocomplete"] == "one-time-code"
    assert soup.find(id="id_code")["inputmode"] == "numeric"
    assert soup.find(id="id_email")["autocomplete"] == "email"
    assert soup.find(id="id_other")["autocomplete"] == "off"
    assert soup.find(id="id_phone")["autocomplete"] == "tel"


def files(*contents: bytes) -> MultiValueDict:
    names = (f"{index}.pdf" for index, _ in enumerate(contents))
    return MultiValueDict(
        {"documents": [SimpleUploadedFile(name, one) for name, one in zip(names, contents, strict=True)]}
    )


@pytest.mark.parametrize("address", ['"alix"@exemple.fr', '"a\\lix"@exemple.fr', "alix@[192.0.2.1]"])
def test_an_address_is_written_in_one_way_only(address):
    """Mutation: drop _PLAIN_ADDRESS; one mailbox then gets as many mails as it has ways to be quoted."""
    form = AskForm(FILLED | {"email": address})
    assert "donnez-en une qui s’écrit sans" in form.errors["email"][0]


def test_several_files_arrive_together():
    form = AskForm(FILLED, files(b"a", b"b"))
    assert form.is_valid(), form.errors
    assert [file.name for file in form.cleaned_data["documents"]] == ["0.pdf", "1.pdf"]
    assert AskForm(FILLED).is_valid()


@pytest.mark.parametrize(
    ("contents", "phrase"),
    [
        ((b"a", b"b", b"c"), "Vous pouvez joindre 2\u00a0fichiers au plus. Retirez-en."),
        ((b"a", b""), "Ce fichier est vide. Choisissez-en un autre."),
    ],
)
def test_files_that_cannot_be_taken_are_refused_together(contents, phrase):
    assert AskForm(FILLED, files(*contents)).errors["documents"] == [phrase]


def test_a_hint_of_an_answer_is_part_of_its_label():
    soup = page(AskForm())
    assert soup.find("label", {"for": "id_means_0"}).get_text(" ", strip=True) == "Téléphone Le soir aussi"
    assert soup.find("label", {"for": "id_times_0"}).get_text(" ", strip=True) == "Matin Avant midi"
    assert [box["type"] for box in soup.find_all("input", {"name": "times"})] == ["checkbox", "checkbox"]


def groups(soup: BeautifulSoup) -> Iterator[str]:
    for element in soup.select(".ui-field"):
        yield element["class"][0]


def test_each_family_of_field_wears_the_classes_of_the_design_system():
    class Families(Form):
        text = forms.CharField(label="a")
        pick = forms.ChoiceField(label="b", choices=[("1", "un")])
        file = forms.FileField(label="c")
        box = forms.BooleanField(label="d")
        radio = forms.ChoiceField(label="e", choices=[("1", "un")], widget=Radios)

    soup = page(Families())
    assert list(groups(soup)) == [
        "fr-input-group",
        "fr-select-group",
        "fr-upload-group",
        "fr-checkbox-group",
        "fr-fieldset",
    ]
    assert "fr-upload" in soup.find(id="id_file")["class"]
    assert "fr-select" in soup.find(id="id_pick")["class"]


def test_one_field_can_be_printed_alone():
    html = AskForm()["name"].as_field_group()
    assert "id_name_helptext" in html
    assert "id_email" not in html
