"""The text in which a site is searched: folded words, kept by the field itself so that no writer can forget it."""

import re
from collections.abc import Sequence
from typing import Any

from django.db import models

from proxirh.kernel.text import fold

_WORD = re.compile(r"[a-z0-9]+")
_WRITTEN_OUT = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}


def folded_words(text: str) -> list[str]:
    """Words of a text in lower case without accents, “St” written out: “L’Île-St-Denis” gives l, ile, saint, denis."""
    return [_WRITTEN_OUT.get(word, word) for word in _WORD.findall(fold(text))]


class SearchTextField(models.CharField):
    """The words of other fields of the row, each once and between spaces, written at each save and bulk creation.

    A space stands at both ends, so that `contains=" hug"` finds the words that begin so.
    """

    def __init__(self, *args: Any, sources: tuple[str, ...] = (), **kwargs: Any) -> None:
        self.sources = sources
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs["sources"] = self.sources
        del kwargs["editable"]
        return name, path, args, kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        words = dict.fromkeys(folded_words(" ".join(getattr(model_instance, source) for source in self.sources)))
        text = f" {' '.join(words)} "[: self.max_length]
        setattr(model_instance, self.attname, text)
        return text
