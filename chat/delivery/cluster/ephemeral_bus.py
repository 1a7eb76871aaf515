"""The ephemeral events of this process on their way to the others, and theirs on their way here.

They have queues of their own, which drop what comes when they are full. So no message waits for them.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from chat.delivery.cluster.envelopes import (
    Envelopes,
    EphemeralEvent,
    NotOurs,
    PresenceDelta,
    PresenceSnapshot,
)
from chat.protocol.events import Growth, Typing

logger = logging.getLogger(__name__)

# So many events may wait to be published, and so many publications to be read.
QUEUE = 1000
# Those of so many seconds are published together, if their weight allows.
PAUSE_SECONDS = 0.05
MAX_PACKET_WEIGHT = 1000
# Of a text that weigh as much as another event.
_CHARACTERS = 100


class EphemeralBus:
    """`process`: the name of this process. `publish(topic, data)` returns whether it has published; it may
    wait, and does not raise. `hear(process, event)` is called with the events of the others; of a process
    without sockets the name is empty. `say_of_nonsense()` is called for what strangers publish.
    """

    def __init__(
        self,
        process: str,
        envelopes: Envelopes,
        publish: Callable[[str, bytes], Awaitable[bool]],
        hear: Callable[[str, EphemeralEvent], None],
        say_of_nonsense: Callable[[], None],
    ) -> None:
        self._process = process
        self._envelopes = envelopes
        self._publish = publish
        self._hear = hear
        self._say_of_nonsense = say_of_nonsense
        # Each with the process that it is for; empty for all of them.
        self._out: deque[tuple[str, EphemeralEvent]] = deque()
        self._in: deque[bytes] = deque()
        self._has_out = asyncio.Event()
        self._has_in = asyncio.Event()

    @property
    def topics(self) -> tuple[str, str]:
        """Where the others publish what this process is to read."""
        return self._envelopes.events_topic, self._envelopes.events_topic_of(self._process)

    def post(self, event: EphemeralEvent, to: str = "") -> None:
        """Tell all other processes, or the one named `to`, soon. Never waits."""
        if len(self._out) < QUEUE:
            self._out.append((to, event))
            self._has_out.set()

    def arrive(self, data: bytes) -> None:
        """Another process has published this on one of the topics. Never waits."""
        if len(self._in) < QUEUE:
            self._in.append(data)
            self._has_in.set()

    async def run_publishing(self) -> None:
        """Publish until cancelled."""
        while True:
            await self._has_out.wait()
            await asyncio.sleep(PAUSE_SECONDS)
            self._has_out.clear()
            while self._out:
                to, events = self._next()
                topic = self._envelopes.events_topic_of(to) if to else self._envelopes.events_topic
                if not await self._publish(topic, self._envelopes.close_events(self._process, events)):
                    self._forget_fleeting()

    async def run_reading(self) -> None:
        """Read what has arrived, until cancelled."""
        while True:
            await self._has_in.wait()
            self._has_in.clear()
            while self._in:
                self._read(self._in.popleft())
                await asyncio.sleep(0)

    def _next(self) -> tuple[str, Sequence[EphemeralEvent]]:
        """The events that are published next, and for whom."""
        to, first = self._out.popleft()
        events, weight = [first], _weight(first)
        while self._out and self._out[0][0] == to and weight < MAX_PACKET_WEIGHT:
            events.append(self._out.popleft()[1])
            weight += _weight(events[-1])
        return to, events

    def _forget_fleeting(self) -> None:
        """Whoever was typing while nothing could be published may have stopped when it can again, and of an
        answer that grows all of it comes again."""
        self._out = deque(waiting for waiting in self._out if not isinstance(waiting[1], Typing | Growth))

    def _read(self, data: bytes) -> None:
        try:
            process, events = self._envelopes.open_events(data)
            if process != self._process:
                for event in events:
                    self._hear(process, event)
        except NotOurs:
            self._say_of_nonsense()
        except Exception:
            logger.exception("An event of another process could not be used.")


def _weight(event: EphemeralEvent) -> int:
    if isinstance(event, PresenceSnapshot):
        return len(event.userids)
    if isinstance(event, Growth):
        return 1 + len(event.content) // _CHARACTERS
    return len(event.came) + len(event.went) if isinstance(event, PresenceDelta) else 1
