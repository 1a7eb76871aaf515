"""im66's settings, with a process that is killed (SIGKILL) when LAST_WORDS are committed, before anybody has
been told."""

import os
import signal
from typing import Any

from im66.settings import *  # noqa: F403
from log.signals import batch_committed

LAST_WORDS = "farewell"


def _die(batch: Any, **_: Any) -> None:
    if any(getattr(row, "content", "") == LAST_WORDS for row in batch.rows):
        os.kill(os.getpid(), signal.SIGKILL)


batch_committed.connect(_die)
# Whoever announces the batch is connected already in a process that was forked with all modules imported.
batch_committed.receivers.insert(0, batch_committed.receivers.pop())
