"""What a gateway says became of a message (docs/sms-gateway.md). The gateway signs with the secret it shares with us."""

import hmac
import json
import time
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from journal import parked
from journal.channels.gateway import signature

#: A signed receipt is good for so long: an old one that somebody recorded is refused.
FRESH_SECONDS = 300
MOST_BYTES = 10_000


@csrf_exempt
@require_POST
def receipt(request: HttpRequest, channel: str) -> JsonResponse:
    """204-like JSON `{"known": true}`; 401 for a wrong or old signature, 400 for what cannot be read, 404 for no such channel."""
    secret = settings.MESSAGE_GATEWAYS.get(channel, {}).get("secret")
    if not secret:
        raise Http404
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        return JsonResponse({"error": "too long"}, status=413)
    if not _is_signed(request, secret):
        return JsonResponse({"error": "signature"}, status=401)
    try:
        said = json.loads(request.body)
        message_id, fate = UUID(said["key"]), said["status"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return JsonResponse({"error": "unreadable"}, status=400)
    if fate not in {parked.DELIVERED, parked.FAILED}:
        return JsonResponse({"error": "status"}, status=400)
    known = parked.receipt(message_id, channel, fate=fate, at=timezone.now(), why=_why(said))
    return JsonResponse({"known": known})


def _is_signed(request: HttpRequest, secret: str) -> bool:
    moment = request.headers.get("X-Yilian-Time", "")
    if not (moment.isascii() and moment.isdigit() and abs(time.time() - int(moment)) <= FRESH_SECONDS):
        return False
    given = request.headers.get("X-Yilian-Signature", "")
    return hmac.compare_digest(given.encode(), signature(secret, moment, request.body).encode())


def _why(said: dict[str, Any]) -> str:
    """A code of the gateway's; its words might quote a number, so only letters, digits and a few signs are kept."""
    return "".join(c for c in str(said.get("code", ""))[:40] if c.isalpha() or c in "_-" or c.isdigit())
