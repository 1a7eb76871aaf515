"""One thread that sends mail to people, so that no page waits for the mail host, nor tells by its time
whether there was anything to send. What is not sent when the process ends is lost: it is asked for again."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction

logger = logging.getLogger(__name__)

# What waits beyond these is dropped.
MAX_WAITING = 500
_HEADERS = {"Auto-Submitted": "auto-generated"}

Job = Callable[[], object]


def can_mail() -> bool:
    """Whether there is a mail host, and an address below which links in mail lead here."""
    ours = settings.IM66
    return bool(ours.mail_url and ours.mail_from and ours.public_url)


def link(path: str) -> str:
    """The address that mail names for a path of ours: never the one that a request has named."""
    return f"{settings.IM66.public_url}{path}"


def post(address: str, subject: str, *paragraphs: str) -> None:
    """Send one mail. Call it in the thread only. Raises OSError and what mail hosts refuse."""
    EmailMessage(subject, "\n\n".join(paragraphs) + "\n", to=[address], headers=_HEADERS).send()


class MailThread:
    def __init__(self) -> None:
        self._arrived = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._thread: threading.Thread | None = None
        self._is_busy = False

    def add(self, job: Job) -> None:
        """Have it done, once the transaction ends that the caller may be in. Never waits."""
        transaction.on_commit(partial(self._add, job))

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is left to do; for tests. Whether that was in time."""
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
                # Not what the host has answered word by word: it may repeat what it was sent.
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
