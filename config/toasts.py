"""Django's messages for a page that htmx changed in part: they travel in a header and become toasts."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django_htmx.http import trigger_client_event

from accounts.parts import is_part

TONES = {"success": "green", "warning": "amber", "error": "red"}


class ToastMiddleware:
    """Moves messages that no template has shown into the `yl:toast` event of a part's answer (static/js/toasts.js)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """A redirect keeps its messages for the page that follows."""
        answer = self.get_response(request)
        leaves = 300 <= answer.status_code < 400 or "HX-Redirect" in answer or "HX-Refresh" in answer
        if not is_part(request) or leaves:
            return answer
        toasts = [{"text": str(m), "tone": TONES.get(m.level_tag, "info")} for m in get_messages(request)]
        return trigger_client_event(answer, "yl:toast", {"toasts": toasts}) if toasts else answer
