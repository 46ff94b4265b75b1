"""Keys, journal, counters and signs of life: tables with no HR word."""

from __future__ import annotations

import uuid
from typing import Any, NoReturn

from django.db import models
from django.utils import timezone

from proxirh.kernel import encryption

APPEND_ONLY = "Le journal ne fait que s’allonger."


class DataKeyManager(models.Manager["DataKey"]):
    def issue(self) -> DataKey:
        """A stored fresh key."""
        key = DataKey.fresh()
        key.save(force_insert=True)
        return key

    def issue_many(self, count: int) -> list[DataKey]:
        """As many stored fresh keys, in one statement."""
        return self.bulk_create(DataKey.fresh() for _ in range(count))

    def destroy(self, *keys: int) -> None:
        """Delete keys, by primary key, without asking each model whether it holds them: the database refuses if so."""
        self.filter(pk__in=keys)._raw_delete(self.db)  # noqa: SLF001


class DataKey(models.Model):
    """The key of one owner (an enquiry, a draft, a person, a mail), wrapped by a versioned key-encryption key.

    Deleting the row makes everything it protected unreadable.
    """

    wrapped = models.BinaryField("clé enveloppée")
    version = models.PositiveSmallIntegerField("version de la clé maîtresse")
    created_at = models.DateTimeField("créée le", default=timezone.now)

    objects = DataKeyManager()

    class Meta:
        verbose_name = "clé de données"
        verbose_name_plural = "clés de données"

    def __str__(self) -> str:
        return f"clé {self.pk}"

    @classmethod
    def fresh(cls) -> DataKey:
        """An unsaved key, for bulk creation."""
        clear, wrapped, version = encryption.new_data_key()
        key = cls(wrapped=wrapped, version=version)
        key._clear = clear
        return key

    @property
    def clear(self) -> bytes:
        """The unwrapped key, kept on the instance for the time of a request."""
        if not hasattr(self, "_clear"):
            self._clear = encryption.unwrap(bytes(self.wrapped), self.version)
        return self._clear

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_clear"}


class JournalQuerySet(models.QuerySet["JournalEntry"]):
    """Lines are added; nothing changes one, and only the retention of whole sealed days removes any."""

    def update(self, **_kwargs: Any) -> NoReturn:
        raise TypeError(APPEND_ONLY)

    def bulk_update(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise TypeError(APPEND_ONLY)

    def delete(self) -> NoReturn:
        raise TypeError(APPEND_ONLY)


class JournalEntry(models.Model):
    """One act, kept without its content: who did what to which row, and when."""

    at = models.DateTimeField("le", default=timezone.now, db_index=True)
    actor = models.CharField("auteur", max_length=60)
    verb = models.CharField("acte", max_length=60)
    subject = models.CharField("objet", max_length=80)
    details = models.JSONField("précisions", default=dict)

    objects = JournalQuerySet.as_manager()

    class Meta:
        verbose_name = "ligne du journal"
        verbose_name_plural = "lignes du journal"
        indexes = [models.Index(fields=["subject", "at"], name="journal_subject")]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A new line only."""
        if not self._state.adding:
            raise TypeError(APPEND_ONLY)
        super().save(*args, **(kwargs | {"force_insert": True}))  # a key given by hand would change a line

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Never."""
        raise TypeError(APPEND_ONLY)


class Seal(models.Model):
    """Closes the lines of one day written since the seal before; `proof` is made with a key that the database lacks.

    A later seal holds the proof of the one before, so that none can be changed, added or taken away in between.
    """

    number = models.PositiveBigIntegerField("numéro", unique=True)
    day = models.DateField("jour")
    first = models.BigIntegerField("première ligne")
    last = models.BigIntegerField("dernière ligne")
    count = models.PositiveIntegerField("lignes")
    proof = models.BinaryField("preuve", max_length=encryption.INDEX_BYTES)
    sealed_at = models.DateTimeField("scellé le", default=timezone.now)

    class Meta:
        verbose_name = "scellé du journal"
        verbose_name_plural = "scellés du journal"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(first__lte=models.F("last"), count__gte=1),
                name="seal_holds_lines",
                violation_error_message="Un scellé ferme au moins une ligne.",
            )
        ]

    def __str__(self) -> str:
        return f"scellé {self.number}, {self.day:%d/%m/%Y}"


class RateCounter(models.Model):
    """How many times something was tried in one window of time; keys are digests, never addresses."""

    key = models.BinaryField("empreinte", max_length=encryption.INDEX_BYTES)
    window = models.DateTimeField("fenêtre")
    count = models.PositiveIntegerField("nombre", default=0)

    class Meta:
        verbose_name = "compteur d’essais"
        verbose_name_plural = "compteurs d’essais"
        constraints = [models.UniqueConstraint(fields=["key", "window"], name="ratecounter_key_window")]

    def __str__(self) -> str:
        return f"{self.count} depuis {self.window:%H:%M}"


class Heartbeat(models.Model):
    """The last time a process gave a sign of life."""

    name = models.CharField("nom", max_length=40, unique=True)
    seen_at = models.DateTimeField("vu le")

    class Meta:
        verbose_name = "signe de vie"
        verbose_name_plural = "signes de vie"

    def __str__(self) -> str:
        return self.name


def random_uid() -> uuid.UUID:
    """128 random bits: what an address shows instead of a primary key."""
    return uuid.uuid4()
