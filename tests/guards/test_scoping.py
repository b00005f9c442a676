"""No unscoped query of patient-owned rows in views and API, and the guard finds a planted one."""

from tests.guards.line import LINE, ROOF, ROOT, sources
from tests.guards.scoping import is_doorway, patient_owned, unscoped


def test_views_and_api_reach_patients_through_a_scope_only() -> None:
    owned = patient_owned()
    files = [f for app in LINE + ROOF if (ROOT / app).is_dir() for f in sources(app)]
    doorways = [f for f in files if is_doorway(f.relative_to(ROOT))]
    assert len(doorways) > 5
    assert [f"{f.relative_to(ROOT)}: {v}" for f in doorways for v in unscoped(f.read_text(), owned)] == []


def test_patient_owned_models_are_known() -> None:
    assert {"Patient", "Encounter", "Appointment", "ServiceRequest", "Task"} <= patient_owned()


def test_planted_unscoped_queries_are_found() -> None:
    owned = {"Patient"}
    assert unscoped("Patient.objects.get(pk=1)", owned) != []
    assert unscoped("rows = Patient.objects.filter(name='x').visible_to(user)", owned) != []
    assert unscoped("get_object_or_404(Patient, pk=1)", owned) != []
    assert unscoped("get_object_or_404(Identity, pk=1)", owned) != []
    assert unscoped("Identity.objects.visible_to(user)", owned) != []


def test_a_scoped_query_passes() -> None:
    assert unscoped("get_object_or_404(Patient.objects.visible_to(request.user), pk=1)", {"Patient"}) == []
