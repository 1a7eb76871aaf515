"""A shutdown that loses nothing and repeats nothing: what was read is handled and written, all clients are
asked what has arrived, and then told.

They are asked by pings, because not all of them answer the close: the Android app's library takes code 1012
for a violation.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from server.close_codes import SERVICE_RESTART
from server.web_socket import GOODBYE_SECONDS, WebSocket

HANDLE_SECONDS = 20.0
WRITE_SECONDS = 10.0
POLL_SECONDS = 0.02


class Connections(Protocol):
    """What a server has to end."""

    def stop_listening(self) -> None:
        """Accept no more connections."""

    def sockets(self) -> Sequence[WebSocket]:
        """The open sockets."""

    def has_requests(self) -> bool:
        """Whether a request is being handled and its client is still there."""

    def has_running(self) -> bool:
        """Whether the application still runs for any connection."""


@dataclass(frozen=True)
class Work:
    """The work behind the sockets and requests. `drain` returns when all messages that they got are written
    or refused; `close` writes what else is to be kept, and ends the work. `announce` is called first of all,
    and then everything goes on for `notice_seconds`, in which others may notice that the end comes."""

    drain: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[None]]
    announce: Callable[[], None] = lambda: None
    notice_seconds: float = 0.0


async def give_notice(work: Work) -> None:
    """Return when the end may begin."""
    work.announce()
    await asyncio.sleep(work.notice_seconds)


async def shut_down(connections: Connections, work: Work) -> bool:
    """Whether everything is written. If not, a thread still waits for the database."""
    deadline = time.monotonic() + HANDLE_SECONDS
    connections.stop_listening()
    is_written = await _finish(connections, work, deadline)
    await _ask_last(connections)
    # Meanwhile clients went on sending.
    is_written = await _finish(connections, work, deadline) and is_written
    await _say_goodbye(connections)
    await _until(lambda: not connections.has_running(), time.monotonic() + GOODBYE_SECONDS)
    return is_written and await _within(WRITE_SECONDS, work.close())


async def _finish(connections: Connections, work: Work, deadline: float) -> bool:
    """Read no more, and handle and write what was read. Whether it is written."""
    for socket in connections.sockets():
        socket.stop_reading()
    await _until(lambda: all(socket.idle for socket in connections.sockets()), deadline)
    await _until(lambda: not connections.has_requests(), deadline)
    return await _within(WRITE_SECONDS, work.drain())


async def _ask_last(connections: Connections) -> None:
    """Return when all clients have said what has arrived, or had their time for it."""
    answers = []
    for socket in connections.sockets():
        answer = asyncio.get_running_loop().create_future()
        answers.append(answer)
        socket.go_on_reading()
        socket.ask_last(partial(answer.set_result, None))
    await asyncio.gather(*answers)


async def _say_goodbye(connections: Connections) -> None:
    """Close all sockets. A client that answers has read everything before the close."""
    for socket in connections.sockets():
        socket.go_on_reading()
        socket.begin_closing(SERVICE_RESTART)
    await _until(lambda: not connections.sockets(), time.monotonic() + GOODBYE_SECONDS)
    for socket in connections.sockets():
        socket.drop()


async def _within(seconds: float, waiting: Awaitable[None]) -> bool:
    """Whether `waiting` ended in time."""
    try:
        async with asyncio.timeout(seconds):
            await waiting
    except TimeoutError:
        return False
    return True


async def _until(condition: Callable[[], bool], deadline: float) -> None:
    # Servers do not report when one of these conditions becomes true.
    while not condition() and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(POLL_SECONDS)
