"""Sends mail about new reports: each recipient gets one mail with all reports since the last one.

Each process polls for due mail and claims it in the database before it sends it, so that only one process
does. If that process ends meanwhile, its claim expires and another process sends the mail, which may then
arrive twice, with the same Message-ID. Each mail is sent in a thread of its own.
"""

import asyncio
import logging
import socket
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any, NamedTuple

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts import leases
from chat.delivery.runtime import Runtime
from moderation.models import Report, ReportMail
from moderation.models.reports import OPEN
from moderation.reports import queue
from moderation.reports.notifying import url_of, url_of_queue
from moderation.reports.targets import GROUP, MESSAGE, PERSON

logger = logging.getLogger(__name__)

# How often the process checks for due mail.
POLL_SECONDS = 2.0
# Mail to former recipients is deleted every this many polls.
POLLS_BETWEEN_CLEANUPS = 1800
RETRY_SECONDS = 10.0
# The first limits one attempt; the second is how long a claim keeps other processes from the next attempt.
MAX_SEND_SECONDS = 60.0
CLAIM = timedelta(seconds=120)
# The pause after the first failed attempt, and the longest pause.
PAUSE_SECONDS, MAX_PAUSE_SECONDS = 60.0, 3600.0
# Mail older than this is dropped, as mail hosts do.
MAX_AGE = timedelta(days=5)
# Reports in one mail, and how many of them are listed.
MAX_IN_MAIL, MAX_LISTED = 1000, 20

_TARGET_TITLES = {MESSAGE: "a message / 消息", PERSON: "a person / 用户", GROUP: "a group / 群"}


class Mail(NamedTuple):
    recipient: str
    subject: str
    body: str
    id: str


class Batch(NamedTuple):
    """What is sent to one recipient now. `rows`: ids of its ReportMail rows. `mail`: None if all these
    reports have been claimed meanwhile. `attempts`: including this one."""

    rows: list[int]
    mail: Mail | None
    attempts: int


async def send_all(run: Runtime) -> None:
    """Send due mail until cancelled."""
    for turn in count():
        pause = POLL_SECONDS
        try:
            if turn % POLLS_BETWEEN_CLEANUPS == 0:
                await run.threads.follow(delete_former_recipients)
            if bool(settings.IM66.report_mail) and await run.threads.follow(is_due):
                await _send_to_each(run)
        except Exception as error:
            logger.error("Mail of reports cannot be looked for, and will be again: %s", error)
            pause = RETRY_SECONDS
        await asyncio.sleep(pause)


async def _send_to_each(run: Runtime) -> None:
    """Send to all recipients concurrently. Raises the first error after the others are done."""
    sent = [_send_to(run, recipient) for recipient in settings.IM66.report_mail]
    for error in await asyncio.gather(*sent, return_exceptions=True):
        if error is not None:
            raise error


async def _send_to(run: Runtime, recipient: str) -> None:
    batch = await run.threads.follow(partial(claim_batch, recipient))
    if batch is None:
        return
    try:
        if batch.mail:
            await _send_in_thread(batch.mail)
    except Exception as error:
        # Not the host's answer: it may quote the mail.
        logger.error("Mail of reports could not be sent (%s), and will be again.", type(error).__name__)
        await run.threads.follow(partial(postpone, batch))
    else:
        await run.threads.follow(partial(delete_sent, batch))


def is_due() -> bool:
    return ReportMail.objects.filter(due_at__lte=timezone.now()).exists()


def claim_batch(recipient: str) -> Batch | None:
    """Claim the mail that this recipient gets now; None if none is due, or another process has claimed it."""
    now = timezone.now()
    first = ReportMail.objects.filter(recipient=recipient).order_by("id").first()
    if first is None or first.due_at > now:
        return None
    attempts = first.attempts + 1
    if not leases.take(ReportMail.objects.all(), first, due_at=now + CLAIM, attempts=attempts):
        return None
    rows = ReportMail.objects.filter(recipient=recipient).order_by("id")[:MAX_IN_MAIL]
    pairs = list(rows.values_list("pk", "report"))
    unclaimed = Report.objects.filter(pk__in=[report for _, report in pairs], state=OPEN)
    reports = list(unclaimed.order_by("pk").only("pk", "target", "category"))
    mail = _compose_mail(recipient, first.pk, reports) if reports else None
    return Batch([pk for pk, _ in pairs], mail, attempts)


