"""CHECK constraints generated from enumerations: `choices` is a hint to forms, only the database keeps a promise."""

from collections.abc import Collection

from django.contrib.postgres.fields import ArrayField
from django.db.models import CheckConstraint, Choices, F, Func, JSONField, Q, TextField, Value
from django.db.models.lookups import Exact


def known(field: str, enumeration: type[Choices], *, table: str, null: bool = False) -> CheckConstraint:
    """The column holds a value of the enumeration (or NULL where `null`)."""
    condition = Q(**{f"{field}__in": enumeration.values})
    if null:
        condition |= Q(**{f"{field}__isnull": True})
    return CheckConstraint(condition=condition, name=f"{table}_{field}_known")


def all_known(field: str, enumeration: type[Choices], *, table: str) -> CheckConstraint:
    """Every element of the array column is a value of the enumeration."""
    return CheckConstraint(
        condition=Q(**{f"{field}__contained_by": list(enumeration.values)}), name=f"{table}_{field}_known"
    )


class Without(Func):
    """A JSON object without some of its keys (PostgreSQL's `jsonb - text[]`)."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = JSONField()


def keys_known(field: str, names: Collection[str], *, table: str) -> CheckConstraint:
    """The JSON column is an object, and every key of it is one of the names."""
    keys = Value(sorted(names), output_field=ArrayField(TextField()))
    nothing = Value({}, output_field=JSONField())
    return CheckConstraint(condition=Exact(Without(F(field), keys), nothing), name=f"{table}_{field}_known")
