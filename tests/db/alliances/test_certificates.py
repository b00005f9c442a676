"""Certificates: entered by their holder, listed for the administrator, warned of once before they end."""

from datetime import date, timedelta

import pytest

from alliances import certificates
from alliances.certificates import CertificateRefused
from alliances.models import Certificate, CertificateKind, Organization, PractitionerRole, Role
from alliances.tasks import warn_of_certificates
from journal.models import AuditEvent, Communication
from tests.world import World

TODAY = date(2026, 11, 20)


def certificate(world: World, who: str = "doctor", days: int | None = 200, **changes: object) -> Certificate:
    given = {
        "kind": CertificateKind.PHYSICIAN, "number": f"0001-{Certificate.objects.count()}", "issued_on": date(2020, 1, 1),
        "expires_on": None if days is None else TODAY + timedelta(days=days),
    }  # fmt: skip
    return certificates.enter(Certificate(**(given | changes)), by=world.users[who])


def test_one_enters_ones_own_and_a_number_stands_once(world: World) -> None:
    made = certificate(world, number="0001")
    assert made.user == world.doctor
    with pytest.raises(CertificateRefused, match="已登记过"):
        certificate(world, "colleague", number="0001")
    certificate(world, "colleague", number="0001", kind=CertificateKind.GENERAL_PRACTICE)
    with pytest.raises(Certificate.DoesNotExist):
        certificates.change(made, {"number": "2"}, by=world.colleague)
    assert "0001" not in repr(list(AuditEvent.objects.values_list("detail", flat=True)))


def test_changing_and_removing_are_written_down(world: World) -> None:
    made = certificate(world)
    certificates.change(made, {"expires_on": date(2030, 1, 1), "kind": made.kind}, by=world.doctor)
    assert AuditEvent.objects.get(action="certificate.change").detail == {"changed": ["expires_on"]}
    certificates.remove(made, by=world.doctor)
    assert not Certificate.objects.exists()
    assert AuditEvent.objects.filter(action="certificate.remove").exists()


def test_where_one_stands_is_said_in_words(world: World) -> None:
    words = [
        certificates.state_of(certificate(world, days=days), on=TODAY)[0::2] for days in (-1, 0, 90, 91, None)
    ]
    assert words == [
        ("red", "已过期1天"), ("amber", "0 天后到期"), ("amber", "90 天后到期"), ("green", "有效"), ("green", "长期有效"),
    ]  # fmt: skip


def test_the_administrator_sees_what_ended_ends_and_is_missing_of_the_own_people(world: World) -> None:
    ended = certificate(world, "doctor", -1)
    soon = certificate(world, "colleague", 90)
    certificate(world, "nurse", 400, kind=CertificateKind.NURSE)
    certificate(world, "outsider", -1)
    posts = certificates.posts_in_reach(world.centre_admin, on=TODAY)
    rows = certificates.of_posts(posts)
    assert list(certificates.expired(rows, on=TODAY)) == [ended]
    assert list(certificates.ending(rows, on=TODAY)) == [soon]
    assert rows.get(pk=soon.pk).place == "南泉街道社区卫生服务中心"
    assert [(row["user__name"], row["need"]) for row in certificates.missing(posts)] == [
        ("team_lead", "physician")
    ]
    assert certificates.numbers(posts, on=TODAY) == {"expired": 1, "soon": 1, "missing": 1, "all": 3}
    assert not certificates.posts_in_reach(world.doctor, on=TODAY).exists()


def test_what_was_replaced_by_a_later_one_is_no_longer_ended(world: World) -> None:
    certificate(world, "doctor", -1)
    certificate(world, "doctor", 900)
    rows = certificates.of_posts(certificates.posts_in_reach(world.centre_admin, on=TODAY))
    assert not certificates.expired(rows, on=TODAY).exists()
    assert certificates.warn(on=TODAY) == 0


def test_holder_and_administrators_are_warned_once_however_often_it_runs(world: World) -> None:
    made = certificate(world, "doctor", 90)
    for _run in range(2):
        certificates.warn(on=TODAY)
    sent = Communication.objects.filter(kind="certificate_ending").order_by("key")
    ends = made.expires_on
    assert [(m.key, m.recipient_id) for m in sent] == [
        (f"certificate:{made.pk}:90:{ends}", str(world.doctor.pk)),
        (f"certificate:{made.pk}:90:{ends}:{world.centre_admin.pk}", str(world.centre_admin.pk)),
    ]
    assert made.number not in repr([m.content for m in sent])


def test_each_step_warns_again_and_the_days_between_do_not(world: World) -> None:
    certificate(world, "doctor", 100)
    written = []
    for day in range(103):
        before = Communication.objects.count()
        certificates.warn(on=TODAY + timedelta(days=day))
        if Communication.objects.count() > before:
            written.append(100 - day)
    assert written == [90, 30, 7]


def test_who_enters_it_late_is_warned_once_for_the_nearest_step(world: World) -> None:
    certificate(world, "doctor", 5)
    certificates.warn(on=TODAY)
    assert ":7:" in Communication.objects.get(recipient_id=str(world.doctor.pk)).key
    assert Communication.objects.count() == 2


def test_a_prolonged_certificate_is_warned_of_again_before_its_new_end(world: World) -> None:
    made = certificate(world, "doctor", 90)
    certificates.warn(on=TODAY)
    certificates.change(made, {"expires_on": TODAY + timedelta(days=500)}, by=world.doctor)
    certificates.warn(on=TODAY + timedelta(days=410))
    assert Communication.objects.filter(recipient_id=str(world.doctor.pk)).count() == 2


def test_the_administrators_above_a_station_are_told_and_the_holder_only_once(world: World) -> None:
    station = Organization.objects.create(code="s", name="红旗村站", tier="community", parent=world.centre)
    world.user("village", Role.VILLAGE_DOCTOR, station)
    certificate(world, "village", 30, kind=CertificateKind.VILLAGE_DOCTOR)
    certificate(world, "centre_admin", 30)
    certificates.warn(on=TODAY)
    told = list(Communication.objects.values_list("recipient_id", flat=True))
    assert sorted(told) == sorted(str(u.pk) for u in (world.village, world.centre_admin, world.centre_admin))


def test_who_no_longer_works_here_is_not_warned(world: World) -> None:
    certificate(world, "doctor", 30)
    PractitionerRole.objects.filter(user=world.doctor).delete()
    assert certificates.warn(on=TODAY) == 0


def test_the_setting_says_when(world: World, settings) -> None:
    settings.CERTIFICATE_WARNING_DAYS = (60,)
    certificate(world, "doctor", 61)
    assert certificates.warn(on=TODAY) == 0
    assert certificates.warn(on=TODAY + timedelta(days=1)) == 1
    settings.CERTIFICATE_WARNING_DAYS = ()
    assert certificates.warn(on=TODAY + timedelta(days=1)) == 0


def test_the_task_runs_twice_and_warns_once(world: World) -> None:
    certificate(world, "doctor", None, expires_on=date.today() + timedelta(days=6))
    warn_of_certificates()
    number = Communication.objects.count()
    warn_of_certificates()
    assert Communication.objects.count() == number == 2