def delete_sent(batch: Batch) -> None:
    """Delete the rows of a mail that was sent, or that is no longer needed."""
    ReportMail.objects.filter(pk__in=batch.rows).delete()


def postpone(batch: Batch) -> None:
    """Schedule the next attempt after a pause that grows with each attempt. Drops rows older than MAX_AGE."""
    now = timezone.now()
    ReportMail.objects.filter(pk=batch.rows[0]).update(due_at=now + _pause(batch.attempts))
    dropped, _ = ReportMail.objects.filter(pk__in=batch.rows, made_at__lt=now - MAX_AGE).delete()
    if dropped:
        logger.error("Mail of %d reports was given up. They are in the queue.", dropped)


def _pause(attempts: int) -> timedelta:
    return timedelta(seconds=min(MAX_PAUSE_SECONDS, PAUSE_SECONDS * 2.0 ** min(attempts - 1, 30)))


def delete_former_recipients() -> None:
    """Delete mail to people who are no longer recipients, a day after it was due: a process with the earlier
    settings may still run."""
    former = ReportMail.objects.exclude(recipient__in=settings.IM66.report_mail)
    former.filter(due_at__lt=timezone.now() - timedelta(days=1)).delete()


def _compose_mail(recipient: str, row: int, reports: Sequence[Report]) -> Mail:
    """Compose the mail, in both languages because the recipient's language is unknown. `row`: id of the first
    row, which makes the Message-ID the same at each attempt."""
    number = len(reports)
    waiting, is_more = queue.count_open()
    many = f"{waiting}+" if is_more else str(waiting)
    subject = f"{number} new reports / {number} 条新举报" if number > 1 else "A new report / 1 条新举报"
    lines = [_line(report) for report in reports[:MAX_LISTED]]
    if number > MAX_LISTED:
        lines.append(f"… +{number - MAX_LISTED}")
    counts = Counter(report.category for report in reports).most_common()
    kinds = ", ".join(f"{_category_title(name)}: {times}" for name, times in counts)
    body = [
        f"New / 新举报: {number} ({kinds})",
        f"Open / 待处理: {many}",
        url_of_queue(),
        "",
        *lines,
    ]
    return Mail(recipient, f"[im66] {subject}", "\n".join(body), f"<report-mail-{row}@im66>")


def _line(report: Report) -> str:
    what = _TARGET_TITLES[report.target[0]]
    return f"{report.pk}: {_category_title(report.category)} · {what} {url_of(report.pk)}".rstrip()


def _category_title(category: str) -> str:
    title = Report(category=category).get_category_display()
    with translation.override("zh-hans"):
        return f"{title} / {gettext(title)}"


async def _send_in_thread(mail: Mail) -> None:
    """Send the mail in a thread. Raises the error of sending, and TimeoutError."""
    done: Future[None] = Future()
    connection = get_connection()
    thread = threading.Thread(
        target=_send_and_report, args=(mail, connection, done), name="im66-mail", daemon=True
    )
    thread.start()
    try:
        async with asyncio.timeout(MAX_SEND_SECONDS):
            await asyncio.wrap_future(done)
    except (TimeoutError, asyncio.CancelledError):
        # Makes the thread, which waits for the host, fail now.
        _shut_socket(connection)
        raise


def _send_and_report(mail: Mail, connection: Any, done: "Future[None]") -> None:
    # A cancelled future accepts no result; nobody waits for it then.
    try:
        _send(mail, connection)
    except Exception as error:
        with suppress(Exception):
            done.set_exception(error)
    else:
        with suppress(Exception):
            done.set_result(None)


def _send(mail: Mail, connection: Any) -> None:
    headers = {"Message-ID": mail.id, "Auto-Submitted": "auto-generated"}
    to = [mail.recipient]
    EmailMessage(mail.subject, mail.body, to=to, connection=connection, headers=headers).send()


def _shut_socket(connection: Any) -> None:
    smtp = getattr(connection, "connection", None)
    if sock := getattr(smtp, "sock", None):
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
