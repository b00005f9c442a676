"""Where a resident's page is, for the apps below the workbench that must link to it without knowing its routes."""

from uuid import UUID


def patient_path(patient_id: UUID | str) -> str:
    """Path of the patient page; the workbench serves it there (a test compares the two)."""
    return f"/patients/{patient_id}/"
