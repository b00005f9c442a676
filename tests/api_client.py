"""Other systems in tests: one that calls the views directly, and one that speaks HTTP over a socket."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.test import Client
from django.utils import timezone

from accounts import tokens
from accounts.models import ApiClient, ClientScope
from accounts.tokens import Holder
from alliances.models import ClientPost, Organization
from journal.keys import new_key

ALL = [ClientScope.READ, ClientScope.WRITE]


def system(organization: Organization, *scopes: ClientScope, name: str = "his-2") -> ApiClient:
    """Another system of an organization."""
    client = ApiClient(client_id=name, name="区域平台", scopes=list(scopes or ALL))
    client.set_secret()
    client.save()
    ClientPost.objects.create(client=client, organization=organization)
    return client


@dataclass
class Caller:
    """The test client with a bearer token."""

    holder: Holder
    client: Client = field(default_factory=Client)
    token: str = ""

    def __post_init__(self) -> None:
        if not self.token:
            self.token, _ends = tokens.issue(self.holder, at=timezone.now())

    def get(self, path: str, **query: Any) -> Any:
        """GET below /api/v1/."""
        return self.client.get(f"/api/v1/{path}", query, headers=self._headers())

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """POST of JSON below /api/v1/."""
        return self.client.post(
            f"/api/v1/{path}",
            json.dumps(body),
            content_type="application/json",
            headers={**self._headers(), **headers},
        )

    def delete(self, path: str) -> Any:
        """DELETE below /api/v1/."""
        return self.client.delete(f"/api/v1/{path}", headers=self._headers())

    def push(self, *records: Any, key: str = "") -> list[dict[str, Any]]:
        """The results of a push."""
        answer = self.post(
            "sync/push", {"records": list(records)}, **({"Idempotency-Key": key} if key else {})
        )
        assert answer.status_code == 200, answer.content
        results: list[dict[str, Any]] = answer.json()["results"]
        return results

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class Answer:
    """What came back over the wire."""

    status: int
    headers: dict[str, str]
    body: Any


def http(method: str, address: str, body: Any = None, *, token: str = "", **headers: str) -> Answer:
    """One request over a real socket."""
    sent = {"Content-Type": "application/json", "Accept": "application/json", **headers}
    if token:
        sent["Authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(address, data=data, method=method, headers=sent)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310
            text = reply.read()
            return Answer(reply.status, dict(reply.headers), json.loads(text) if text else None)
    except urllib.error.HTTPError as fault:
        text = fault.read()
        return Answer(fault.code, dict(fault.headers), json.loads(text) if text else None)


def record(
    patient_id: UUID,
    *,
    id: UUID | None = None,  # noqa: A002
    base_version: int | None = None,
    **data: Any,
) -> dict[str, Any]:
    """A visit to be pushed, after the example of the contract."""
    content = {
        "patient": str(patient_id),
        "on": timezone.localdate().isoformat(),
        "method": "home",
        "recorded_at": timezone.localtime().isoformat(),
        "observations": {"systolic": 138, "diastolic": 84, "fasting_glucose": 6.4},
        "symptoms": [],
        "danger_signs": [],
        "adverse_reaction": [],
        "new_complication": [],
        "medication_adherence": "regular",
    }
    return {
        "kind": "encounter",
        "id": str(id or new_key()),
        "base_version": base_version,
        "data": content | data,
    }


def moment(text: str) -> datetime:
    """A moment of an answer."""
    return datetime.fromisoformat(text)
