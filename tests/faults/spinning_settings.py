"""im66's settings, with a process whose event loop spins from SIGUSR1 on."""

import signal
from typing import Any

from im66.settings import *  # noqa: F403


def _spin(*_: Any) -> None:
    while True:
        pass


signal.signal(signal.SIGUSR1, _spin)
