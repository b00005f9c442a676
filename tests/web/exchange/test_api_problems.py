"""One shape of errors, the OpenAPI document, and the page that shows it."""

import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from patients.models import Patient
from tests.api_client import Caller
from tests.world import World


@pytest.mark.parametrize(
    "path", ["/api/v1/nowhere", "/api/v1/patients/x/", "/api/", "/api/v2/patients/", "/api/v1/patients/1/2"]
)
def test_an_address_that_does_not_exist_is_a_problem_document(db: None, path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert set(answer.json()) == {"type", "title", "status", "detail"}


def test_a_failure_of_ours_tells_nothing_but_that_it_failed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = world.patient("李佩兰")

    def fail(*_args: Any, **_kwargs: Any) -> Any:
        raise RuntimeError("李佩兰 secret detail")

    monkeypatch.setattr("exchange.api.residents.masked", fail)
    caller = Caller(world.api_client, client=Client(raise_request_exception=False))
    answer = caller.get(f"patients/{patient.pk}/")

    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 500
    for hidden in ("secret", "李佩兰", "RuntimeError", "Traceback"):
        assert hidden not in answer.content.decode()


def test_a_failure_reaches_whoever_watches_for_failures(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Patient.objects.__class__, "visible_to", None)
    with pytest.raises(TypeError):
        Caller(world.api_client).get("patients/")


def test_another_format_is_refused_in_the_same_shape(world: World) -> None:
    caller = Caller(world.api_client)
    answer = caller.client.get(
        "/api/v1/patients/", headers={"Authorization": f"Bearer {caller.token}", "Accept": "application/xml"}
    )
    assert answer.status_code == 406
    answer = caller.client.post(
        "/api/v1/sync/push",
        "<x/>",
        content_type="text/xml",
        headers={"Authorization": f"Bearer {caller.token}"},
    )
    assert answer.status_code == 415
    assert answer["Content-Type"] == "application/problem+json"


def test_messages_follow_the_asked_language(world: World) -> None:
    caller = Caller(world.api_client)
    headers = {"Authorization": f"Bearer {caller.token}", "Accept-Language": "en"}
    english = caller.client.get("/api/v1/encounters/?cursor=x", headers=headers).json()
    assert english["errors"][0]["message"] == "This is not a cursor of this list."
    chinese = caller.get("encounters/", cursor="x").json()
    assert chinese["errors"][0]["message"] == "这不是此列表的游标。"


def test_the_openapi_document_is_valid_and_without_a_warning() -> None:
    out = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", stdout=out)
    document = json.loads(out.getvalue())
    assert document["openapi"].startswith("3.")
    operations = [o for methods in document["paths"].values() for o in methods.values()]
    assert all("default" in operation["responses"] for operation in operations)


def test_the_document_is_served(db: None) -> None:
    answer = Client().get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert answer.status_code == 200
    assert "/api/v1/sync/push/" in json.loads(answer.content)["paths"]


def test_the_page_has_no_inline_script_or_style_and_names_no_other_host(db: None) -> None:
    page = Client().get("/api/docs/").content.decode()
    assert "<style" not in page
    assert "style=" not in page
    assert "//" not in page.replace("<!doctype html>", "")
    assert page.count("<script src=") == page.count("<script") == 2
