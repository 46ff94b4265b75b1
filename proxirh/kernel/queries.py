"""Parts of queries that the ORM writes too heavily: nested ones, and codes that a partial index must read.

It spends half a millisecond to write one nested query; a rule of five of them cost more than the page it guards.
Names are quoted and values prepared by the fields themselves: nothing given becomes text of SQL.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import BooleanField, Expression, F, Field, Lookup
from django.db.models.functions import Now

CODE = re.compile(r"[a-z_]+")
# Where a value stands: a moment that has not passed when the database reads it.
STILL_TO_COME = object()
Written = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a model whose columns each hold one of the values given, or the value of a column outside."""

    model: str
    where: tuple[tuple[str, tuple[Any, ...]], ...]

    @property
    def meta(self) -> Any:
        """What the model says of its table."""
        return apps.get_model(self.model)._meta

    def write(self, compiler: Any, connection: Any) -> Written:
        """`table nested WHERE …`, with its parameters."""
        quote, found, params = connection.ops.quote_name, [], []
        for name, allowed in self.where:
            field = self.meta.pk if name == "pk" else self.meta.get_field(name)
            column = f"nested.{quote(field.column)}"
            if allowed[0] is STILL_TO_COME:
                now, now_params = compiler.compile(Now())
                found.append(f"{column} > {now}")
                params += now_params
            elif hasattr(allowed[0], "as_sql"):
                outside, outside_params = compiler.compile(allowed[0])
                found.append(f"{column} = {outside}")
                params += outside_params
            else:
                found.append(f"{column} IN ({', '.join(['%s'] * len(allowed))})")
                params += [field.get_db_prep_value(value, connection) for value in allowed]
        return f"{quote(self.meta.db_table)} nested WHERE {' AND '.join(found)}", tuple(params)

    def column(self, name: str, connection: Any) -> str:
        """One of their columns."""
        return f"nested.{connection.ops.quote_name(self.meta.get_field(name).column)}"


def _rows(model: str, where: dict[str, Any]) -> Rows:
    conditions = tuple((name, one if isinstance(one, tuple) else (one,)) for name, one in where.items())
    assert conditions
    assert all(allowed for _, allowed in conditions)
    return Rows(model, conditions)


# ── In a filter ────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Wanted:
    """One column, never null, of some rows."""

    column: str
    of: Rows


def wanted(model: str, column: str, **where: Any) -> Wanted:
    """Written as a filter is: `wanted("enquiries.Handling", "enquiry", person=12)`, a value or a tuple of them.

    `until=STILL_TO_COME` for a moment that has not passed.
    """
    return Wanted(column, _rows(model, where))


@Field.register_lookup
class Among(Lookup):
    """`filter(pk__among=wanted(…))`: what `pk__in` says of a queryset."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Written:
        sql, params = self.process_lhs(compiler, connection)
        rows = self.rhs.of
        assert not rows.meta.get_field(self.rhs.column).null, "NOT IN would find nothing"
        nested, nested_params = rows.write(compiler, connection)
        column = rows.column(self.rhs.column, connection)
        return f"{sql} IN (SELECT {column} FROM {nested})", (*params, *nested_params)  # noqa: S608


@Field.register_lookup
class OneOf(Lookup):
    """`filter(state__one_of=OPEN_STATES)`: the codes stand in the text, sorted as in the condition of a partial index.

    SQLite uses such an index only where it can read the condition, never through a parameter.
    """

    lookup_name = "one_of"

    def get_prep_lookup(self) -> list[str]:
        """Sorted codes; raises ValueError for what is not a code: lower case and underscores alone."""
        codes = sorted(str(code) for code in self.rhs)
        if not codes or not all(CODE.fullmatch(code) for code in codes):
            raise ValueError(f"no list of codes: {codes!r}")
        return codes

    def as_sql(self, compiler: Any, connection: Any) -> Written:
        sql, params = self.process_lhs(compiler, connection)
        codes = ", ".join(f"'{code}'" for code in self.rhs)
        return f"{sql} IN ({codes})", tuple(params)


# ── As a column more ───────────────────────────────────────────────────────────────────────────────
class _Beside(Expression):
    """Rows found for each row outside: `enquiry=F("pk")` compares with a column there."""

    def __init__(self, model: str, **where: Any) -> None:
        super().__init__()
        self.rows = _rows(model, where)

    def get_source_expressions(self) -> list[Any]:
        """The columns outside, which the query resolves and renames."""
        return [allowed[0] for _, allowed in self.rows.where if _is_outside(allowed)]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        """The same, once resolved."""
        resolved = iter(exprs)
        where = [(name, (next(resolved),) if _is_outside(allowed) else allowed) for name, allowed in self.rows.where]
        self.rows = Rows(self.rows.model, tuple(where))


def _is_outside(allowed: tuple[Any, ...]) -> bool:
    return isinstance(allowed[0], F) or hasattr(allowed[0], "as_sql")


class Exist(_Beside):
    """`annotate(author_wrote=Exist("enquiries.Message", enquiry=F("pk"), …))`."""

    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any) -> Written:
        nested, params = self.rows.write(compiler, connection)
        return f"EXISTS(SELECT 1 FROM {nested})", params  # noqa: S608


class ValueOf(_Beside):
    """`annotate(label=ValueOf("label", "territories.Topic", code=F("topic_code")))`: of the one row, or nothing."""

    def __init__(self, column: str, model: str, **where: Any) -> None:
        super().__init__(model, **where)
        self.column = column

    def _resolve_output_field(self) -> Any:
        return self.rows.meta.get_field(self.column)

    def as_sql(self, compiler: Any, connection: Any) -> Written:
        nested, params = self.rows.write(compiler, connection)
        column = self.rows.column(self.column, connection)
        return f"(SELECT {column} FROM {nested} LIMIT 1)", params  # noqa: S608
