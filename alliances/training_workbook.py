"""Attendance of a year as a workbook: written row by row to a file, whatever its length; it says who took it and when."""

from collections.abc import Iterable
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any

import xlsxwriter
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from alliances.models import Attendance, Organization, TrainingAttendance

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def attendance(organizations: QuerySet[Organization], *, year: int) -> QuerySet[TrainingAttendance]:
    """What the workbook holds: the organizations' people and who came to their trainings; what was cancelled is left out."""
    mine = organizations.order_by().values("pk")
    rows = TrainingAttendance.objects.filter(
        Q(organization__in=mine) | Q(training__organization__in=mine),
        training__cancelled_at__isnull=True, training__begins_at__year=year,
    ).select_related("training__organization", "user", "organization")  # fmt: skip
    return rows.order_by("training__begins_at", "training_id", "organization__code", "user__name", "pk")


def workbook(rows: Iterable[TrainingAttendance], *, title: str, by: User, at: datetime) -> IO[bytes]:
    """An open .xlsx file at its beginning. Its first rows and its properties say who exported it and when."""
    file = TemporaryFile()  # noqa: SIM115 - the response that streams it closes it
    book = xlsxwriter.Workbook(
        file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    moment = timezone.localtime(at)
    taken = _("Exported by %(who)s on %(at)s") % {"who": by.agent_name(), "at": f"{moment:%Y-%m-%d %H:%M}"}
    book.set_properties(
        {"title": title, "author": by.agent_name(), "comments": taken, "created": moment.replace(tzinfo=None)}
    )
    sheet, bold = book.add_worksheet(_("Attendance")), book.add_format({"bold": True})
    sheet.set_column(0, 4, 22)
    sheet.freeze_panes(3, 0)
    sheet.write_string(0, 0, title, bold)
    sheet.write_string(1, 0, taken)
    heads = (_("Person"), _("User name"), _("Organization"), _("Training"), _("Organized by"), _("Begins"), _("Minutes"),
             _("Attendance"), _("Minutes that count"))  # fmt: skip
    sheet.write_row(2, 0, heads, bold)
    for at_row, row in enumerate(rows, start=3):
        for column, value in enumerate(_cells(row)):
            (sheet.write_string if isinstance(value, str) else sheet.write_number)(at_row, column, value)
    book.close()
    file.seek(0)
    return file


def _cells(row: TrainingAttendance) -> tuple[Any, ...]:
    training = row.training
    return (
        row.user.name, row.user.username, str(row.organization), training.title, str(training.organization),
        f"{timezone.localtime(training.begins_at):%Y-%m-%d %H:%M}", training.minutes, row.get_status_display(),
        training.minutes if row.status == Attendance.ATTENDED else 0,
    )  # fmt: skip
