"""People on shipped apps, who write to a group while something is broken, and hear what the others write.

What becomes of a message, they are told only if it was refused."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from itertools import cycle

from websockets.exceptions import ConnectionClosed, InvalidHandshake

from testkit.phone import Phone, Received
from tests.faults.stored import Log

RETRY_SECONDS = 0.1
# Ended without a close frame.
BROKEN = 1006


class PhoneUser:
    """Writes one message after another, and notes what each of its connections gets. When one ends it comes
    back, to the next of the addresses `entries`. `patience`: as that of a client of the JSON dialect."""

    def __init__(self, userid: str, entries: Sequence[str], group: str, pause: float, patience: float | None):
        self.userid = userid
        self.sent = 0
        self.refused = 0
        # What each connection got, in its order; the last is the one that is open.
        self.contents_received: list[list[str]] = []
        # With what code each of them ended.
        self.closed: list[int] = []
        self._entries = entries
        self._group = group
        self._pause = pause
        self._patience = patience

    async def live(self, stop: asyncio.Event) -> None:
        """Write until `stop`, listen until cancelled."""
        for entry in cycle(self._entries):
            with suppress(OSError, ConnectionClosed, InvalidHandshake, TimeoutError, AssertionError):
                await self._connected(entry, stop)
            await asyncio.sleep(RETRY_SECONDS)

    async def _connected(self, entry: str, stop: asyncio.Event) -> None:
        async with Phone(entry) as phone:
            self.contents_received.append([])
            await phone.send(f"login_{self.userid}")
            writing = asyncio.create_task(self._write(phone, stop))
            try:
                while True:
                    self._note(await asyncio.wait_for(phone.frame(), self._patience))
            except ConnectionClosed as closed:
                self.closed.append(closed.rcvd.code if closed.rcvd else BROKEN)
            except TimeoutError:
                phone.vanish()
            finally:
                writing.cancel()
                await asyncio.gather(writing, return_exceptions=True)

    async def _write(self, phone: Phone, stop: asyncio.Event) -> None:
        while not stop.is_set():
            # Before it is sent: what is stored was sent, whatever becomes of the connection. Nobody does
            # anything to a message of this last digit.
            self.sent += 1
            await phone.group_text(self._group, f"{self.userid}-{self.sent}1")
            await asyncio.sleep(self._pause)

    def _note(self, frame: str) -> None:
        if frame.startswith("error_"):
            self.refused += 1
        elif not frame.startswith("heartbeat_"):
            self.contents_received[-1].append(Received.read(frame).content.split()[0])

    def stored(self, log: Log) -> list[str]:
        return [row.content for row in log.messages if row.sender == self.userid]

    def is_complete(self, log: Log) -> bool:
        """Of all that it wrote, unless a connection broke, and what would have been said with it; and of all
        that others wrote and did not take back."""
        due = {row.name for row in log.due() if row.kind == "text" and row.sender != self.userid}
        is_sure = len(self.contents_received) == 1
        untold = self.sent - len(self.stored(log)) - self.refused if is_sure else 0
        return not untold and due <= {name for received in self.contents_received for name in received}

    def check(self, log: Log) -> None:
        """Nothing twice on one connection, order kept, nothing heard that is not stored."""
        places = {row.name: place for place, row in enumerate(log.messages) if row.sender != self.userid}
        for received in self.contents_received:
            unknown = [name for name in received if name not in places]
            assert not unknown, f"{self.userid} heard what is not stored: {unknown[:5]}"
            order = [places[name] for name in received]
            assert order == sorted(set(order)), f"{self.userid}: out of order, or twice on one connection"
        numbers = [int(content.rpartition("-")[2]) for content in self.stored(log)]
        assert numbers == sorted(set(numbers)), f"{self.userid}: stored out of order, or twice"
