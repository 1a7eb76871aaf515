"""A process that a supervisor has started (`serve --processes`): its heartbeat and its end."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from server.supervisor import http
from server.supervisor.http import Answer
from server.supervisor.plan import SOCKET

# The timeout of a request to the supervisor, which queries every process for it.
ANSWER_SECONDS = 5.0
_LIFELINE = 0  # the standard input
# The interval of the event loop's heartbeat.
BEAT_SECONDS = 0.5
_folders: list[Path] = []


def begin(probes: Path, on_replaced: Callable[[], None]) -> None:
    """Begin the heartbeat, and end the process on SIGHUP or when the supervisor has ended. `probes`: the Unix
    socket of this process, in the same folder as the supervisor's. `on_replaced`: called on SIGHUP, which
    means that another process replaces this one."""
    loop = asyncio.get_running_loop()
    _folders.append(probes.parent)
    _beat(loop, probes)

    def end() -> None:
        loop.remove_reader(_LIFELINE)
        os.kill(os.getpid(), signal.SIGTERM)

    def end_replaced() -> None:
        on_replaced()
        end()

    loop.add_signal_handler(signal.SIGHUP, end_replaced)
    loop.add_reader(_LIFELINE, end)


def _beat(loop: asyncio.AbstractEventLoop, probes: Path) -> None:
    with suppress(OSError):  # the socket is not listening yet
        os.utime(probes)
    loop.call_later(BEAT_SECONDS, _beat, loop, probes)


async def figures_of_all(accept: str) -> Answer | None:
    """Return the metrics of all processes; None without a supervisor, or if it does not answer."""
    for folder in _folders:
        with suppress(OSError):
            return await http.get(str(folder / SOCKET), "/metrics", ANSWER_SECONDS, accept)
    return None
