"""A plugin of coverage: what a server does counts for the test that runs meanwhile.

Each process that a test starts reads from a file which test runs, and gives what it does that context. So
several tests may use a server one after the other. The last moments of one may count for the next.
"""

import os
import threading
import time
from pathlib import Path
from typing import Any

from coverage import Coverage

# The file's path.
VARIABLE = "TESTS_NOW"
_POLL_SECONDS = 0.05


def coverage_init(_registry: Any, _options: dict[str, str]) -> None:
    """Called by coverage, when it begins to measure a process."""
    if file := os.environ.get(VARIABLE):
        threading.Thread(target=_follow, args=(Path(file),), daemon=True).start()


def _follow(file: Path) -> None:
    known = ""
    while True:
        if (now := file.read_text()) and now != known and (measuring := Coverage.current()):
            measuring.switch_context(now)
            known = now
        time.sleep(_POLL_SECONDS)
