"""Symptoms of an imported visit: none and an empty cell, and visits from before the eyes were told apart."""

from patients.models import Encounter
from tests.rosters import resident, visit


def test_a_visit_of_an_import_from_before_the_eyes_were_told_apart_is_the_same_visit(load):
    rows = ([resident()], [visit(symptoms="视力模糊", adverse_reaction="无")])
    load(*rows)
    made = Encounter.objects.get()
    assert (made.symptoms, made.findings) == (["blurred_sight"], {"answered_none": ["adverse_reaction"]})
    Encounter.objects.update(symptoms=["blurred_vision"], findings={})
    load(*rows)
    assert Encounter.objects.get().symptoms == ["blurred_vision"]
