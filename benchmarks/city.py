"""A city by set-based statements: centres of 8,000 residents, four visits and one follow-up due the day after tomorrow each.

Triggers are off while it is filled (the owner may): what is measured begins afterwards.
"""

from typing import Any

from django.apps import apps
from django.db import connection

VISITS = 4

_EMPTY = {"ArrayField": "'{}'", "JSONField": "'{}'", "BooleanField": "false", "BigIntegerField": "1"}


def insert(label: str, source: str, /, **columns: str) -> None:
    """INSERT … SELECT into the table of a model: the expressions given, what is left out by the kind of its column."""
    model: Any = apps.get_model(label)
    for field in model._meta.local_concrete_fields:
        automatic = field.primary_key and field.get_internal_type() == "BigAutoField"
        if field.column in columns or field.null or field.has_db_default() or automatic:
            continue
        kind = field.get_internal_type()
        columns[field.column] = "gen_random_uuid()" if kind == "UUIDField" else _EMPTY.get(kind, "''")
    names, values = ", ".join(f'"{name}"' for name in columns), ", ".join(columns.values())
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {model._meta.db_table} ({names}) SELECT {values} FROM {source}")  # noqa: S608


def fill(residents: int) -> None:
    """Fill an empty database."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "TRUNCATE followups_appointment, patients_encounter, patients_patient, alliances_careteam, "
            "alliances_organization, journal_communication CASCADE"
        )
    centres = max(1, residents // 8000)
    insert("alliances.Organization", f"generate_series(1, {centres}) n", id="n", code="'c' || n", name="'中心' || n",
           tier="'community'")  # fmt: skip
    insert("alliances.CareTeam", f"generate_series(1, {centres}) n", id="n", organization_id="n", code="'t1'",
           name="'团队'", kind="'area'", composition="'{}'", areas="'[]'")  # fmt: skip
    insert("patients.Patient", f"generate_series(1, {residents}) n", name="'居民'", sex="'female'",
           birth_date="date '1958-03-02'", organization_id=f"n % {centres} + 1", care_team_id=f"n % {centres} + 1",
           last_method="(ARRAY['clinic', 'home', 'phone'])[n % 3 + 1]")  # fmt: skip
    insert("patients.Encounter", f"patients_patient p, generate_series(1, {VISITS}) v", patient_id="p.id",
           organization_id="p.organization_id", care_team_id="p.care_team_id", on="current_date + 2 - 90 * v",
           method="p.last_method", practitioner_name="'医生'", source="'form'", recorded_at="now() - v * interval '90 days'")  # fmt: skip
    insert("followups.Appointment", "patients_patient p", patient_id="p.id", organization_id="p.organization_id",
           care_team_id="p.care_team_id", booked_on="current_date - 88", due_on="(now() AT TIME ZONE 'Asia/Shanghai')::date + 2",
           reason="'routine'", status="'booked'")  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")
