"""What happens to a resident below is settled above: no app with patient-owned rows may have forgotten a death."""

from collections.abc import Iterable

from django.apps import apps
from django.conf import settings
from django.db import models

from patients.lifecycle import Event, registered
from patients.models import Patient
from tests.guards.line import LINE, ROOF

ABOVE = [app for app in [*LINE, *ROOF] if app not in ("journal", "accounts", "alliances", "patients")]


def with_patient_rows() -> set[str]:
    """Apps above patients that own a model with a key to a patient."""
    return {
        app
        for app in ABOVE
        if app in settings.LOCAL_APPS
        for model in apps.get_app_config(app).get_models()
        if any(
            isinstance(f, models.ForeignKey) and f.related_model is Patient for f in model._meta.local_fields
        )
    }


def forgotten(owners: Iterable[str], event: Event) -> set[str]:
    """Owners of patient rows that settle nothing at the event."""
    return set(owners) - set(registered(event))


def test_every_app_with_patient_rows_settles_a_death() -> None:
    assert {"followups", "referrals"} <= with_patient_rows()
    assert forgotten(with_patient_rows(), Event.DIED) == set()


def test_an_app_that_registered_nothing_is_found() -> None:
    assert forgotten({"planted"}, Event.DIED) == {"planted"}


def test_lower_apps_settle_first() -> None:
    assert registered(Event.DIED) == ["patients", "followups", "referrals"]
