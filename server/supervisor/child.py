"""A child process of the supervisor: starts it, watches it and asks for its state."""

import asyncio
import itertools
import os
import shlex
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from server.supervisor import http
from server.supervisor.http import Answer
from server.supervisor.lines import logger
from server.supervisor.plan import Plan
from server.supervisor.systemd import VARIABLES

POLL_SECONDS = 0.1
MAX_ASK_SECONDS = 3.0
# How often the state of a process is read, and in how many such reads in a row it may be stopped (SIGSTOP). A
# stopped process may hold the lock of the log, so that no other process can write.
STATE_SECONDS, MAX_STOPPED_READS = 0.25, 3

_numbers = itertools.count(1)


class LoopState(NamedTuple):
    """The state of the thread of an event loop, as in ps, and the CPU seconds that it has used."""

    state: str
    used: float


class Child:
    """A child process. `index`: its number among the processes, from 1."""

    def __init__(self, plan: Plan, index: int) -> None:
        self.index = index
        self.is_ready = False
        # It was asked to end, so it is not replaced when it ends.
        self.is_ending = False
        self.began_at = time.monotonic()
        self._plan = plan
        self._socket = os.path.join(plan.folder, f"{next(_numbers)}.sock")
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the process. Raises OSError."""
        plan = self._plan
        # The process ends when this pipe is closed, also if the supervisor is killed.
        child_end, self._lifeline = os.pipe()
        options = [f"--listener={plan.listener}", f"--probes={self._socket}"]
        try:
            self._process = await asyncio.create_subprocess_exec(
                *plan.command,
                *options,
                stdin=child_end,
                pass_fds=[plan.listener],
                env=_environment(Path(plan.folder)),
                process_group=0,  # Ctrl-C reaches only the supervisor
            )
        except OSError:
            os.close(self._lifeline)
            raise
        finally:
            os.close(child_end)
        self._watching = asyncio.create_task(self._watch())

    def __str__(self) -> str:
        return f"Process {self.index} (pid {self.pid})"

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process.returncode is None

    async def wait(self) -> int:
        """Wait until the process has ended. Return its exit status, negative if a signal ended it."""
        status = await self._process.wait()
        if self._watching:
            self._watching.cancel()
            self._watching = None
            os.close(self._lifeline)
            with suppress(OSError):
                os.unlink(self._socket)
        return status

    def end(self, number: signal.Signals) -> None:
        self.is_ending = True
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def unready_reason(self) -> str:
        """Ask the process whether it is ready. Return why it is not; empty if it is."""
        try:
            answer = await self.ask("/readyz")
        except OSError as error:
            return f"does not answer: {type(error).__name__}"
        return "" if answer.status == 200 else answer.body.decode(errors="replace")

    async def ask(self, path: str, accept: str = "", seconds: float = MAX_ASK_SECONDS) -> Answer:
        """Send a GET request to the process. Raises OSError."""
        return await http.get(self._socket, path, seconds, accept)

    async def _watch(self) -> None:
        """Kill the process if it hangs."""
        await self._wait_until_hung()
        logger.error("%s hangs: it is killed.", self)
        with suppress(ProcessLookupError):
            self._process.kill()

    async def _wait_until_hung(self) -> None:
        beat, beat_at, hung, stopped, before = 0, time.monotonic(), 0.0, 0, _loop_state(self.pid)
        while stopped < MAX_STOPPED_READS and hung < self._plan.max_hung_seconds:
            if time.monotonic() - beat_at > self._plan.max_silent_seconds:
                return
            await asyncio.sleep(STATE_SECONDS)
            after = _loop_state(self.pid)
            stopped = stopped + 1 if after and after.state == "T" else 0
            # The start and the end of a process have limits of their own.
            is_watched = self.is_ready and not self.is_ending
            if not is_watched or self._last_beat() != beat:
                beat, beat_at, hung = self._last_beat(), time.monotonic(), 0.0
            else:
                hung += hung_seconds(before, after, STATE_SECONDS)
            before = after

    def _last_beat(self) -> int:
        """Return when the event loop of the process ran last, in ns: it touches its socket regularly."""
        with suppress(OSError):
            return os.stat(self._socket).st_mtime_ns
        return 0


def hung_seconds(before: LoopState | None, after: LoopState | None, seconds: float) -> float:
    """Return for how many of these `seconds`, in which it showed no sign of life, the loop used a CPU or
    slept. A loop that waits for a CPU or for the disk is slow, and does not hang."""
    if before is None or after is None:
        return 0.0
    used = after.used - before.used
    has_slept = before.state == after.state == "S" and not used
    return seconds if has_slept else used


def _loop_state(pid: int) -> LoopState | None:
    """Return the state of the event loop of a process; None if it has ended, or on other systems than
    Linux."""
    with suppress(OSError):
        state, *fields = Path(f"/proc/{pid}/task/{pid}/stat").read_text().rpartition(") ")[2].split()
        return LoopState(state, (int(fields[10]) + int(fields[11])) / os.sysconf("SC_CLK_TCK"))
    return None


def _environment(folder: Path) -> Mapping[str, str]:
    """Return the supervisor's environment, with the settings from im66.env in `folder`, which the service
    manager writes for a reload."""
    own = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    settings = folder / "im66.env"
    return own | (_assignments(settings.read_text()) if settings.exists() else {})


def _assignments(text: str) -> dict[str, str]:
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name: "".join(shlex.split(value)) for name, _, value in pairs}
