"""One visit with its readings, what else was measured, and what the resident takes."""

from typing import ClassVar

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alliances.models import CareTeam, Organization
from journal.enumerations import all_known, keys_known, known
from journal.keys import new_key
from journal.triggers import VERSION, feed
from patients.findings import FINDINGS
from patients.models.patient import Patient
from patients.programmes import Programme
from patients.readings import READINGS
from patients.scope import PatientOwnedQuerySet

# The ten readings of the follow-up form are columns: sixteen million visits stay scannable (architecture §2).
TYPED_READINGS = (
    "systolic",
    "diastolic",
    "heart_rate",
    "temperature",
    "weight",
    "height",
    "waist",
    "fasting_glucose",
    "postprandial_glucose",
    "random_glucose",
)


class Method(models.TextChoices):
    """How the follow-up was done; only clinic and home are face-to-face."""

    CLINIC = "clinic", _("clinic")
    HOME = "home", _("home visit")
    PHONE = "phone", _("telephone")
    VIDEO = "video", _("video")


FACE_TO_FACE = (Method.CLINIC, Method.HOME)


class EntrySource(models.TextChoices):
    """Which road the record took into the archive."""

    FORM = "form", _("follow-up page")
    API = "api", _("another system")
    IMPORT = "import", _("import")


class Adherence(models.TextChoices):
    REGULAR = "regular", _("regular")
    INTERMITTENT = "intermittent", _("intermittent")
    NONE = "none", _("not taking")


class Symptom(models.TextChoices):
    """The symptom lists of the national forms of hypertension, diabetes and COPD, merged without repeats (facts 1.4, 2.1).

    眼花耳鸣 (hypertension) and 视力模糊 (diabetes) are two questions. Until they were told apart both were kept as
    `blurred_vision`, and printed as the former: that code keeps this meaning, so that older visits read as they did.
    """

    HEADACHE_DIZZINESS = "headache_dizziness", _("headache or dizziness")
    NAUSEA_VOMITING = "nausea_vomiting", _("nausea or vomiting")
    BLURRED_VISION = "blurred_vision", _("blurred vision or tinnitus")
    BLURRED_SIGHT = "blurred_sight", _("blurred sight")
    DYSPNOEA = "dyspnoea", _("shortness of breath")
    PALPITATION = "palpitation", _("palpitation, chest tightness")
    NOSEBLEED = "nosebleed", _("nosebleed that does not stop")
    NUMBNESS = "numbness", _("numb hands or feet")
    LEG_OEDEMA = "leg_oedema", _("swollen legs")
    THIRST = "thirst", _("thirst")
    HUNGER = "hunger", _("hunger")
    POLYURIA = "polyuria", _("much urine")
    INFECTION = "infection", _("infection")
    WEIGHT_LOSS = "weight_loss", _("marked loss of weight")
    COUGH = "cough", _("cough")
    SPUTUM = "sputum", _("sputum")
    BREATHLESS = "breathless", _("breathless when moving")
    WHEEZE = "wheeze", _("wheezing")
    HAEMOPTYSIS = "haemoptysis", _("coughs blood")
    FATIGUE = "fatigue", _("fatigue")
    OTHER = "other", _("other")


class DangerSign(models.TextChoices):
    """The emergency criteria, apart from the symptom list of the form (contracts, `danger_signs`)."""

    CONSCIOUSNESS_CHANGE = "consciousness_change", _("change of consciousness or behaviour")
    SEVERE_HEADACHE_DIZZINESS = "severe_headache_dizziness", _("severe headache or dizziness")
    NAUSEA_VOMITING = "nausea_vomiting", _("nausea or vomiting")
    BLURRED_VISION_EYE_PAIN = "blurred_vision_eye_pain", _("blurred vision, eye pain")
    PALPITATION_CHEST_TIGHTNESS = "palpitation_chest_tightness", _("palpitation, chest tightness")
    CANNOT_LIE_FLAT = "cannot_lie_flat", _("cannot lie flat")
    PRECORDIAL_PAIN = "precordial_pain", _("precordial pain")
    ACETONE_BREATH = "acetone_breath", _("breath smells of acetone")
    SWEATING = "sweating", _("sweating")
    THIRST_POLYURIA_ABDOMINAL_PAIN = (
        "thirst_polyuria_abdominal_pain",
        _("loss of appetite, thirst, much urine, abdominal pain"),
    )
    DEEP_BREATHING_FLUSHED_SKIN = "deep_breathing_flushed_skin", _("deep breathing, flushed skin")
    SUSTAINED_TACHYCARDIA = "sustained_tachycardia", _("heart rate above 100 that lasts")
    SUDDEN_VISION_LOSS = "sudden_vision_loss", _("sudden loss of vision")
    FOCAL_NEUROLOGICAL_DEFICIT = (
        "focal_neurological_deficit",
        _("sudden drooping face, weak arm or leg, trouble speaking"),
    )
    CANNOT_BE_HANDLED_HERE = "cannot_be_handled_here", _("another condition that cannot be handled here")


