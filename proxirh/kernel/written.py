"""Queries written once and asked many times: for a page of ours, the ORM writes longer than the database answers.

    @written_once
    def postings_of(person: int) -> QuerySet:
        return Posting.objects.filter(person_id=person, valid_from__lte=Given("day", DateField()))

    postings_of(12).read(day=today)

The text is kept, never the rows. The function must depend on its arguments alone, and on nothing that changes (a
clock, a setting, a row): what does is a `Given`. In the suite, each text kept is compared with one written anew.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache, partial, wraps
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Expression, Field, QuerySet
from django.utils.functional import LazyObject

# By function and by process: a text weighs 25 to 75 kB, and a web process has 130 MB for everything.
MOST_KEPT = 100


class Given(Expression):
    """A value that each reading brings: `filter(uid=Given("uid", UUIDField()))`."""

    def __init__(self, name: str, field: Field, place: int | None = None) -> None:
        super().__init__(output_field=field)
        self.name, self.place = name, place

    @classmethod
    def each(cls, name: str, field: Field, count: int) -> "list[Given]":
        """As many places for a sequence of values: `filter(key__in=Given.each("keys", BinaryField(), 2))`."""
        return [cls(name, field, place) for place in range(count)]

    def value(self, given: dict[str, Any]) -> Any:
        """What this reading brings."""
        brought = given[self.name]
        return brought if self.place is None else brought[self.place]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """A place for the value, with itself as its mark."""
        return "%s", (self,)


@dataclass(frozen=True, slots=True)
class Text:
    """What a compiler learns by writing a query, and what Django asks it while it reads the rows."""

    sql: str
    params: tuple[Any, ...]
    learnt: dict[str, Any]

    @classmethod
    def of(cls, compiler: Any) -> "Text":
        """Written now; raises EmptyResultSet as the compiler does for what can find nothing."""
        assert not compiler.query.select_for_update, "a lock is not a reading"
        sql, params = compiler.as_sql()
        names = ("select", "klass_info", "annotation_col_map", "col_count", "has_extra_select")
        return cls(sql, tuple(params), {name: getattr(compiler, name) for name in names})

    def filled(self, connection: Any, given: dict[str, Any]) -> tuple[str, tuple[Any, ...]]:
        """The text with the values of one reading, prepared by the fields of their columns."""
        return self.sql, tuple(
            param.output_field.get_db_prep_value(param.value(given), connection) if isinstance(param, Given) else param
            for param in self.params
        )


class Written:
    """One query with its text, by database."""

    def __init__(self, build: Callable[[], QuerySet]) -> None:
        self.build = build
        self._rows = build()
        self._texts: dict[str, Text] = {}

    def read(self, **given: Any) -> list[Any]:
        """Rows as they are now: what the queryset gives as a list."""
        rows = self._rows.all()
        # Never handed out: a filter added to it would be ignored.
        rows.query.get_compiler = partial(self._compiler, rows.query, given)  # type: ignore[method-assign]
        try:
            return list(rows)
        except EmptyResultSet:  # the text could not be written: nothing can be found
            return []
        finally:
            del rows.query.get_compiler  # it holds the query that holds it

    def first(self, **given: Any) -> Any:
        """The first row in the order of the query, or nothing; all are read, so it is for what finds one or is cut."""
        return next(iter(self.read(**given)), None)

    def _compiler(self, query: Any, given: dict[str, Any], using: str, connection: Any = None) -> Any:
        compiler = type(query).get_compiler(query, using=using)
        text = self.text(using)
        for name, value in text.learnt.items():
            setattr(compiler, name, value)
        compiler.as_sql = partial(text.filled, compiler.connection, given)
        return compiler

    def text(self, using: str) -> Text:
        """The text for this database, written at first use."""
        if using not in self._texts:
            # Built anew: writing changes nested queries, which clones share and another thread may be writing.
            self._texts[using] = Text.of(self.build().query.get_compiler(using=using))
        return self._texts[using]


def written_once[**P](build: Callable[P, QuerySet]) -> Callable[P, Written]:
    """The query that `build` writes, kept by its arguments: hashable, and saying all that it depends on."""

    @lru_cache(MOST_KEPT)
    def kept(*arguments: Hashable) -> Written:
        return Written(partial(build, *arguments))  # type: ignore[arg-type]

    @wraps(build)
    def written(*arguments: Hashable) -> Written:
        return kept(*(_plain(argument) for argument in arguments))

    return written  # type: ignore[return-value]


def _plain(argument: Any) -> Any:
    """What a lazy object holds: kept itself, it would keep alive the request it reads from."""
    if not issubclass(type(argument), LazyObject):
        return argument
    bool(argument)
    return argument._wrapped  # noqa: SLF001
