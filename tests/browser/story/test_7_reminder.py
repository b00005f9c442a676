"""Step 7: beat plans, a worker delivers: in the app and by mail, once however often the tasks run."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from followups.calendar import appointments
from followups.models import AppointmentReason
from followups.tasks import plan_reminders
from journal.models import Channel, Communication, CommunicationStatus
from journal.tasks import deliver
from tests.browser.story.people import Story, days_ago, path_of
from tests.browser.story.processes import until
from tests.browser.story.stage import Person
from tests.mail_peer import MailPeer

SENT = CommunicationStatus.COMPLETED


def written_to(peer: MailPeer) -> list[str]:
    """The addresses of the letters, in the order of their arrival."""
    return [str(letter["To"]) for letter in peer.letters]


@pytest.fixture
def nobody_else(story: Story) -> None:
    """Only the resident of the story is due tomorrow; nothing waits from before."""
    Communication.objects.exclude(patient_id=story.zhao.pk).delete()


def test_beat_and_worker_remind_the_team_and_the_resident(
    story: Story,
    nobody_else: None,
    person: Callable[..., Person],
    behind: Callable[..., None],
    post_office: tuple[MailPeer, str],
) -> None:
    peer, address = post_office
    doctor, outsider = person("doctor"), person("outsider")
    behind("worker", "beat", EMAIL_URL=address, YILIAN_PLAN_SECONDS="1", YILIAN_DELIVER_SECONDS="1")

    until(lambda: bool(peer.letters))
    until(lambda: Communication.objects.filter(patient_id=story.zhao.pk, status=SENT).count() == 2)
    assert written_to(peer) == ["zhao@example.test"]
    channels = Communication.objects.filter(patient_id=story.zhao.pk).values_list("channel", flat=True)
    assert set(channels) == {Channel.EMAIL, Channel.IN_APP}

    page = doctor.opens("/notices/")
    expect(page.locator("main")).to_contain_text("赵玉兰")
    doctor.looks("7-notices")
    page.get_by_role("button", name="打开 赵玉兰").click()
    page.wait_for_url(f"**{path_of('workbench:patient', story.zhao.pk)}")

    expect(outsider.opens("/notices/").locator("main")).not_to_contain_text("赵玉兰")
    assert outsider.status(path_of("workbench:patient", story.zhao.pk)) == 404


def test_tasks_that_run_twice_send_one_message(
    story: Story, nobody_else: None, behind: Callable[..., None], post_office: tuple[MailPeer, str]
) -> None:
    peer, address = post_office
    behind("worker", EMAIL_URL=address)
    for _ in range(2):
        plan_reminders.delay()
        deliver.delay()
    until(lambda: written_to(peer) == ["zhao@example.test"])

    # The worker takes one task after the other: the letter of a later task shows that the four before it are done.
    appointments.book(story.qian, due_on=days_ago(-1), reason=AppointmentReason.ROUTINE, by=story.doctor)
    deliver.delay()
    until(lambda: len(peer.letters) > 1)
    assert written_to(peer) == ["zhao@example.test", "qian@example.test"]
    assert Communication.objects.filter(patient_id=story.zhao.pk).count() == 2
