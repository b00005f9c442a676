"""Run in the stage's environment: `fill COUNT` writes the messages, `states` and `page` tell how they stand, as JSON."""

import json
import re
import sys
from datetime import date

import django

django.setup()

from django.utils import timezone  # noqa: E402

from journal import outbox  # noqa: E402
from journal.models import Communication  # noqa: E402
from patients.identity import IdentityText, new_identity  # noqa: E402
from patients.models import Consent, Identity, Patient  # noqa: E402
from tests import world as worlds  # noqa: E402

CHANNELS = ("sms", "wechat", "email")
KIND = "abnormal_home"  # stands apart: the planner, which runs here too, takes none of them back


def fill(count: int) -> None:
    """Residents who agreed, each with one message by one of the channels and no other to fall to."""
    world = worlds.build()
    people = [
        Patient(
            name="居民", pinyin="jumin", initials="jm", sex="female", birth_date=date(1958, 3, 2), height=160,
            organization=world.centre, care_team=world.team, archive_number=f"500113002001{n:05d}", community="红旗村",
        )
        for n in range(count)
    ]  # fmt: skip
    Patient.objects.bulk_create(people, batch_size=1000)
    texts = [IdentityText(phone=f"138{n:08d}", email=f"p{n}@example.test") for n in range(count)]
    rows = [new_identity(p.pk, world.centre.pk, text) for p, text in zip(people, texts, strict=True)]
    Identity.objects.bulk_create(rows, batch_size=1000)
    now = timezone.now()
    Consent.objects.bulk_create(
        [Consent(patient=p, kind="reminder", given=True, at=now) for p in people], batch_size=1000
    )
    about = {"about": {KIND: {"code": "systolic", "value": 185}}}
    outbox.post(
        Communication(
            key=f"{KIND}:{p.pk}:{n}", kind=KIND, channel=CHANNELS[n % 3], fallbacks=[], content=about,
            recipient_kind="patient", recipient_id=str(p.pk), patient_id=p.pk, organization_id=world.centre.pk,
            not_before=now,
        )
        for n, p in enumerate(people)
    )  # fmt: skip


def states() -> list[tuple[str, str, str, str]]:
    """Channel, id, key and status of every message."""
    rows = Communication.objects.filter(kind=KIND).values_list("channel", "pk", "key", "status")
    return [(channel, str(pk), key, status) for channel, pk, key, status in rows]


def page() -> list[str]:
    """The ids of all messages on the page of uncertain ones, as the operator turns them over."""
    world = worlds.World(*[None] * 12)  # type: ignore[arg-type]
    world.users["operator"] = worlds.User.objects.get(username="operator")
    browser, found, number = world.browser("operator"), [], 1
    while True:
        text = browser.get(f"/messages/?page={number}").content.decode()
        found += re.findall(r'href="/messages/([0-9a-f-]{36})/"', text)
        if f"page={number + 1}" not in text:
            return found
        number += 1


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        fill(int(sys.argv[2]))
    else:
        print(json.dumps({"states": states, "page": page}[sys.argv[1]]()))
