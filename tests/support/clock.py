"""The wall clock of a server process, to be set by a test: from the machine's libfaketime, or a package's."""

import importlib.util
import os
from pathlib import Path

INSTALLED = "/usr/lib/*/faketime/libfaketime.so.1"
PACKAGED = "vendor/libfaketime/src/libfaketime.so.1"


class NoClock(Exception):
    """This machine has nothing to set a process's clock with. The text says what was looked for."""


class Clock:
    """Shows the system's time to processes that have `environment`, until it is told to `step`. How long
    something takes is measured by another clock, the monotonic one, which is left alone.

    Raises NoClock.
    """

    def __init__(self, folder: Path) -> None:
        self._offset = 0
        self._told = folder / "clock"
        self._tell()
        self.environment = {
            "LD_PRELOAD": str(_library()),
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


def _library() -> Path:
    for found in sorted(Path("/").glob(INSTALLED.lstrip("/"))):
        return found
    spec = importlib.util.find_spec("libfaketime")
    if spec and spec.origin and (path := Path(spec.origin).parent / PACKAGED).exists():
        return path
    raise NoClock(f"no {INSTALLED} and no package libfaketime")
