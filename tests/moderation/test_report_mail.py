"""Moderators get mail of new reports: one for all of a while, of nothing that people wrote, from one process,
and again if the mail host fails."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from log.models import Group
from moderation.models import Report, ReportMail
from moderation.models.reports import DISMISS
from moderation.reports import filing, mailing, outcomes
from testkit.mailbox import Mailbox
from testkit.server import Server
from tests.notifications.receiver import Receiver
from tests.support.groups import ALICE, BOB, CHARLIE
from tests.support.hurried import hurried
from tests.support.moderators import MODERATOR, REASON
from tests.support.reports import write
from tests.support.settings import override
from tests.support.threads import at_once

ANN, BEN = "ann@chat.example", "ben@chat.example"
SECRET = "meet me at the harbour"


class Threads:
    """In place of those of a server."""

    async def follow(self, call: Callable[[], Any]) -> Any:
        return await sync_to_async(call)()


class Run:
    threads = Threads()


@pytest.fixture(autouse=True)
def recipients(group: Group, settings: Settings) -> None:
    override(settings, report_mail=[ANN, BEN], report_mail_seconds=0.05, public_url="https://chat.example")


def reported(userid: str = BOB) -> Report:
    return filing.file_report(ALICE, f"u:{userid}", "spam", "a note")


def come_due() -> None:
    ReportMail.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def send(recipient: str = ANN) -> None:
    run: Any = Run()
    asyncio.run(mailing._send_to(run, recipient))


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The mail host fails, until `undo`."""

    def fail(*_: object) -> None:
        raise OSError("nobody listens")

    monkeypatch.setattr(mailing, "_send", fail)
    return monkeypatch


