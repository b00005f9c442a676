"""Every column with an enumeration has a CHECK in the database that refuses any other value."""

import pghistory.models
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models


def enumerated_columns() -> list[tuple[str, str, list[str]]]:
    """(table, column, values) of every field with choices in the product's own tables; history copies excepted."""
    found = []
    for app in settings.LOCAL_APPS:
        for model in apps.get_app_config(app).get_models():
            if issubclass(model, pghistory.models.Event):
                continue
            for field in model._meta.local_concrete_fields:
                inner = field.base_field if isinstance(field, ArrayField) else field
                if inner.choices:
                    found.append(
                        (
                            model._meta.db_table,
                            field.column,
                            [str(v) for v, _ in inner.flatchoices if v != ""],
                        )
                    )
    return found


def unchecked(columns: list[tuple[str, str, list[str]]]) -> list[str]:
    """Columns whose table has no CHECK that names the column and every value."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'"
        )
        checks: dict[str, list[str]] = {}
        for table, definition in cursor.fetchall():
            checks.setdefault(table, []).append(definition)
    return [
        f"{table}.{column}"
        for table, column, values in columns
        if not any(column in d and all(f"'{v}'" in d for v in values) for d in checks.get(table, []))
    ]


@pytest.mark.django_db
def test_every_enumeration_is_checked_by_the_database() -> None:
    columns = enumerated_columns()
    assert len(columns) > 30
    assert unchecked(columns) == []


@pytest.mark.django_db
def test_a_dropped_check_is_found() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE patients_patient DROP CONSTRAINT patient_sex_known")
    assert unchecked(enumerated_columns()) == ["patients_patient.sex"]


@pytest.mark.django_db
def test_a_check_that_lacks_a_value_is_found() -> None:
    assert unchecked([("patients_patient", "sex", ["male", "female", "planted"])]) == ["patients_patient.sex"]


def test_cross_app_foreign_keys_have_no_reverse_side() -> None:
    upward = [
        f"{model.__name__}.{field.name}"
        for app in settings.LOCAL_APPS
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey)
        and field.remote_field.model._meta.app_label != app
        and not field.remote_field.hidden
    ]
    assert upward == []
