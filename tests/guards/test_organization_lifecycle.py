"""What happens to an organization below is settled above: no app that names one may have forgotten a merge or a closing."""

from collections.abc import Iterable

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

from alliances import lifecycle
from alliances.lifecycle import Event, Matter, Part
from alliances.models import CareTeam, Organization
from tests.guards.line import LINE, ROOF

ABOVE = [app for app in [*LINE, *ROOF] if app in settings.LOCAL_APPS and app not in ("journal", "accounts")]


def naming(models_of_app: Iterable[type[models.Model]]) -> list[str]:
    """The models that have a key to an organization or a team."""
    return [
        model.__name__
        for model in models_of_app
        if any(
            isinstance(field, models.ForeignKey) and field.related_model in (Organization, CareTeam)
            for field in model._meta.local_fields
        )
    ]


def with_organizations() -> set[str]:
    """Apps that own a model which names an organization or a team."""
    return {app for app in ABOVE if naming(apps.get_app_config(app).get_models())}


def forgotten(owners: Iterable[str], event: Event) -> set[str]:
    """Owners of such models that take no part in the event."""
    return set(owners) - set(lifecycle.registered(event))


@pytest.mark.parametrize("event", [Event.ORGANIZATION_MERGED, Event.ORGANIZATION_CLOSED])
def test_every_app_that_names_organizations_takes_part(event: Event) -> None:
    assert {
        "alliances",
        "patients",
        "followups",
        "referrals",
        "performance",
        "exchange",
    } <= with_organizations()
    assert forgotten(with_organizations(), event) == set()


def test_an_app_that_registered_nothing_is_found() -> None:
    assert forgotten({"planted"}, Event.ORGANIZATION_MERGED) == {"planted"}
    assert naming(apps.get_app_config("accounts").get_models()) == []
    assert "Patient" in naming(apps.get_app_config("patients").get_models())


def test_lower_apps_settle_first() -> None:
    assert lifecycle.registered(Event.ORGANIZATION_MERGED) == [
        "alliances", "patients", "followups", "referrals", "performance", "exchange",
    ]  # fmt: skip


def test_an_app_registers_once_per_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "_registry", {event: {} for event in Event})
    part = Part(lambda happening: [Matter("x", 1)])
    lifecycle.register(Event.TEAM_CLOSED, "planted", part)
    lifecycle.register(Event.TEAM_CLOSED, "planted", part)
    with pytest.raises(ValueError, match="twice"):
        lifecycle.register(Event.TEAM_CLOSED, "planted", Part())
