"""CHECK constraints generated from enumerations: `choices` is a hint to forms, only the database keeps a promise."""

from django.db.models import CheckConstraint, Choices, Q


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
