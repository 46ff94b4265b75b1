"""Lookups for rules that every query carries: `among`, a light nested query, and `one_of`, codes written in full.

The ORM spends half a millisecond to write one nested query; a rule of five of them cost more than the page it guards.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Field, Lookup

CODE = re.compile(r"[a-z_]+")


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a model whose columns each hold one of the values given, and which of their columns is wanted."""

    model: str
    wanted: str
    where: tuple[tuple[str, tuple[Any, ...]], ...]


def rows(model: str, wanted: str, **where: Any) -> Rows:
    """Written as a filter is, with one value or a tuple of them: `rows("enquiries.Handling", "enquiry", person=12)`."""
    conditions = tuple((name, one if isinstance(one, tuple) else (one,)) for name, one in where.items())
    assert conditions
    assert all(allowed for _, allowed in conditions)
    return Rows(model, wanted, conditions)


@Field.register_lookup
class Among(Lookup):
    """`filter(pk__among=rows(…))`: what `pk__in` says of a queryset."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Names are quoted and values prepared by the fields themselves: nothing given becomes text of SQL."""
        sql, params = self.process_lhs(compiler, connection)
        meta, quote = apps.get_model(self.rhs.model)._meta, connection.ops.quote_name
        found, values = [], list(params)
        for name, allowed in self.rhs.where:
            field = meta.pk if name == "pk" else meta.get_field(name)
            found.append(f"{quote(field.column)} IN ({', '.join(['%s'] * len(allowed))})")
            values += [field.get_db_prep_value(value, connection) for value in allowed]
        wanted = meta.get_field(self.rhs.wanted)
        assert not wanted.null, "NOT IN would find nothing"
        nested = f"SELECT {quote(wanted.column)} FROM {quote(meta.db_table)} WHERE {' AND '.join(found)}"  # noqa: S608
        return f"{sql} IN ({nested})", tuple(values)


@Field.register_lookup
class OneOf(Lookup):
    """`filter(state__one_of=OPEN_STATES)`: the codes stand in the text, sorted as in the condition of a partial index.

    SQLite uses such an index only where it can read the condition, never through a parameter.
    """

    lookup_name = "one_of"

    def get_prep_lookup(self) -> list[str]:
        """Sorted codes; raises ValueError for what is not a code."""
        codes = sorted(str(code) for code in self.rhs)
        if not codes or not all(CODE.fullmatch(code) for code in codes):
            raise ValueError(f"no list of codes: {codes!r}")
        return codes

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Lower case and underscores alone, so that quotes are enough."""
        sql, params = self.process_lhs(compiler, connection)
        codes = ", ".join(f"'{code}'" for code in self.rhs)
        return f"{sql} IN ({codes})", tuple(params)
