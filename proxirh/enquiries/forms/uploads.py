"""Files given with a message: each one told by its content while the form is checked."""

from typing import Any

from django.core.exceptions import ValidationError

from proxirh.kernel.errors import DomainError
from proxirh.kernel.files import ACCEPTED, EXTENSIONS, MEGABYTE, MOST_BYTES, CheckedFile, check_file, safe_name
from proxirh.kernel.uploads import MOST_TOGETHER
from proxirh.ui.forms import FilesField, FilesInput

TOO_BIG = "Le fichier « {} » dépasse 10 Mo. Réduisez-le ou envoyez-le en plusieurs parties."
TOO_MUCH = f"Ensemble, vos fichiers dépassent {MOST_TOGETHER // MEGABYTE} Mo. Envoyez-les en plusieurs messages."


class UploadsField(FilesField):
    """Several files; `cleaned_data` holds checked files, and one bad file refuses the form with its name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            help_text=f"{ACCEPTED} Cinq fichiers au plus.",
            widget=FilesInput(attrs={"accept": ",".join([*EXTENSIONS.values(), ".jpeg"])}),
            **kwargs,
        )

    def clean(self, data: Any, initial: Any = None) -> list[CheckedFile]:
        """Raises ValidationError with one sentence a bad file."""
        checked, faults = [], []
        for upload in super().clean(data, initial):
            if upload.size > MOST_BYTES:
                faults.append(TOO_BIG.format(safe_name(upload.name or "")))
                continue
            content = upload.read()
            if len(content) < upload.size:
                raise ValidationError(TOO_MUCH)
            try:
                checked.append(check_file(upload.name or "", content))
            except DomainError as refusal:
                faults.append(str(refusal))
        if faults:
            raise ValidationError(faults)
        return checked
