"""What the team reads in the app, a line a reason."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from followups.models import AppointmentReason
from followups.protocols.wording import label
from patients.readings import READINGS

Facts = Mapping[str, Any]


def due(facts: Facts) -> str:
    """A follow-up lies ahead."""
    reason = str(dict(AppointmentReason.choices).get(facts.get("reason", ""), ""))
    return _("Follow-up due on %(day)s: %(reason)s") % {"day": facts["due_on"], "reason": reason}


def overdue(facts: Facts) -> str:
    """A follow-up has not taken place."""
    return _("The follow-up of %(day)s has not taken place") % {"day": facts["due_on"]}


def medicine(facts: Facts) -> str:
    """A medicine ends."""
    return _("Medicine planned until %(day)s") % {"day": facts["ends_on"]}


def plan_review(facts: Facts) -> str:
    """The plan is to be looked at again."""
    return _("Care plan to be reviewed by %(day)s") % {"day": facts["review_on"]}


def abnormal(facts: Facts) -> str:
    """A visit found something that cannot wait."""
    flags = _(", ").join(label(flag, _) for flag in facts["flags"])
    return _("The visit of %(day)s needs attention at once: %(flags)s") % {"day": facts["on"], "flags": flags}


def abnormal_home(facts: Facts) -> str:
    """A value from home cannot wait."""
    reading = READINGS[facts["code"]]
    value = f"{float(facts['value']):g} {reading.unit}"
    return _("Measured at home, needs attention at once: %(reading)s %(value)s") % {
        "reading": _(reading.label), "value": value,
    }  # fmt: skip
