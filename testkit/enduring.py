"""An endurance test of a shipped app: connections break, the server is restarted and killed, and the user is
banned for a while. It counts the app's sockets, and the messages that its user sees."""

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

# The number of events followed by a pause: the six of `play`, and the pause inside the ban.
EVENTS = 7
# A message sent within this time before a break may be repeated: it may not be confirmed yet.
MAX_CONFIRM_SECONDS = 1.2
# A killed process may lose confirmations of this last time, which it had received but not stored.
STORE_SECONDS = 0.5
# A stored ban takes effect within this time.
BAN_POLL_SECONDS = 3.0
SETTLING_SECONDS = 60
BAN = "from accounts import services; services.set_account_status({!r}, banned={!r}, reason='because')"


class EnduranceOutcome(NamedTuple):
    """The result of an endurance test.

    `sockets`: the maximum number of open sockets. `attempts`: the number of attempts to open a socket.
    `stored`: the number of messages that the server has stored. `missing`: the stored messages that were
    never shown. `repeated`: the number of messages shown more than once. `late`: the repeated messages that
    must have been confirmed before a break.
    """

    sockets: int
    attempts: int
    crashes: list[str]
    stored: int
    missing: list[str]
    repeated: int
    late: list[str]


class Endurance:
    """An endurance test of `sockets` sockets.

    `round_trip` is the round-trip time of the link, `pause` the time after each event, and `every` the time
    between two messages, all in seconds.
    """

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
        # The periods in which a connection broke, as beginning and end.
        self._breaks: list[tuple[float, float]] = []

    async def play(self) -> EnduranceOutcome:
        """Run all events in sequence, and return the outcome."""
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
        """Return the outcome when all stored messages were shown, or after SETTLING_SECONDS."""
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
        """Ban the user for the time of a pause. The app stays logged out until its connections break."""
        began = time.monotonic()
        await self._set_banned(True)
        self._note_break(began, BAN_POLL_SECONDS)
        await asyncio.sleep(self._pause)
        await self._set_banned(False)

    async def _set_banned(self, banned: bool) -> None:
        await asyncio.to_thread(self._server.run_python, BAN.format("bob", banned))

    def _note_break(self, began: float, lasting: float = 0.0) -> None:
        self._breaks.append((began, time.monotonic() + lasting))

    async def _send(self) -> None:
        """Send numbered texts, and reconnect when the server ends the connection."""
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
            [text for text in repeated if not self._may_be_repeated(self._sent[text])],
        )

    def _may_be_repeated(self, sent_at: float) -> bool:
        unconfirmed = MAX_CONFIRM_SECONDS + 2 * self._round_trip
        return any(begin - unconfirmed <= sent_at <= end + self._round_trip for begin, end in self._breaks)
