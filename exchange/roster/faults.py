"""Why a row is refused or warned about: one catalogue of codes, sentences and remedies.

A code is a promise to scripts. A *detail* picks the sentence for one cause of the same code; sentences name the remedy
and never repeat what the cell holds, so they may be kept and shown after the workbook is gone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _


class FaultCode(StrEnum):
    """The codes of the report. All but the warnings keep the row out."""

    ID_CHECKSUM = "id_checksum"
    ID_BIRTH_MISMATCH = "id_birth_mismatch"
    ID_SEX_MISMATCH = "id_sex_mismatch"
    MISSING_ID = "missing_id"
    MISSING_NAME = "missing_name"
    DUPLICATE_ID = "duplicate_id"
    HEIGHT_OUT_OF_RANGE = "height_out_of_range"
    VALUE_OUT_OF_RANGE = "value_out_of_range"
    FUTURE_DIAGNOSIS = "future_diagnosis"
    UNKNOWN_TEAM = "unknown_team"
    UNKNOWN_VALUE = "unknown_value"
    BAD_DATE = "bad_date"
    BAD_NUMBER = "bad_number"
    REGISTERED_ELSEWHERE = "registered_elsewhere"
    DBP_ABOVE_SBP = "dbp_above_sbp"
    SBP_IMPOSSIBLE = "sbp_impossible"
    FUTURE_VISIT = "future_visit"
    MISSING_VISIT_DATE = "missing_visit_date"
    VISIT_AFTER_DEATH = "visit_after_death"
    UNKNOWN_PATIENT = "unknown_patient"
    PATIENT_ROW_REJECTED = "patient_row_rejected"
    PHONE_INVALID = "phone_invalid"
    DIAGNOSIS_DATE_MISSING = "diagnosis_date_missing"
    UNKNOWN_HOSPITAL = "unknown_hospital"
    NAME_DIFFERS = "name_differs"
    CONTRACT_OVERLAPS = "contract_overlaps"
    VISIT_DIFFERS = "visit_differs"
    TEXT_TOO_LONG = "text_too_long"


WARNINGS: Final = frozenset(
    {
        FaultCode.PHONE_INVALID,
        FaultCode.DIAGNOSIS_DATE_MISSING,
        FaultCode.UNKNOWN_HOSPITAL,
        FaultCode.NAME_DIFFERS,
        FaultCode.CONTRACT_OVERLAPS,
        FaultCode.VISIT_DIFFERS,
    }
)

_SENTENCES: Final[Mapping[tuple[FaultCode, str], str]] = MappingProxyType(
    {
        (FaultCode.ID_CHECKSUM, "check_digit"): _(
            "The check digit does not fit: one character of the identity number is wrong. Compare it with the card."
        ),
        (FaultCode.ID_CHECKSUM, "length"): _(
            "An identity number has 18 characters (15 in old ones). Complete it."
        ),
        (FaultCode.ID_CHECKSUM, "characters"): _(
            "An identity number holds digits only, and X at the end. Remove the other characters."
        ),
        (FaultCode.ID_CHECKSUM, "birth_date"): _(
            "The identity number holds a birth date that does not exist. Compare it with the card."
        ),
        (FaultCode.ID_CHECKSUM, "rounded"): _(
            "The spreadsheet stored the identity number as a number and rounded it. "
            "Set the column to text and type the number again."
        ),
        (FaultCode.MISSING_ID, ""): _("The identity number is missing. Fill it in."),
        (FaultCode.ID_BIRTH_MISMATCH, ""): _(
            "The birth date is not the one in the identity number. Correct whichever is wrong."
        ),
        (FaultCode.ID_SEX_MISMATCH, "male"): _(
            "The 17th digit of the identity number is odd, so the sex should be male. Correct whichever is wrong."
        ),
        (FaultCode.ID_SEX_MISMATCH, "female"): _(
            "The 17th digit of the identity number is even, so the sex should be female. Correct whichever is wrong."
        ),
        (FaultCode.MISSING_NAME, ""): _("The name is missing. Fill it in."),
        (FaultCode.DUPLICATE_ID, ""): _(
            "Row %(other_row)s has the same identity number. Keep one of the two rows, or correct the number."
        ),
        (FaultCode.HEIGHT_OUT_OF_RANGE, ""): _(
            "The height must be %(low)s to %(high)s cm. Measure or type it again."
        ),
        (FaultCode.HEIGHT_OUT_OF_RANGE, "other_unit"): _(
            "The height must be %(low)s to %(high)s cm; it looks like %(unit)s. Write it in cm."
        ),
        (FaultCode.VALUE_OUT_OF_RANGE, ""): _(
            "The value must be %(low)s to %(high)s %(our_unit)s. Correct it."
        ),
        (FaultCode.VALUE_OUT_OF_RANGE, "other_unit"): _(
            "The value must be %(low)s to %(high)s %(our_unit)s; it looks like %(unit)s. Convert it."
        ),
        (FaultCode.FUTURE_DIAGNOSIS, ""): _("The date of diagnosis lies in the future. Correct it."),
        (FaultCode.UNKNOWN_TEAM, ""): _(
            "This centre has no care team of that name. Correct the name, or have the team set up first."
        ),
        (FaultCode.UNKNOWN_TEAM, "nearest"): _(
            "This centre has no care team of that name; the nearest is %(team)s. "
            "Correct the name, or have the team set up first."
        ),
        (FaultCode.UNKNOWN_TEAM, "teams"): _(
            "This centre has no care team of that name; it has %(teams)s. "
            "Correct the name, or have the team set up first."
        ),
        (FaultCode.UNKNOWN_TEAM, "missing"): _("The care team is missing. Fill it in."),
        (FaultCode.UNKNOWN_VALUE, ""): _("The column holds one of: %(choices)s. Correct it."),
        (FaultCode.BAD_DATE, ""): _("This is no date. Write it like 2023-02-28."),
        (FaultCode.BAD_DATE, "future"): _("The date lies in the future. Correct it."),
        (FaultCode.BAD_DATE, "before_birth"): _("The date lies before the person's birth. Correct it."),
        (FaultCode.BAD_NUMBER, ""): _("This is no number. Write digits only."),
        (FaultCode.REGISTERED_ELSEWHERE, ""): _(
            "Another centre is responsible for this resident. Ask for a transfer before importing the row."
        ),
        (FaultCode.DBP_ABOVE_SBP, ""): _(
            "The diastolic pressure is not below the systolic. Are the two columns swapped?"
        ),
        (FaultCode.SBP_IMPOSSIBLE, ""): _(
            "The systolic pressure must be %(low)s to %(high)s mmHg. Correct it."
        ),
        (FaultCode.SBP_IMPOSSIBLE, "missing"): _(
            "The diastolic pressure stands without the systolic. Fill in both, or neither."
        ),
        (FaultCode.SBP_IMPOSSIBLE, "other_unit"): _(
            "The systolic pressure must be %(low)s to %(high)s mmHg; it looks like %(unit)s. Convert it."
        ),
        (FaultCode.FUTURE_VISIT, ""): _("The visit lies in the future. Correct the date."),
        (FaultCode.MISSING_VISIT_DATE, ""): _("The date of the visit is missing. Fill it in."),
        (FaultCode.VISIT_AFTER_DEATH, ""): _(
            "The archive says that the person had died before. Correct the date, or the archive."
        ),
        (FaultCode.UNKNOWN_PATIENT, ""): _(
            "No archive has this identity number, neither in this file nor in the system. "
            "Add the resident to the archive sheet, or correct the number."
        ),
        (FaultCode.PATIENT_ROW_REJECTED, ""): _(
            "The resident's row in the archive sheet is refused. Correct row %(other_row)s there first."
        ),
        (FaultCode.PHONE_INVALID, ""): _(
            "This is no telephone number, so it is left empty. Mobile numbers have 11 digits, landlines an area code."
        ),
        (FaultCode.DIAGNOSIS_DATE_MISSING, ""): _(
            "The disease is named without a date of diagnosis; its management begins when the archive was set up."
        ),
        (FaultCode.UNKNOWN_HOSPITAL, ""): _(
            "The system has no hospital of that name, so the contract does not name one. "
            "Correct the name, or have the hospital set up first."
        ),
        (FaultCode.NAME_DIFFERS, ""): _(
            "The archive with this identity number has another name. Check that the visit is this person's."
        ),
        (FaultCode.CONTRACT_OVERLAPS, ""): _(
            "Another contract covers part of this period, so this one is not written. End the other one first."
        ),
        (FaultCode.VISIT_DIFFERS, ""): _(
            "A visit of this day and kind with other values is in the archive; it is left as it is. "
            "Correct it on the follow-up page if the row is right."
        ),
        (FaultCode.TEXT_TOO_LONG, ""): _("The text has more than %(limit)s characters. Shorten it."),
    }
)

_REASONS: Final[Mapping[FaultCode, str]] = MappingProxyType(
    {
        FaultCode.ID_CHECKSUM: _("Identity number not valid"),
        FaultCode.ID_BIRTH_MISMATCH: _("Birth date differs from the identity number"),
        FaultCode.ID_SEX_MISMATCH: _("Sex differs from the identity number"),
        FaultCode.MISSING_ID: _("Identity number missing"),
        FaultCode.MISSING_NAME: _("Name missing"),
        FaultCode.DUPLICATE_ID: _("Identity number twice in the file"),
        FaultCode.HEIGHT_OUT_OF_RANGE: _("Height out of range"),
        FaultCode.VALUE_OUT_OF_RANGE: _("Value out of range"),
        FaultCode.FUTURE_DIAGNOSIS: _("Diagnosis in the future"),
        FaultCode.UNKNOWN_TEAM: _("Unknown care team"),
        FaultCode.UNKNOWN_VALUE: _("Word not in the list"),
        FaultCode.BAD_DATE: _("Date not readable"),
        FaultCode.BAD_NUMBER: _("Number not readable"),
        FaultCode.REGISTERED_ELSEWHERE: _("Transfer needed"),
        FaultCode.DBP_ABOVE_SBP: _("Diastolic not below systolic"),
        FaultCode.SBP_IMPOSSIBLE: _("Systolic pressure impossible"),
        FaultCode.FUTURE_VISIT: _("Visit in the future"),
        FaultCode.MISSING_VISIT_DATE: _("Date of visit missing"),
        FaultCode.VISIT_AFTER_DEATH: _("Visit after death"),
        FaultCode.UNKNOWN_PATIENT: _("No such archive"),
        FaultCode.PATIENT_ROW_REJECTED: _("Archive row refused"),
        FaultCode.PHONE_INVALID: _("Telephone not valid"),
        FaultCode.DIAGNOSIS_DATE_MISSING: _("Date of diagnosis missing"),
        FaultCode.UNKNOWN_HOSPITAL: _("Unknown hospital"),
        FaultCode.NAME_DIFFERS: _("Name differs from the archive"),
        FaultCode.CONTRACT_OVERLAPS: _("Contracts overlap"),
        FaultCode.VISIT_DIFFERS: _("Visit recorded with other values"),
        FaultCode.TEXT_TOO_LONG: _("Text too long"),
    }
)


def reason(code: str) -> str:
    """The short name of a code, in the language of the moment. Raises ValueError for an unknown code."""
    return gettext(_REASONS[FaultCode(code)])


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one row: the sheet's row number, the column's heading, the code, and what its sentence needs."""

    row: int
    column: str
    code: FaultCode
    detail: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_warning(self) -> bool:
        """Whether the row goes in all the same."""
        return self.code in WARNINGS

    @property
    def message(self) -> str:
        """What is wrong and what to do, in the language of the moment."""
        return gettext(_SENTENCES[self.code, self.detail]) % self.params
