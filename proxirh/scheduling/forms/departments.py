"""For which département, asked only when there are several."""

from collections.abc import Iterable
from typing import Any

from django import forms

from proxirh.territories.models import Department
from proxirh.ui.forms import Form


class DepartmentForm(Form):
    """A form that is filled in for one of some départements."""

    department = forms.ChoiceField(label="Département")

    def __init__(self, *args: Any, departments: Iterable[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._departments = {one.code: one for one in departments}
        if len(self._departments) == 1:
            del self.fields["department"]
        else:
            self.fields["department"].choices = [  # type: ignore[attr-defined]
                ("", "Choisissez"),
                *((code, str(one)) for code, one in self._departments.items()),
            ]

    @property
    def where(self) -> Department:
        """The one chosen, else the only one."""
        code = self.cleaned_data.get("department")
        return self._departments[code] if code else next(iter(self._departments.values()))
