"""A shutdown that loses and repeats no message: everything that was read is handled and written, all clients
are asked by pings what has arrived, and then their sockets are closed.

The answers to the close are not enough, because not all clients send them: the library of the Android app
treats code 1012 as a violation.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from server.close_codes import SERVICE_RESTART
from server.web_socket import GOODBYE_SECONDS, WebSocket

MAX_HANDLE_SECONDS = 20.0
MAX_WRITE_SECONDS = 10.0
POLL_SECONDS = 0.02


class Connections(Protocol):
    """The connections of a server that shuts down."""

    def stop_listening(self) -> None:
        """Accept no more connections."""

    def sockets(self) -> Sequence[WebSocket]:
        """Return the open sockets."""

    def has_requests(self) -> bool:
        """Return whether a request is being handled and its client is still connected."""

    def has_running(self) -> bool:
        """Return whether the application still runs for any connection."""


@dataclass(frozen=True)
class Work:
    """The work behind the sockets and requests. `drain` returns when all their messages are written or
    refused; `close` writes everything else that must be stored, and ends the work. `announce` is called
    first, and then the server continues for `notice_seconds`, in which load balancers can notice the
    shutdown."""

    drain: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[None]]
    announce: Callable[[], None] = lambda: None
    notice_seconds: float = 0.0


async def give_notice(work: Work) -> None:
    """Announce the shutdown, and wait until it may begin."""
    work.announce()
    await asyncio.sleep(work.notice_seconds)


async def shut_down(connections: Connections, work: Work) -> bool:
    """Shut down. Return whether everything is written; if not, a thread still waits for the database."""
    deadline = time.monotonic() + MAX_HANDLE_SECONDS
    connections.stop_listening()
    is_written = await _finish(connections, work, deadline)
    await _ask_clients(connections)
    # Clients have continued to send meanwhile.
    is_written = await _finish(connections, work, deadline) and is_written
    await _say_goodbye(connections)
    await _wait_until(lambda: not connections.has_running(), time.monotonic() + GOODBYE_SECONDS)
    return is_written and await _ends_within(MAX_WRITE_SECONDS, work.close())


async def _finish(connections: Connections, work: Work, deadline: float) -> bool:
    """Stop reading, and handle and write everything that was read. Return whether it is written."""
    for socket in connections.sockets():
        socket.stop_reading()
    await _wait_until(lambda: all(socket.idle for socket in connections.sockets()), deadline)
    await _wait_until(lambda: not connections.has_requests(), deadline)
    return await _ends_within(MAX_WRITE_SECONDS, work.drain())


async def _ask_clients(connections: Connections) -> None:
    """Ask all clients what has arrived, and wait for their answers or until their time is over."""
    answers = []
    for socket in connections.sockets():
        answer = asyncio.get_running_loop().create_future()
        answers.append(answer)
        socket.resume_reading()
        socket.ask_last(partial(answer.set_result, None))
    await asyncio.gather(*answers)


async def _say_goodbye(connections: Connections) -> None:
    """Close all sockets. A client that answers has read everything before the close."""
    for socket in connections.sockets():
        socket.resume_reading()
        socket.begin_closing(SERVICE_RESTART)
    await _wait_until(lambda: not connections.sockets(), time.monotonic() + GOODBYE_SECONDS)
    for socket in connections.sockets():
        socket.drop()


async def _ends_within(seconds: float, waiting: Awaitable[None]) -> bool:
    """Wait up to `seconds` for `waiting`. Return whether it ended in time."""
    try:
        async with asyncio.timeout(seconds):
            await waiting
    except TimeoutError:
        return False
    return True


async def _wait_until(condition: Callable[[], bool], deadline: float) -> None:
    # Servers do not report when one of these conditions becomes true.
    while not condition() and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(POLL_SECONDS)
