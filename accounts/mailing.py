"""One thread that sends mail to people, so that no page waits for the mail host, or reveals by its response
time whether a mail was sent. Mail that is not sent when the process ends is lost, and must be requested
again."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction

logger = logging.getLogger(__name__)

# The maximum of queued mails. Further ones are dropped.
MAX_WAITING = 500
_HEADERS = {"Auto-Submitted": "auto-generated"}

Job = Callable[[], object]


def can_mail() -> bool:
    """Return whether a mail host and a public URL for links in mail are configured."""
    ours = settings.IM66
    return bool(ours.mail_url and ours.mail_from and ours.public_url)


def link(path: str) -> str:
    """Return the public URL of a path for mail. It never depends on the host of a request."""
    return f"{settings.IM66.public_url}{path}"


def post(address: str, subject: str, *paragraphs: str) -> None:
    """Send one mail. Call it in the mail thread only. Raises OSError, also for rejections of the mail
    host."""
    EmailMessage(subject, "\n\n".join(paragraphs) + "\n", to=[address], headers=_HEADERS).send()


class MailThread:
    def __init__(self) -> None:
        self._arrived = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._thread: threading.Thread | None = None
        self._is_busy = False

    def add(self, job: Job) -> None:
        """Enqueue the job once the current transaction is committed. Never blocks."""
        transaction.on_commit(partial(self._add, job))

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait up to `seconds` until every job is done. Return whether they are. For tests."""
        with self._arrived:
            return self._arrived.wait_for(lambda: not (self._waiting or self._is_busy), seconds)

    def _add(self, job: Job) -> None:
        with self._arrived:
            if len(self._waiting) >= MAX_WAITING:
                logger.error("Too much mail waits for the mail host: some was dropped.")
                return
            self._waiting.append(job)
            self._arrived.notify_all()
            if self._thread is None:
                # A daemon: a process that ends should not wait for a mail host.
                self._thread = threading.Thread(target=self._run, name="im66-people-mail", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            job = self._next()
            try:
                job()
            except Exception as error:
                # Without the host's answer, which may repeat the content of the mail.
                logger.error(
                    "Mail to a person could not be sent (%s): see im66 doctor.", type(error).__name__
                )
            finally:
                connection.close()
                with self._arrived:
                    self._is_busy = False
                    self._arrived.notify_all()

    def _next(self) -> Job:
        with self._arrived:
            self._arrived.wait_for(lambda: bool(self._waiting))
            self._is_busy = True
            return self._waiting.popleft()


mail = MailThread()
