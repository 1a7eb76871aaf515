"""Attempts that came to nothing, so that no process makes the same again.

What an attempt depends on is in its key: the input, and what it may cost. Another file, another limit,
another edition of the programs is another attempt.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from uploads import names
from uploads.models import FailedAttempt
from uploads.worker.tasks import Kind, Limits, Reason, Refused

# To be raised when the programs that convert can do more.
_EDITION = 1
# What may have been the machine's fault is tried again after it.
PAUSE = timedelta(minutes=10)


class Remembered(Refused):
    """It was tried before."""


@contextmanager
def once(kind: Kind, subject: str, limits: Limits) -> Iterator[None]:
    """Inside, the attempt is made, and what it raises is remembered. Raises Remembered instead of making one
    that failed. For threads outside an event loop; the others use the three below."""
    attempt = key(kind, subject, limits)
    check(attempt)
    try:
        yield
    except Refused as refused:
        note(attempt, refused, kind)
        raise
    except Exception:
        note(attempt, Refused(Reason.BROKEN, "The server failed.", passing=True), kind)
        raise


def key(kind: Kind, subject: str, limits: Limits) -> str:
    """What one attempt is known by. `subject` stands for its input."""
    depends = hashlib.sha256(repr((_EDITION, subject, limits)).encode())
    return names.stem(settings.SECRET_KEY, f"attempt {kind}", depends.digest())


def check(attempt: str) -> None:
    """Raises Remembered if it failed before, unless it may go better now."""
    failed = FailedAttempt.objects.filter(pk=attempt).first()
    if failed and not (failed.passing and failed.failed_at < timezone.now() - PAUSE):
        raise Remembered(Reason(failed.reason), failed.text, passing=failed.passing)


def note(attempt: str, refused: Refused, kind: Kind) -> None:
    """Remember that it failed."""
    passing = refused.passing or refused.reason == Reason.NO_ROOM
    FailedAttempt.objects.update_or_create(
        pk=attempt,
        defaults={"kind": kind, "reason": refused.reason, "text": str(refused), "passing": passing},
    )
