"""A wall clock for server processes that a test can set, with libfaketime from the machine or from a
package."""

import os
from pathlib import Path

from testkit.services import find


class Clock:
    """A clock for processes started with `environment`: the system's time, shifted by `step`.

    The monotonic clock, which measures durations, is not changed. Raises Unavailable.
    """

    def __init__(self, folder: Path) -> None:
        library = find("libfaketime.so.1", "libfaketime", "vendor/libfaketime/src", "/usr/lib/*/faketime")
        self._offset = 0
        self._file = folder / "clock"
        self._write()
        self.environment = {
            "LD_PRELOAD": library,
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            # Do not shift the time stamps of files.
            "NO_FAKE_STAT": "1",
        }

    def step(self, seconds: int) -> None:
        """Set the clock forward, or back if `seconds` is negative."""
        self._offset += seconds
        self._write()

    def _write(self) -> None:
        # Replaced atomically, because processes read it all the time.
        written = self._file.with_suffix(".new")
        written.write_text(f"{self._offset:+d}")
        os.replace(written, self._file)
