"""A question about health is answered although nobody can say who asks."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils.functional import SimpleLazyObject

from config.history import HistoryMiddleware


def away() -> None:
    raise ConnectionError("the database is away")


def answer(request: HttpRequest) -> HttpResponse:
    return HttpResponse("answered")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_answered_without_asking_who_is_signed_in(rf: RequestFactory, path: str) -> None:
    request = rf.post(path)
    request.user = SimpleLazyObject(away)
    assert HistoryMiddleware(answer)(request).content == b"answered"


def test_everything_else_asks(rf: RequestFactory) -> None:
    request = rf.post("/patients/")
    request.user = SimpleLazyObject(away)
    with pytest.raises(ConnectionError):
        HistoryMiddleware(answer)(request)
