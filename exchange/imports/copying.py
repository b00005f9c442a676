"""Many new rows by one COPY: what a bulk INSERT does, without building a statement that names every value.

The tables' constraints and their statement triggers (change feed) work as for an INSERT.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField, RangeField
from django.db import connection, models
from django.db.models.expressions import DatabaseDefault
from psycopg2 import sql

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NULL = "\\N"


def copy_in(rows: Iterable[models.Model]) -> None:
    """Insert unsaved rows of one model. Columns that the database fills (keys, defaults) are left to it.

    Raises Django's database errors, as an INSERT would.
    """
    batch = list(rows)
    if not batch:
        return
    model = type(batch[0])
    fields = [field for field in model._meta.concrete_fields if _given(batch[0], field)]
    columns = sql.SQL(", ").join(sql.Identifier(field.column) for field in fields)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(model._meta.db_table), columns)
    lines = _lines(batch, [(field.attname, _encoder(field)) for field in fields])
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(statement, io.StringIO("\n".join(lines) + "\n"))


def _given(row: models.Model, field: models.Field[Any, Any]) -> bool:
    value = getattr(row, field.attname)
    return not (isinstance(value, DatabaseDefault) or (value is None and field.primary_key))


def _lines(
    rows: Sequence[models.Model], encoders: Sequence[tuple[str, Callable[[Any], str]]]
) -> Iterable[str]:
    for row in rows:
        values = vars(row)
        yield "\t".join(
            _NULL if (value := values[name]) is None else encode(value).translate(_ESCAPES)
            for name, encode in encoders
        )


def _encoder(field: models.Field[Any, Any]) -> Callable[[Any], str]:
    """How a value of the field is written in COPY's text format, before escaping."""
    if isinstance(field, ArrayField):
        return _array
    if isinstance(field, RangeField):
        return _range
    if isinstance(field, models.BinaryField):
        return _binary
    if isinstance(field, models.JSONField):
        return _json
    return str


def _array(values: Sequence[str]) -> str:
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in map(str, values))
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"


def _range(period: Any) -> str:
    lower, upper = ("" if bound is None else str(bound) for bound in (period.lower, period.upper))
    return f"[{lower},{upper})"


def _binary(value: bytes) -> str:
    return "\\x" + bytes(value).hex()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
