"""COPY writes what an INSERT would: text with every awkward character, arrays, JSON, bytes, periods and nothing."""

from datetime import date

import pytest
from django.db import DataError, IntegrityError
from psycopg2.extras import DateRange

from exchange.imports.copying import copy_in
from followups.models import Assessment
from journal.models import Change
from patients.models import Encounter, Identity, Patient, Responsibility
from tests.db.exchange.conftest import world  # noqa: F401

AWKWARD = "a\\b\tc\nd\re\"f\\N{g,h}'i 李佩兰 𠮷"


@pytest.fixture
def patient(world):  # noqa: F811
    return world.patient("李佩兰", number="11010519491231002X")


def made(world, **fields):  # noqa: F811
    values = {
        "name": "王二",
        "pinyin": "wang er",
        "initials": "we",
        "sex": "male",
        "birth_date": date(1950, 1, 1),
    }
    return Patient(organization=world.centre, care_team=world.team, **values | fields)


def test_text_arrays_and_missing_values_come_back_as_they_were(world):  # noqa: F811
    row = made(world, name=AWKWARD, allergies=["a,b", '"c"', "d\\e", "{f}", "NULL", ""], labels=[])
    copy_in([row])

    kept = Patient.objects.get(pk=row.pk)
    assert (kept.name, kept.allergies, kept.labels, kept.height) == (row.name, row.allergies, [], None)
    assert kept.created_at is not None


def test_json_bytes_and_periods_come_back_as_they_were(world, patient):  # noqa: F811
    visit = Encounter.objects.create(
        patient=patient, organization=world.centre, on=date(2023, 1, 1), method="clinic", practitioner_name="x",
        recorded_at="2023-01-01T00:00:00Z",
    )  # fmt: skip
    reasons = [{"text": AWKWARD, "params": {"value": "7.0"}}]
    copy_in([Assessment(encounter=visit, patient=patient, organization=world.centre, programme="hypertension",
                        on=visit.on, klass="controlled", action="routine", reasons=reasons)])  # fmt: skip
    other = made(world)
    copy_in([other])
    copy_in(
        [Responsibility(patient=other, organization=world.centre, period=DateRange(date(2020, 1, 1), None))]
    )
    copy_in([Identity(patient=other, phone_sealed=bytes(range(256)), key_version=1)])

    assert Assessment.objects.get().reasons == reasons
    period = Responsibility.objects.get(patient=other).period
    assert (period.lower, period.upper) == (date(2020, 1, 1), None)
    assert bytes(Identity.objects.get(pk=other.pk).phone_sealed) == bytes(range(256))


def test_copied_rows_stand_in_the_change_feed(world):  # noqa: F811
    rows = [made(world), made(world)]
    copy_in(rows)

    fed = Change.objects.filter(kind="patient", op="upsert").values_list("object_id", flat=True)
    assert {str(row.pk) for row in rows} <= set(fed)


def test_constraints_hold_and_answer_with_djangos_errors(world, patient):  # noqa: F811
    from django.db import transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        copy_in([made(world, sex="neither")])
    with pytest.raises(DataError), transaction.atomic():
        copy_in([made(world, name="x" * 61)])
    with pytest.raises(IntegrityError), transaction.atomic():
        copy_in([made(world, pk=patient.pk)])


def test_nothing_is_no_statement(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        copy_in([])
