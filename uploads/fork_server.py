"""Has the fork server make child processes. It starts with the first file, and again when it has ended."""

import asyncio
import atexit
import socket
import subprocess
import threading
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from typing import NamedTuple

from django.conf import settings

from uploads import children
from uploads.worker.fork_server import BORN, STATUS_BYTES

WORKER = "uploads.worker"
# The most bytes read of a child's answer, which is one line.
ANSWER_BYTES = 4096
# The fork server may end in the moment in which it is asked.
ATTEMPTS = 3
# It starts in less than a second, and makes a child in a few milliseconds.
BORN_SECONDS = 20.0


class NoChild(OSError):
    """No child process can be made."""


class Ended(NamedTuple):
    """What a child has said, and its exit status as subprocess has it; None if the fork server has died."""

    answer: bytes
    status: int | None


async def run(niceness: int, task: str) -> Ended:
    """Have a child, whose priority is so much lower, do the task of one line. If this is cancelled, the child
    has ended. Raises NoChild."""
    for _ in range(ATTEMPTS):
        async with _child(niceness) as child:
            if await child.is_born():
                return await child.live(task)
    raise NoChild("The fork server makes no child.")


class _Child:
    """`by`: the fork server that makes it. `channel`: its input and output. `events`: where the fork server
    reports its birth and end."""

    def __init__(self, by: "_Server", channel: socket.socket, events: socket.socket) -> None:
        self.by = by
        self._channel = channel
        self._events = events
        self._loop = asyncio.get_running_loop()
        self._has_ended = False

    async def is_born(self) -> bool:
        """Whether it was made. If not, the fork server has ended, or does nothing any more, or there is no
        room for a process."""
        event = b""
        try:
            async with asyncio.timeout(BORN_SECONDS):
                event = await self._receive(self._events, len(BORN))
        except TimeoutError:
            self.by.is_over = True
        self._has_ended = event != BORN
        return event == BORN

    async def live(self, task: str) -> Ended:
        with suppress(ConnectionError):  # its end tells why
            await self._loop.sock_sendall(self._channel, task.encode() + b"\n")
        answer = await self._receive(self._channel, ANSWER_BYTES)
        status = await self._receive(self._events, STATUS_BYTES)
        self._has_ended = True
        return Ended(answer, int(status) if status else None)

    async def end(self) -> None:
        """Kill it, unless it has ended. Returns when it has; also if it was to be made only now."""
        if not self._has_ended:
            self._events.shutdown(socket.SHUT_WR)
            with suppress(TimeoutError):
                async with asyncio.timeout(BORN_SECONDS):
                    while await self._receive(self._events, STATUS_BYTES):
                        pass

    async def _receive(self, end: socket.socket, most: int) -> bytes:
        with suppress(ConnectionError):
            return await self._loop.sock_recv(end, most)
        return b""


@asynccontextmanager
async def _child(niceness: int) -> AsyncIterator[_Child]:
    with ExitStack() as ours, ExitStack() as theirs:
        pairs = [socket.socketpair() for _ in range(2)]
        for mine, its in pairs:
            mine.setblocking(False)
            ours.enter_context(mine)
            theirs.enter_context(its)
        by = _ask(bytes([niceness]), [its.fileno() for _, its in pairs])
        theirs.close()
        child = _Child(by, *(mine for mine, _ in pairs))
        try:
            yield child
        finally:
            await child.end()


class _Server:
    """A fork server. `is_over`: it is to be asked no more."""

    def __init__(self) -> None:
        self.is_over = False
        self._asks, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                children.command(WORKER, str(theirs.fileno())),
                cwd=settings.BASE_DIR,
                env=children.ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def ask(self, request: bytes, descriptors: list[int]) -> None:
        try:
            socket.send_fds(self._asks, [request], descriptors)
        except ConnectionError:
            self.is_over = True

    def end(self) -> None:
        """End it, and its children with it."""
        self._asks.close()
        self._process.kill()
        self._process.wait()


_lock = threading.Lock()
_servers: list[_Server] = []


def _ask(request: bytes, descriptors: list[int]) -> _Server:
    """Ask the fork server of this process, which all its threads share. Raises NoChild."""
    with _lock:
        for _ in range(ATTEMPTS):
            server = _current()
            server.ask(request, descriptors)
            if not server.is_over:
                return server
    raise NoChild("The fork server does not start.")


def _current() -> _Server:
    while _servers and _servers[0].is_over:
        _servers.pop().end()
    if not _servers:
        _servers.append(_Server())
    return _servers[0]


@atexit.register
def _end() -> None:
    with _lock:
        while _servers:
            _servers.pop().end()
