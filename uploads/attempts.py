"""Remembers failed conversions, so that no process repeats them.

The key of an attempt holds everything its result depends on: the input and the limits. Another file, another
limit or another edition of the converters is another attempt, and so is the same file of somebody else.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from uploads import names
from uploads.models import FailedAttempt
from uploads.worker.tasks import Limits, Reason, TaskKind, UploadRejected
from uploads.worker.texts import MessageTemplate

# Raise this when the converters can do more than before, or a text of a failure is not there any more.
_EDITION = 1
# A failure that may have been the machine's fault is tried again after this time.
PAUSE = timedelta(minutes=10)
_TEXTS = frozenset(MessageTemplate)


class Remembered(UploadRejected):
    """The same attempt failed before."""


@contextmanager
def once(kind: TaskKind, subject: str, limits: Limits) -> Iterator[None]:
    """Make the attempt inside the block; a failure raised there is remembered. Raises Remembered if the same
    attempt failed before. For threads outside an event loop; asynchronous code uses the three functions
    below."""
    attempt = key(kind, subject, limits)
    check(attempt)
    try:
        yield
    except UploadRejected as refused:
        note(attempt, refused, kind)
        raise
    except Exception:
        note(attempt, UploadRejected(Reason.BROKEN, MessageTemplate.SERVER_FAILED, passing=True), kind)
        raise


def key(kind: TaskKind, subject: str, limits: Limits) -> str:
    """The key of one attempt. `subject` stands for its input."""
    depends = hashlib.sha256(repr((_EDITION, subject, limits)).encode())
    return names.stem(settings.SECRET_KEY, f"attempt {kind}", depends.digest())


def check(attempt: str) -> None:
    """Raises Remembered if the attempt failed before, unless it may succeed now."""
    failed = FailedAttempt.objects.filter(pk=attempt).first()
    # Another version may have had texts that are not here.
    if failed is None or failed.text not in _TEXTS:
        return
    if not (failed.passing and failed.failed_at < timezone.now() - PAUSE):
        raise Remembered(
            Reason(failed.reason), MessageTemplate(failed.text), failed.numbers, passing=failed.passing
        )


def note(attempt: str, refused: UploadRejected, kind: TaskKind) -> None:
    """Remember that the attempt failed."""
    passing = refused.passing or refused.reason == Reason.NO_ROOM
    FailedAttempt.objects.update_or_create(
        pk=attempt,
        defaults={
            "kind": kind,
            "reason": refused.reason,
            "text": refused.text,
            "numbers": refused.numbers,
            "passing": passing,
        },
    )