@pytest.mark.django_db(transaction=True)
class TestMail:
    def test_hundred_reports_make_one_mail_per_recipient(self) -> None:
        for number in range(100):
            report = Report.objects.create(target=f"g:{number}", category="spam")
            for recipient in (ANN, BEN):
                ReportMail.objects.create(report=report, recipient=recipient, due_at=timezone.now())
        for recipient in (ANN, BEN):
            for _ in range(3):
                send(recipient)
        assert [one.to for one in mail.outbox] == [[ANN], [BEN]]
        assert "100" in mail.outbox[0].subject
        assert not ReportMail.objects.exists()

    def test_mail_names_reports_without_user_text(self, group: Group) -> None:
        group.name = "a secret society"
        group.save()
        message = write(BOB, ALICE, SECRET)
        first = filing.file_report(ALICE, f"m:{message}", "abuse", "he threatens me")
        filing.file_report(BOB, f"g:{group.pk}", "spam", "")
        come_due()
        send()
        (one,) = mail.outbox
        assert f"https://chat.example/admin/reports/{first.pk}/" in one.body
        assert "Insults or threats" in one.body
        assert "辱骂" in one.body
        for text in (SECRET, "he threatens me", "secret society", BOB, ALICE):
            assert text not in f"{one.subject} {one.body}"

    def test_report_mail_waits_until_due(self, settings: Settings) -> None:
        override(settings, report_mail_seconds=3600.0)
        reported()
        send()
        assert not mail.outbox

    def test_report_mail_leaves_out_claimed_reports(self) -> None:
        first, second = reported(), reported(CHARLIE)
        outcomes.claim(MODERATOR, first.pk)
        come_due()
        send()
        assert f"/{first.pk}/" not in mail.outbox[0].body
        assert f"/{second.pk}/" in mail.outbox[0].body
        outcomes.resolve(MODERATOR, second.pk, DISMISS, REASON)
        send(BEN)
        assert len(mail.outbox) == 1
        assert not ReportMail.objects.exists()

    def test_further_complaint_sends_no_mail(self) -> None:
        reported()
        filing.file_report(CHARLIE, f"u:{BOB}", "spam", "")
        assert ReportMail.objects.count() == 2  # one for each recipient

    def test_reports_without_recipients_queue_no_mail(self, settings: Settings) -> None:
        override(settings, report_mail=[])
        reported()
        assert not ReportMail.objects.exists()

    def test_failed_mail_is_retried_with_newer_reports(self, broken: pytest.MonkeyPatch) -> None:
        reported()
        come_due()
        send()
        assert not mail.outbox
        waiting = ReportMail.objects.get(recipient=ANN)
        assert waiting.attempts == 1
        assert waiting.due_at > timezone.now() + mailing._pause(1) / 2
        broken.undo()
        reported(CHARLIE)
        time.sleep(0.1)  # the second one alone would be due
        send()
        assert not mail.outbox
        ReportMail.objects.filter(pk=waiting.pk).update(due_at=timezone.now())
        send()
        assert len(mail.outbox) == 1
        assert "2" in mail.outbox[0].subject

    def test_retry_pauses_of_report_mail_grow_up_to_an_hour(self) -> None:
        pauses = [mailing._pause(attempts) for attempts in range(1, 40)]
        assert pauses[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
        assert max(pauses) == timedelta(hours=1)

    def test_undeliverable_mail_is_dropped_after_days(self, broken: pytest.MonkeyPatch) -> None:
        reported()
        come_due()
        ReportMail.objects.filter(recipient=ANN).update(made_at=timezone.now() - mailing.MAX_AGE)
        send()
        assert not ReportMail.objects.filter(recipient=ANN).exists()
        assert ReportMail.objects.filter(recipient=BEN).exists()

    def test_report_mail_is_sent_by_one_process(self) -> None:
        reported()
        come_due()
        taken = at_once(*[partial(mailing.claim_batch, ANN)] * 4)
        assert sum(isinstance(one, mailing.Batch) for one in taken) == 1

    def test_expired_claim_sends_same_mail(self) -> None:
        reported()
        come_due()
        first = mailing.claim_batch(ANN)
        assert first
        assert mailing.claim_batch(ANN) is None
        ReportMail.objects.filter(recipient=ANN).update(due_at=timezone.now())  # the claim is over
        again = mailing.claim_batch(ANN)
        assert again
        assert again.mail == first.mail

    def test_former_recipients_get_no_report_mail(self, settings: Settings) -> None:
        reported()
        ReportMail.objects.update(due_at=timezone.now() - timedelta(days=2))
        override(settings, report_mail=[ANN])
        mailing.delete_former_recipients()
        assert set(ReportMail.objects.values_list("recipient", flat=True)) == {ANN}

    def test_failed_filing_queues_no_mail(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(filing, "_add_complaint", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            reported()
        assert not ReportMail.objects.exists()

    def test_hanging_mail_host_is_abandoned_and_retried(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(mailing, "MAX_SEND_SECONDS", 0.2)
        with Mailbox() as box:
            settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(box.url.rpartition(":")[2])
            box.hangs = True
            reported()
            come_due()
            send()
            assert box.connections == 1
            assert ReportMail.objects.get(recipient=ANN).due_at > timezone.now()


FILE = """
from accounts.services import ensure_users
from moderation.reports import filing
from notifications.models import Endpoint
ensure_users(["alice", "bob", "charlie"])
Endpoint.objects.create(name="desk", url={url!r}, events="report.created")
for userid in ("bob", "charlie"):
    filing.file_report("alice", f"u:{{userid}}", "spam", {note!r})
"""


@pytest.mark.slow
@pytest.mark.core
def test_report_is_delivered_to_webhook_and_mail_host_after_outage(tmp_path: Path) -> None:
    with Mailbox() as box, Receiver() as endpoint:
        box.refuses = True
        endpoint.stop()
        telling = {
            "IM66_REPORT_MAIL": f"{ANN},{BEN}",
            "IM66_REPORT_MAIL_SECONDS": "0.5",
            "IM66_MAIL_URL": box.url,
            "IM66_MAIL_FROM": "im66@chat.example",
            "IM66_WEBHOOK_PRIVATE": "on",
            "IM66_WEBHOOK_RETRY_SECONDS": "0.05",
            **hurried(
                moderation__reports__mailing__POLL_SECONDS=0.1,
                moderation__reports__mailing__PAUSE_SECONDS=0.1,
            ),
        }
        with Server(tmp_path, **telling) as server:
            server.run_python(FILE.format(url=endpoint.url, note=SECRET))
            box.wait_until(lambda: box.connections >= 2)
            box.refuses = False
            endpoint.start()
            box.wait_until(lambda: {*box.recipients} == {ANN, BEN})
            endpoint.wait(lambda: len(endpoint.got) >= 2)
        for one in box.mails:
            assert one["From"] == "im66@chat.example"
            assert one["Auto-Submitted"] == "auto-generated"
            assert "new report" in one["Subject"]
            assert SECRET not in one.get_content()
        assert sorted(got.data["about"] for got in endpoint.distinct()) == ["bob", "charlie"]
        assert SECRET not in str(endpoint.got)
