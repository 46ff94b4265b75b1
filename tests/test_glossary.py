"""The glossary is code: docs/glossaire.md and the models say the same French names."""

import re
from pathlib import Path

from django.apps import apps

GLOSSARY = Path(__file__).resolve().parent.parent / "docs" / "glossaire.md"


def listed() -> dict[str, str]:
    """Model → French name, as the table of models of the document says."""
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", GLOSSARY.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: french.strip() for name, french in rows}


def test_each_model_has_its_french_name_in_the_glossary() -> None:
    """Mutation: rename a verbose_name, or add a model without a line."""
    models = {
        model.__name__: str(model._meta.verbose_name)
        for config in apps.get_app_configs()
        if config.name.startswith("proxirh.")
        for model in config.get_models()
    }
    assert listed() == models


def test_french_names_are_lower_case_and_have_a_plural() -> None:
    for config in apps.get_app_configs():
        if config.name.startswith("proxirh."):
            for model in config.get_models():
                name = str(model._meta.verbose_name)
                assert name[0].islower(), name
                in_two_words = " " in name and not name.partition(" ")[0].endswith("s")  # « accès » never changes
                assert str(model._meta.verbose_name_plural) != f"{name}s" or not in_two_words, name
