"""Forgetting an audit line fails at commit.

While the guard is on, a deferred constraint trigger on each clinical table refuses a transaction that touched the
table and wrote no AuditEvent. Tests switch it on; in production the use-cases are trusted and the trigger's cost saved.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

CLINICAL = [
    "patients_patient",
    "patients_responsibility",
    "patients_consent",
    "patients_contract",
    "patients_condition",
    "patients_enrolment",
    "patients_encounter",
    "patients_observation",
    "patients_medicationstatement",
    "patients_task",
    "followups_careplan",
    "followups_goal",
    "followups_appointment",
    "followups_assessment",
    "followups_planproposal",
    "followups_lifestylegoal",
    "followups_intervention",
    "followups_pathway",
    "followups_pathwaystep",
    "referrals_servicerequest",
    "referrals_referralstatus",
    "referrals_referralreply",
]

_FUNCTION = """
CREATE OR REPLACE FUNCTION audited_or_refused() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM journal_auditevent WHERE xact_id = pg_current_xact_id()::text::bigint
    ) THEN
        RAISE EXCEPTION 'unaudited % of %', TG_OP, TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$
"""


@contextmanager
def audited_commits() -> Iterator[None]:
    """Refuse unaudited commits to clinical tables inside the block (every connection of this database)."""
    with connection.cursor() as cursor:
        cursor.execute(_FUNCTION)
        for table in CLINICAL:
            cursor.execute(
                f"CREATE CONSTRAINT TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON {table} "
                "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audited_or_refused()"
            )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for table in CLINICAL:
                cursor.execute(f"DROP TRIGGER audited ON {table}")
