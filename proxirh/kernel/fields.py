"""Model fields whose value is stored encrypted under the data key of the row's owner, and opened on first access."""

import json
from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from proxirh.kernel import encryption


class Sealed(bytes):
    """A value as the database holds it, not opened yet."""


class OpeningAttribute(DeferredAttribute):
    """Opens the sealed value at first access and keeps the clear one on the instance."""

    def __get__(self, instance: models.Model | None, cls: type | None = None) -> Any:
        if instance is None:
            return self
        value = super().__get__(instance, cls)
        if isinstance(value, Sealed):
            field = cast("EncryptedTextField", self.field)
            value = field.open(instance, value)
            instance.__dict__[field.attname] = value
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        # Its presence makes this a data descriptor: without it, Python would serve the sealed value from __dict__.
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(models.BinaryField):
    """Text under AES-256-GCM; the model gives `data_key` (itself or through its owner) and a random `uid`.

    `owner` is the path of attributes to the row that holds `data_key`, for instance "enquiry".
    """

    descriptor_class = OpeningAttribute
    # What the type checker is told: rows hold text, not the bytes underneath.
    _pyi_private_set_type: Any
    _pyi_private_get_type: str  # type: ignore[assignment]

    def __init__(self, *args: Any, owner: str = "", **kwargs: Any) -> None:
        self.owner = owner
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if self.owner:
            kwargs["owner"] = self.owner
        kwargs.pop("editable", None)
        return name, path, args, kwargs

    def get_default(self) -> Any:
        return None if self.null else self.empty()

    def empty(self) -> Any:
        """Value of a new instance that was given none."""
        return ""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else Sealed(value)

    def to_python(self, value: Any) -> Any:
        return value

    def _key(self, instance: models.Model) -> bytes:
        holder: Any = instance
        for name in filter(None, self.owner.split(".")):
            holder = getattr(holder, name)
        return holder.data_key.clear

    def _place(self, uid: UUID) -> bytes:
        return encryption.place(self.model._meta.db_table, uid, str(self.column))

    def encode(self, value: Any) -> bytes:
        return value.encode()

    def decode(self, clear: bytes) -> Any:
        return clear.decode()

    def open(self, instance: models.Model, sealed: bytes) -> Any:
        """Clear value; raises DecryptionError."""
        return self.unlock(self._key(instance), cast("Any", instance).uid, sealed)

    def unlock(self, key: bytes, uid: UUID, sealed: bytes) -> Any:
        """Clear value of the row that bears `uid`, from columns alone, for who opens hundreds and needs no row.

        Raises DecryptionError.
        """
        return self.decode(encryption.unseal(key, bytes(sealed), self._place(uid)))

    def seal(self, instance: models.Model, value: Any) -> bytes | None:
        """Bytes to store for `value`, whatever wrote them (save, bulk_create or an UPDATE)."""
        if value is None or isinstance(value, Sealed):
            return value
        return Sealed(encryption.seal(self._key(instance), self.encode(value), self._place(cast("Any", instance).uid)))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        return self.seal(model_instance, model_instance.__dict__.get(self.attname))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is not None and not isinstance(value, Sealed):
            raise TypeError(f"{self.name} ne s’écrit que scellé : voir EncryptedTextField.seal.")
        return super().get_db_prep_value(None if value is None else bytes(value), connection, prepared)

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError(f"{self.name} ne s’exporte pas en clair.")


class EncryptedJSONField(EncryptedTextField):
    """A JSON value under the same protection."""

    _pyi_private_get_type: Any

    def empty(self) -> Any:
        return {}

    def encode(self, value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    def decode(self, clear: bytes) -> Any:
        return json.loads(clear.decode())  # told bytes, it would guess their encoding each time
