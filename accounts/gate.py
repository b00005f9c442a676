"""What stands between a signed-in person and the pages: the code, a new password, a second factor to set up.

Whatever way somebody signed in (the form here, a hospital's own identity provider), Django's `login` makes the session
and this decides what it opens. `accounts.middleware.GateMiddleware` asks it before every view.
"""

from enum import StrEnum

from django.contrib.auth import BACKEND_SESSION_KEY
from django.http import HttpRequest

from accounts import policy, second_factor, sessions, single_sign_on
from accounts.models import User


class Step(StrEnum):
    """What has to be done next; the value names the page."""

    SECOND_STEP = "accounts:second-step"
    PASSWORD = "accounts:password"  # noqa: S105 - the name of a page
    ENROLMENT = "accounts:second-factor"


def next_step(request: HttpRequest) -> Step | None:
    """The first thing that stands in the way of the signed-in person, or None. Judged once a request."""
    user = request.user
    if not isinstance(user, User):
        return None
    if not hasattr(request, "_gate_step"):
        request._gate_step = _judged(request, user)  # type: ignore[attr-defined]
    step: Step | None = request._gate_step  # type: ignore[attr-defined]
    return step


def passed(request: HttpRequest) -> None:
    """Something was just done: judge again when asked next."""
    request.__dict__.pop("_gate_step", None)


def _judged(request: HttpRequest, user: User) -> Step | None:
    verified = second_factor.is_verified(request)
    if not verified and second_factor.is_enrolled(user):
        return Step.SECOND_STEP
    # A password grows old between two sign-ins, never in the middle of somebody's work; who used none has none to change.
    if not _without_password(request) and policy.must_change(user, at=sessions.since(request)):
        return Step.PASSWORD
    if not verified and second_factor.is_due(user):
        return Step.ENROLMENT
    return None


def _without_password(request: HttpRequest) -> bool:
    return request.session.get(BACKEND_SESSION_KEY) == single_sign_on.BACKEND
