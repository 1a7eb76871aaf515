"""What a process does because a supervisor has started it (`serve --processes`)."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from server.supervisor import http
from server.supervisor.http import Answer
from server.supervisor.plan import SOCKET

# The supervisor asks every process meanwhile.
ASK_SECONDS = 5.0
_LIFELINE = 0  # the standard input
# So often the event loop shows that it runs.
BEAT_SECONDS = 0.5
_folders: list[Path] = []


def begin(probes: Path, on_replaced: Callable[[], None]) -> None:
    """End when the supervisor says so or is no more. `probes` is the Unix socket of this process, in the
    folder with that of the supervisor. `on_replaced` is called if another process serves on."""
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
    with suppress(OSError):  # it begins to listen
        os.utime(probes)
    loop.call_later(BEAT_SECONDS, _beat, loop, probes)


async def figures_of_all(accept: str) -> Answer | None:
    """The page of all processes; None if this is the only one, or the supervisor does not answer."""
    for folder in _folders:
        with suppress(OSError):
            return await http.get(str(folder / SOCKET), "/metrics", ASK_SECONDS, accept)
    return None
