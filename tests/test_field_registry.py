"""Every stored field is classified, and what names someone or was written by someone is encrypted."""

from importlib import import_module, util

import pytest
from django.apps import apps
from django.db import models

from proxirh.kernel.fields import EncryptedTextField
from proxirh.kernel.personal_data import DataClass

OWN = [config for config in apps.get_app_configs() if config.name.startswith("proxirh.")]
THIRD_PARTY = [config for config in apps.get_app_configs() if not config.name.startswith("proxirh.")]
PROTECTED = {DataClass.IDENTITY, DataClass.CONTENT, DataClass.NOTE}


def stored_fields(model: type[models.Model]) -> set[str]:
    """Names of the columns of a model, its many-to-many tables included under their field's name."""
    return {field.name for field in (*model._meta.concrete_fields, *model._meta.many_to_many)}


def registry(module_name: str, attribute: str) -> dict:
    """The classification of an app, empty when it stores nothing."""
    if util.find_spec(module_name) is None:
        return {}
    return getattr(import_module(module_name), attribute, {})


def classified_third_parties() -> dict[str, str]:
    """What our apps say of the tables that libraries bring, by model label."""
    found: dict[str, str] = {}
    for config in OWN:
        found |= registry(f"{config.name}.personal_data", "THIRD_PARTY")
    return found


@pytest.mark.parametrize("config", OWN, ids=lambda config: config.label)
def test_every_field_of_every_model_is_classified(config) -> None:
    """Mutation: add a field to any model."""
    declared = registry(f"{config.name}.personal_data", "FIELDS")
    stored = {model.__name__: stored_fields(model) for model in config.get_models()}
    assert {name: set(fields) for name, fields in declared.items()} == stored


@pytest.mark.parametrize("config", OWN, ids=lambda config: config.label)
def test_identity_content_and_notes_are_encrypted(config) -> None:
    """Mutation: make Message.body a TextField."""
    declared = registry(f"{config.name}.personal_data", "FIELDS")
    for model in config.get_models():
        for field in model._meta.concrete_fields:
            kind = declared[model.__name__][field.name]
            label = f"{model._meta.label}.{field.name}"
            if kind in PROTECTED:
                assert isinstance(field, EncryptedTextField), label
            if isinstance(field, EncryptedTextField):
                assert kind in PROTECTED, label


def test_tables_of_libraries_are_classified_too() -> None:
    stored = {model._meta.label for config in THIRD_PARTY for model in config.get_models(include_auto_created=True)}
    assert set(classified_third_parties()) == stored
