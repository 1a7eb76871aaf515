"""The wall clock of a server process, to be set by a test: from the machine's libfaketime, or a package's."""

import os
from pathlib import Path

from testkit.services import find


class Clock:
    """Shows the system's time to processes that have `environment`, until it is told to `step`. How long
    something takes is measured by another clock, the monotonic one, which is left alone.

    Raises Unavailable.
    """

    def __init__(self, folder: Path) -> None:
        library = find("libfaketime.so.1", "libfaketime", "vendor/libfaketime/src", "/usr/lib/*/faketime")
        self._offset = 0
        self._told = folder / "clock"
        self._tell()
        self.environment = {
            "LD_PRELOAD": library,
            "FAKETIME_TIMESTAMP_FILE": str(self._told),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def step(self, seconds: int) -> None:
        """Forwards, or backwards if it is negative."""
        self._offset += seconds
        self._tell()

    def _tell(self) -> None:
        # In one step, for it is read all the time.
        written = self._told.with_suffix(".new")
        written.write_text(f"{self._offset:+d}")
        os.replace(written, self._told)
