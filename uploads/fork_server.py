"""Requests child processes from the fork server, which starts with the first file and is restarted when it
ends."""

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
from uploads.worker.fork_server import STARTED, STATUS_BYTES

WORKER = "uploads.worker"
# The maximum number of bytes read of a child's answer, which is one line.
MAX_ANSWER_BYTES = 4096
# The fork server may end while it receives a request.
ATTEMPTS = 3
# The fork server starts in less than a second, and forks a child in a few milliseconds.
MAX_START_SECONDS = 20.0


class NoChild(OSError):
    """No child process can be made."""


class ChildResult(NamedTuple):
    """A child's answer, and its exit status as in `subprocess`, None if the fork server died."""

    answer: bytes
    status: int | None


async def run(niceness: int, task: str) -> ChildResult:
    """Have a child do the task, a single line, at this niceness. Raises NoChild.

    A cancelled call returns only after the child has ended.
    """
    for _ in range(ATTEMPTS):
        async with _child(niceness) as child:
            if await child.has_started():
                return await child.do(task)
    raise NoChild("The fork server makes no child.")


class _Child:
    """A child process. `server` is the fork server that forks it, and `channel` is its input and output. On
    `events` the fork server reports its start and its end."""

    def __init__(self, server: "_Server", channel: socket.socket, events: socket.socket) -> None:
        self.server = server
        self._channel = channel
        self._events = events
        self._loop = asyncio.get_running_loop()
        self._has_ended = False

    async def has_started(self) -> bool:
        """Wait for the child to start. Return False if the fork server ended, hangs, or could not fork."""
        event = b""
        try:
            async with asyncio.timeout(MAX_START_SECONDS):
                event = await self._receive(self._events, len(STARTED))
        except TimeoutError:
            self.server.has_failed = True
        self._has_ended = event != STARTED
        return event == STARTED

    async def do(self, task: str) -> ChildResult:
        with suppress(ConnectionError):  # the exit status tells why
            await self._loop.sock_sendall(self._channel, task.encode() + b"\n")
        answer = await self._receive(self._channel, MAX_ANSWER_BYTES)
        status = await self._receive(self._events, STATUS_BYTES)
        self._has_ended = True
        return ChildResult(answer, int(status) if status else None)

    async def end(self) -> None:
        """Kill the child unless it has ended, and wait for its end. A child not forked yet is killed too."""
        if not self._has_ended:
            self._events.shutdown(socket.SHUT_WR)
            with suppress(TimeoutError):
                async with asyncio.timeout(MAX_START_SECONDS):
                    while await self._receive(self._events, STATUS_BYTES):
                        pass

    async def _receive(self, end: socket.socket, max_bytes: int) -> bytes:
        with suppress(ConnectionError):
            return await self._loop.sock_recv(end, max_bytes)
        return b""


@asynccontextmanager
async def _child(niceness: int) -> AsyncIterator[_Child]:
    with ExitStack() as ours, ExitStack() as theirs:
        pairs = [socket.socketpair() for _ in range(2)]
        for mine, its in pairs:
            mine.setblocking(False)
            ours.enter_context(mine)
            theirs.enter_context(its)
        server = _request_child(bytes([niceness]), [its.fileno() for _, its in pairs])
        theirs.close()
        child = _Child(server, *(mine for mine, _ in pairs))
        try:
            yield child
        finally:
            await child.end()


class _Server:
    """A fork server. After `has_failed` is true, it gets no more requests."""

    def __init__(self) -> None:
        self.has_failed = False
        self._requests, theirs = socket.socketpair()
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

    def send(self, request: bytes, descriptors: list[int]) -> None:
        try:
            socket.send_fds(self._requests, [request], descriptors)
        except ConnectionError:
            self.has_failed = True

    def end(self) -> None:
        """Kill the fork server, and its children with it."""
        self._requests.close()
        self._process.kill()
        self._process.wait()


_lock = threading.Lock()
_servers: list[_Server] = []


def _request_child(request: bytes, descriptors: list[int]) -> _Server:
    """Send the request to this process's fork server, which its threads share. Raises NoChild."""
    with _lock:
        for _ in range(ATTEMPTS):
            server = _running_server()
            server.send(request, descriptors)
            if not server.has_failed:
                return server
    raise NoChild("The fork server does not start.")


def _running_server() -> _Server:
    while _servers and _servers[0].has_failed:
        _servers.pop().end()
    if not _servers:
        _servers.append(_Server())
    return _servers[0]


@atexit.register
def _end() -> None:
    with _lock:
        while _servers:
            _servers.pop().end()