class Grade(models.TextChoices):
    """良好、一般、差 of the national form."""

    GOOD = "good", _("good")
    FAIR = "fair", _("fair")
    POOR = "poor", _("poor")


class Frequency(models.TextChoices):
    NONE = "none", _("none")
    SOMETIMES = "sometimes", _("sometimes")
    OFTEN = "often", _("often")


class Pulse(models.TextChoices):
    """足背动脉搏动."""

    NORMAL = "normal", _("palpable")
    WEAK = "weak", _("weak")
    ABSENT = "absent", _("not palpable")


class Salt(models.TextChoices):
    LIGHT = "light", _("light")
    MEDIUM = "medium", _("medium")
    HEAVY = "heavy", _("heavy")


def _possible(name: str) -> models.CheckConstraint:
    low, high = READINGS[name].hard
    inside = Q(**{f"{name}__gte": low, f"{name}__lte": high})
    return models.CheckConstraint(
        condition=Q(**{f"{name}__isnull": True}) | inside, name=f"encounter_{name}_possible"
    )


def _blank_or_known(field: str, enumeration: type[models.TextChoices]) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{field}__in": ["", *enumeration.values]}), name=f"encounter_{field}_known"
    )


class Encounter(models.Model):
    """One visit that serves every programme of the person. Carries organization, team and author of its day."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="encounters")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    care_team = models.ForeignKey(CareTeam, models.PROTECT, null=True, related_name="+")
    practitioner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    practitioner_name = models.CharField(max_length=60, blank=True)
    on = models.DateField()
    method = models.CharField(max_length=8, choices=Method)
    source = models.CharField(max_length=8, choices=EntrySource, default=EntrySource.FORM)
    recorded_at = models.DateTimeField(help_text="When it was written down, on the device that did.")
    created_at = models.DateTimeField(db_default=Now())
    programmes = ArrayField(models.CharField(max_length=16), default=list)

    systolic = models.SmallIntegerField(null=True)
    diastolic = models.SmallIntegerField(null=True)
    heart_rate = models.SmallIntegerField(null=True)
    temperature = models.DecimalField(max_digits=3, decimal_places=1, null=True)
    weight = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    height = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    waist = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    fasting_glucose = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    postprandial_glucose = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    random_glucose = models.DecimalField(max_digits=4, decimal_places=1, null=True)

    pregnant = models.BooleanField(default=False)
    lactating = models.BooleanField(default=False)
    symptoms = ArrayField(models.CharField(max_length=20), default=list)
    danger_signs = ArrayField(models.CharField(max_length=32), default=list)
    adverse_reaction = ArrayField(models.CharField(max_length=16), default=list)
    adverse_reaction_text = models.CharField(max_length=200, blank=True)
    new_complication = ArrayField(models.CharField(max_length=16), default=list)
    medication_adherence = models.CharField(max_length=12, choices=Adherence, blank=True)
    hypoglycaemia = models.CharField(max_length=10, choices=Frequency, blank=True)
    foot_pulse = models.CharField(max_length=8, choices=Pulse, blank=True)
    cigarettes_per_day = models.SmallIntegerField(null=True)
    alcohol_per_day = models.DecimalField(
        max_digits=3, decimal_places=1, null=True, help_text="liang of baijiu"
    )
    exercise_per_week = models.SmallIntegerField(null=True)
    exercise_minutes = models.SmallIntegerField(null=True)
    salt = models.CharField(max_length=8, choices=Salt, blank=True)
    staple_food = models.SmallIntegerField(null=True, help_text="grams a day")
    mood = models.CharField(max_length=8, choices=Grade, blank=True)
    compliance = models.CharField(max_length=8, choices=Grade, blank=True)
    findings = models.JSONField(
        default=dict, db_default=Value({}, models.JSONField()), help_text="By name: patients.findings."
    )
    note = models.TextField(blank=True)
    version = models.BigIntegerField(default=1)

    objects = PatientOwnedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("method", Method, table="encounter"),
            known("source", EntrySource, table="encounter"),
            all_known("programmes", Programme, table="encounter"),
            all_known("symptoms", Symptom, table="encounter"),
            all_known("danger_signs", DangerSign, table="encounter"),
            all_known("adverse_reaction", Programme, table="encounter"),
            all_known("new_complication", Programme, table="encounter"),
            _blank_or_known("medication_adherence", Adherence),
            _blank_or_known("hypoglycaemia", Frequency),
            _blank_or_known("foot_pulse", Pulse),
            _blank_or_known("salt", Salt),
            _blank_or_known("mood", Grade),
            _blank_or_known("compliance", Grade),
            keys_known("findings", FINDINGS, table="encounter"),
            *(_possible(name) for name in TYPED_READINGS),
            models.CheckConstraint(
                condition=Q(systolic__isnull=True)
                | Q(diastolic__isnull=True)
                | Q(systolic__gt=F("diastolic")),
                name="encounter_systolic_above_diastolic",
            ),
            models.CheckConstraint(
                condition=Q(practitioner__isnull=False) | ~Q(practitioner_name=""),
                name="encounter_has_an_author",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["patient", "-on", "-id"], name="encounter_of_patient"),
            models.Index(fields=["organization", "care_team", "on"], name="encounter_by_team_and_day"),
        ]
        triggers: ClassVar = [VERSION, *feed("encounter")]

    def observations(self) -> dict[str, object]:
        """The readings that were taken, by name, in the units of patients.readings."""
        return {name: value for name in TYPED_READINGS if (value := getattr(self, name)) is not None}


class ObservationSource(models.TextChoices):
    """Where a value comes from; home and device values never decide a class (contracts)."""

    VISIT = "visit", _("visit")
    DEVICE = "device", _("device")
    HOME = "home", _("home")
    LABORATORY = "laboratory", _("laboratory")


class Observation(models.Model):
    """A measured value that is not one of the ten of the form: device, home, laboratory, or a further one of a visit."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="observations")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    encounter = models.ForeignKey(Encounter, models.CASCADE, null=True, related_name="further_observations")
    code = models.CharField(max_length=30)
    value = models.DecimalField(max_digits=9, decimal_places=3, help_text="In the unit of patients.readings.")
    value_entered = models.CharField(max_length=20, blank=True)
    unit_entered = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=ObservationSource)
    version = models.BigIntegerField(default=1)

    objects = PatientOwnedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("source", ObservationSource, table="observation"),
            models.CheckConstraint(condition=Q(code__in=list(READINGS)), name="observation_code_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["patient", "code", "-at"], name="observation_of_patient"),
            models.Index(
                fields=["at"], name="observation_from_home", condition=Q(source__in=["home", "device"])
            ),
        ]
        triggers: ClassVar = [VERSION, *feed("observation")]


