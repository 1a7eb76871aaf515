"""The whispers of this process on their way to the others, and theirs on their way here.

They have queues of their own, which drop what comes when they are full. So no message waits for them.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from chat.delivery.cluster.seal import Moves, NotOurs, Roll, Seal, Whisper
from chat.protocol.events import Typing

logger = logging.getLogger(__name__)

# So many whispers may wait to be published, and so many publications to be read.
QUEUE = 1000
# Those of so many seconds are published together, if their weight allows.
PAUSE_SECONDS = 0.05
TOGETHER = 1000


class WhisperQueues:
    """`process`: the name of this process. `publish(topic, data)` returns whether it has published; it may
    wait, and does not raise. `hear(process, whisper)` is called with the whispers of the others; of a process
    without sockets the name is empty. `say_of_nonsense()` is called for what strangers publish.
    """

    def __init__(
        self,
        process: str,
        seal: Seal,
        publish: Callable[[str, bytes], Awaitable[bool]],
        hear: Callable[[str, Whisper], None],
        say_of_nonsense: Callable[[], None],
    ) -> None:
        self._process = process
        self._seal = seal
        self._publish = publish
        self._hear = hear
        self._say_of_nonsense = say_of_nonsense
        # Each with the process that it is for; empty for all of them.
        self._out: deque[tuple[str, Whisper]] = deque()
        self._in: deque[bytes] = deque()
        self._has_out = asyncio.Event()
        self._has_in = asyncio.Event()

    @property
    def topics(self) -> tuple[str, str]:
        """Where the others publish what this process is to read."""
        return self._seal.whisper_topic, self._seal.whispers_to(self._process)

    def post(self, whisper: Whisper, to: str = "") -> None:
        """Tell all other processes, or the one named `to`, soon. Never waits."""
        if len(self._out) < QUEUE:
            self._out.append((to, whisper))
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
                to, whispers = self._next()
                topic = self._seal.whispers_to(to) if to else self._seal.whisper_topic
                if not await self._publish(topic, self._seal.close_whispers(self._process, whispers)):
                    self._forget_fleeting()

    async def run_reading(self) -> None:
        """Read what has arrived, until cancelled."""
        while True:
            await self._has_in.wait()
            self._has_in.clear()
            while self._in:
                self._read(self._in.popleft())
                await asyncio.sleep(0)

    def _next(self) -> tuple[str, Sequence[Whisper]]:
        """The whispers that are published next, and for whom."""
        to, first = self._out.popleft()
        whispers, weight = [first], _weight(first)
        while self._out and self._out[0][0] == to and weight < TOGETHER:
            whispers.append(self._out.popleft()[1])
            weight += _weight(whispers[-1])
        return to, whispers

    def _forget_fleeting(self) -> None:
        """Whoever was typing while nothing could be published may have stopped when it can again."""
        self._out = deque(waiting for waiting in self._out if not isinstance(waiting[1], Typing))

    def _read(self, data: bytes) -> None:
        try:
            process, whispers = self._seal.open_whispers(data)
            if process != self._process:
                for whisper in whispers:
                    self._hear(process, whisper)
        except NotOurs:
            self._say_of_nonsense()
        except Exception:
            logger.exception("What another process whispers could not be used.")


def _weight(whisper: Whisper) -> int:
    if isinstance(whisper, Roll):
        return len(whisper.userids)
    return len(whisper.came) + len(whisper.went) if isinstance(whisper, Moves) else 1
