"""One phone with a shipped app, whose connections break, whose server is restarted and killed, and whose user
is banned for a while: how many sockets it has, and what its user sees."""

import asyncio
import time
from collections import Counter
from contextlib import suppress
from typing import NamedTuple

from websockets.exceptions import ConnectionClosed, InvalidHandshake

from testkit.forwarder import Forwarder
from testkit.phone import Phone
from testkit.phone_apps import App
from testkit.server import Server

# How many pauses follow on something.
EVENTS = 7
# A message that was sent so long before a break may be shown again: the server asks for it after a second.
SURE_SECONDS = 1.2
# How long a process that is killed may have known of an answer without having stored it.
STORE_SECONDS = 0.5
# How long after it was stored a ban may take effect.
POLL_SECONDS = 3.0
SETTLING_SECONDS = 60
BAN = "from accounts import services; services.set_account_status({!r}, banned={!r}, reason='because')"


class EnduranceOutcome(NamedTuple):
    """`sockets`: the most that were open at the same time. `attempts`: how often the app began to open one.
    `stored`: how many messages the server has. `missing`: those that were never shown. `repeated`: how many
    were shown more than once. `late`: those of them that were sent longer before a break than it takes to
    confirm them."""

    sockets: int
    attempts: int
    crashes: list[str]
    stored: int
    missing: list[str]
    repeated: int
    late: list[str]


class Endurance:
    """`round_trip`: of the link, in seconds. `pause`: how long it goes on after each event. `every`: the
    seconds between two messages."""

    def __init__(
        self, server: Server, make: type[App], sockets: int, *, round_trip: float, pause: float, every: float
    ) -> None:
        self._server = server
        self._make = make
        self._sockets = sockets
        self._round_trip = round_trip
        self._pause = pause
        self._every = every
        self._sent: dict[str, float] = {}
        # Within each of these a connection broke, from its first moment to its last.
        self._breaks: list[tuple[float, float]] = []

    async def play(self) -> EnduranceOutcome:
        """All events, one after the other."""
        async with Forwarder(self._server.port, seconds=self._round_trip / 2) as link:
            url = f"ws://127.0.0.1:{link.port}/entry"
            async with self._make(url, "bob", round_trip_seconds=self._round_trip) as app:
                for _ in range(self._sockets - 1):
                    await app.foreground()
                sending = asyncio.create_task(self._send())
                await asyncio.sleep(self._pause)
                for event in (self._break, self._restart, self._ban, self._break, self._kill, self._break):
                    await event(app)
                    await asyncio.sleep(self._pause)
                sending.cancel()
                return await self._last_outcome(app)

    async def _last_outcome(self, app: App) -> EnduranceOutcome:
        """When all that is stored was shown, or after some SETTLING_SECONDS; and nothing comes any more."""
        for _ in range(SETTLING_SECONDS):
            if not self._outcome(app).missing:
                break
            await asyncio.sleep(1)
        await asyncio.sleep(2 + 2 * self._round_trip)
        return self._outcome(app)

    async def _break(self, app: App) -> None:
        self._note_break(time.monotonic())
        app.break_connections()

    async def _restart(self, _: App) -> None:
        self._server.terminate()
        await asyncio.to_thread(lambda: self._server.exit_code)
        await asyncio.to_thread(self._server.start)

    async def _kill(self, _: App) -> None:
        self._note_break(time.monotonic() - STORE_SECONDS)
        await asyncio.to_thread(self._server.kill)
        await asyncio.to_thread(self._server.start)

    async def _ban(self, _: App) -> None:
        """For the time of a pause. The app stays logged out until its connections break."""
        began = time.monotonic()
        await self._set_banned(True)
        self._note_break(began, POLL_SECONDS)
        await asyncio.sleep(self._pause)
        await self._set_banned(False)

    async def _set_banned(self, banned: bool) -> None:
        await asyncio.to_thread(self._server.run_python, BAN.format("bob", banned))

    def _note_break(self, began: float, more: float = 0.0) -> None:
        self._breaks.append((began, time.monotonic() + more))

    async def _send(self) -> None:
        """Send numbered texts, whatever becomes of the server."""
        while True:
            with suppress(OSError, ConnectionClosed, InvalidHandshake):
                async with Phone(self._server.entry, "alice") as alice:
                    while True:
                        text = f"message {len(self._sent)}"
                        self._sent[text] = time.monotonic()
                        await alice.text("bob", text)
                        await asyncio.sleep(self._every)
            await asyncio.sleep(0.1)

    def _outcome(self, app: App) -> EnduranceOutcome:
        counts = Counter(app.contents)
        stored = [text for text in self._server.stored() if text in self._sent]
        repeated = [text for text, count in counts.items() if count > 1]
        return EnduranceOutcome(
            app.most_sockets,
            app.attempts,
            [crash.why for crash in app.crashes],
            len(stored),
            [text for text in stored if text not in counts],
            len(repeated),
            [text for text in repeated if not self._may_come_again(self._sent[text])],
        )

    def _may_come_again(self, sent_at: float) -> bool:
        sure = SURE_SECONDS + 2 * self._round_trip
        return any(begin - sure <= sent_at <= end + self._round_trip for begin, end in self._breaks)