class MedicationStatus(models.TextChoices):
    ACTIVE = "active", _("taking")
    STOPPED = "stopped", _("stopped")


class MedicationStatement(models.Model):
    """What the resident takes, as told or seen; prescriptions are another matter."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="medications")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    name = models.CharField(_("medicine"), max_length=80)
    dosage = models.CharField(_("dose and frequency"), max_length=80, blank=True)
    atc = models.CharField("ATC", max_length=7, blank=True)
    started_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=8, choices=MedicationStatus, default=MedicationStatus.ACTIVE)
    version = models.BigIntegerField(default=1)

    objects = PatientOwnedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known("status", MedicationStatus, table="medicationstatement"),
            models.UniqueConstraint(
                fields=["patient", "name"],
                condition=Q(status="active"),
                name="medicationstatement_active_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["ended_on"], name="medicationstatement_running",
                condition=Q(status="active", ended_on__isnull=False),
            )
        ]  # fmt: skip
        triggers: ClassVar = [VERSION, *feed("medication-statement")]


EncounterHistory = pghistory.create_event_model(
    Encounter,
    pghistory.UpdateEvent(row=pghistory.Old),
    pghistory.DeleteEvent(),
    model_name="EncounterHistory",
    abstract=False,
)
MedicationHistory = pghistory.create_event_model(
    MedicationStatement,
    pghistory.UpdateEvent(row=pghistory.Old),
    pghistory.DeleteEvent(),
    model_name="MedicationHistory",
    abstract=False,
)
