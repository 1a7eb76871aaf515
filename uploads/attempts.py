"""Remembers failed conversions, so that no process repeats them.

The key of an attempt depends on everything that its result depends on: the input, its owner, the limits, and
the version of the converters.
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

# Raise this when the converters accept more than before, or when a text of a failure is removed.
_CONVERTERS_VERSION = 1
# An attempt whose failure may have been the machine's fault is allowed again after this time.
RETRY_AFTER = timedelta(minutes=10)
_TEXTS = frozenset(MessageTemplate)


class RememberedFailure(UploadRejected):
    """The same attempt failed before."""


@contextmanager
def remember_failure_of(kind: TaskKind, subject: str, limits: Limits) -> Iterator[None]:
    """Remember a failure that the block raises. Raises RememberedFailure if the same attempt failed before.

    This is for threads outside an event loop. Asynchronous code calls the three functions below.
    """
    attempt = attempt_key(kind, subject, limits)
    raise_if_failed_before(attempt)
    try:
        yield
    except UploadRejected as refused:
        remember(attempt, refused, kind)
        raise
    except Exception:
        remember(attempt, UploadRejected(Reason.BROKEN, MessageTemplate.SERVER_FAILED, passing=True), kind)
        raise


def attempt_key(kind: TaskKind, subject: str, limits: Limits) -> str:
    """Return the key of an attempt. `subject` identifies its input."""
    inputs = hashlib.sha256(repr((_CONVERTERS_VERSION, subject, limits)).encode())
    return names.stem(settings.SECRET_KEY, f"attempt {kind}", inputs.digest())


def raise_if_failed_before(attempt: str) -> None:
    """Raise RememberedFailure if the attempt failed before, unless it may succeed now."""
    failed = FailedAttempt.objects.filter(pk=attempt).first()
    # Another version of the server may have stored a text that this one does not have.
    if failed is None or failed.text not in _TEXTS:
        return
    if not (failed.passing and failed.failed_at < timezone.now() - RETRY_AFTER):
        raise RememberedFailure(
            Reason(failed.reason), MessageTemplate(failed.text), failed.numbers, passing=failed.passing
        )


def remember(attempt: str, refused: UploadRejected, kind: TaskKind) -> None:
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
