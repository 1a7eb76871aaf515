"""The channel layer, which brings batches to other processes sooner than their polling does.

Each process has one channel, which is in the group of the installation and in a group of its own. Batches
that the layer loses are read from the log. Over Redis, the layer encrypts messages (`CHANNEL_LAYERS`), so
others cannot forge them.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from accounts.limits.outage import LAYER, OURS, Outage
from accounts.redis_hosts import ANSWER_SECONDS
from chat.delivery.cluster.installation import group_name, installation_key
from chat.delivery.cluster.messages import (
    BATCH,
    EphemeralEvent,
    Goodbye,
    Message,
    Payload,
    PresenceDelta,
    PresenceSnapshot,
    decode,
    encode,
)
from chat.delivery.cluster.presence import BEAT_SECONDS
from chat.delivery.loop.hub import Hub
from chat.protocol.events import Growth, Typing
from log.drafts import Batch

logger = logging.getLogger(__name__)

# How many batches may wait to be sent, how many events, and how many received packets of events.
MAX_WAITING = 1000
# Events of this time are sent together, up to this weight.
PAUSE_SECONDS = 0.05
MAX_PACKET_WEIGHT = 1000
# How many characters of a growing answer weigh as much as an event.
_CHARACTERS_PER_EVENT = 100
RETRY_SECONDS = 1.0
# A process receives its own messages to the group, at least its beats. If nothing arrives for this long, it
# joins the layer again.
SILENCE_SECONDS = 3 * BEAT_SECONDS + 1.0
# The longest that leaving the layer may take: a call that Redis does not answer must end first.
LEAVE_SECONDS = ANSWER_SECONDS + 1.0
# At the end of a process, the longest wait to say goodbye, and the wait before tasks are cancelled again.
GOODBYE_SECONDS = 1.0
CANCEL_SECONDS = 0.1

Packet = Mapping[str, Any]


class Announcer:
    """Sends messages to the other processes, and receives theirs.

    `key` is the installation's; `process` is the name of this process, empty if it has no sockets.
    `on_message(process, message)` is called with each message of another process, except batches, which `hub`
    receives.
    """

    def __init__(
        self,
        hub: Hub,
        key: bytes,
        process: str,
        on_message: Callable[[str, Message], None],
        outage: Outage = OURS,
    ) -> None:
        self._hub = hub
        self._process = process
        self._on_message = on_message
        self._outage = outage
        self._layer = get_channel_layer()
        self._group = group_name(key)
        self._groups = (self._group, self._group_of(process))
        self._urgent = _SendQueue(self._send, 0.0)
        self._events = _SendQueue(self._send, PAUSE_SECONDS)
        self._received_events: deque[Packet] = deque()
        self._has_received_events = asyncio.Event()
        self._has_warned = False

    def post(self, message: Payload, to: str = "") -> None:
        """Queue `message` for all other processes, or for the one named `to`. Never waits."""
        queue = self._events if isinstance(message, EphemeralEvent) else self._urgent
        queue.put(message, to)

    async def run(self) -> None:
        """Send and receive until cancelled."""
        runs = (self._urgent.run, self._events.run, self._run_receiving, self._run_events)
        tasks = [asyncio.create_task(run()) for run in runs]
        try:
            for task in (await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED))[0]:
                task.result()
        finally:
            await _cancel(tasks)
            with suppress(Exception):
                async with asyncio.timeout(GOODBYE_SECONDS):
                    await self._layer.group_send(
                        self._group, _packet(self._process, self._group, [Goodbye()])
                    )
            await self._leave()

    def _group_of(self, process: str) -> str:
        return f"{self._group}.{process}" if process else self._group

    async def _send(self, to: str, messages: Sequence[Payload]) -> bool:
        """Send the messages. Return whether that succeeded; does not raise."""
        group = self._group_of(to)
        try:
            await self._layer.group_send(group, _packet(self._process, group, messages))
        except Exception as error:
            self._outage.report_failure(LAYER, error)
            return False
        return True

    async def _run_receiving(self) -> None:
        while True:
            try:
                await self._receive()
            except Exception as error:
                self._outage.report_failure(LAYER, error)
            await self._leave()
            await asyncio.sleep(RETRY_SECONDS)

    async def _receive(self) -> None:
        """Join the layer and receive packets. Raises TimeoutError if none arrives for SILENCE_SECONDS, and
        the layer's errors if it cannot be joined."""
        channel = await self._layer.new_channel()
        for group in self._groups:
            await self._layer.group_add(group, channel)
        try:
            await self._receive_packets(channel)
        except TimeoutError as error:
            raise TimeoutError("it does not answer") from error

    async def _receive_packets(self, channel: str) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(SILENCE_SECONDS) as silence:
            # Packets are received without a pause, so they never accumulate in the layer.
            while True:
                if await self._receive_packet(channel):
                    silence.reschedule(loop.time() + SILENCE_SECONDS)

    async def _receive_packet(self, channel: str) -> bool:
        """Receive a packet. Return whether it is from a process of this installation; others are ignored."""
        try:
            packet = await self._layer.receive(channel)
            is_ours = packet["group"] in self._groups
        except Exception:  # others can send anything in a shared Redis
            is_ours = False
        if is_ours:
            self._accept(packet)
        elif not self._has_warned:
            self._has_warned = True
            logger.warning(
                "The channel layer brings messages that this process cannot read, and ignores. They come from"
                " a stranger, or from a process with another IM66_SECRET_KEY."
            )
        return is_ours

    async def _leave(self) -> None:
        """Close the connections of the layer. Give up after LEAVE_SECONDS, because they may hang."""
        try:
            async with asyncio.timeout(LEAVE_SECONDS):
                await self._layer.flush()
        except Exception as error:
            logger.debug("The channel layer could not be left: %r", error)

    def _accept(self, packet: Packet) -> None:
        if packet["process"] == self._process:
            self._outage.report_working(LAYER)
        elif not packet["is_ephemeral"]:
            self._apply(packet)
        elif len(self._received_events) < MAX_WAITING:
            self._received_events.append(packet)
            self._has_received_events.set()

    async def _run_events(self) -> None:
        """Apply received events, after all other messages that have arrived."""
        while True:
            await self._has_received_events.wait()
            self._has_received_events.clear()
            while self._received_events:
                self._apply(self._received_events.popleft())
                await asyncio.sleep(0)

    def _apply(self, packet: Packet) -> None:
        for encoded in packet["messages"]:
            try:
                self._apply_message(packet["process"], encoded)
            except Exception:
                logger.exception("A message of another process could not be applied; the log has it.")

    def _apply_message(self, process: str, encoded: Sequence[Any]) -> None:
        if encoded[0] == BATCH and encoded[1] <= self._hub.cursor:
            return
        message = decode(encoded)
        if isinstance(message, Batch):
            self._hub.receive(message)
        else:
            self._on_message(process, message)


class _SendQueue:
    """Messages that wait to be sent, each with its destination. The messages of `pause` seconds are sent
    together. `send(to, messages)` returns whether it succeeded."""

    def __init__(self, send: Callable[[str, Sequence[Payload]], Awaitable[bool]], pause: float) -> None:
        self._send = send
        self._pause = pause
        self._waiting: deque[tuple[str, Payload]] = deque()
        self._has_messages = asyncio.Event()

    def put(self, message: Payload, to: str) -> None:
        if len(self._waiting) < MAX_WAITING:
            self._waiting.append((to, message))
            self._has_messages.set()

    async def run(self) -> None:
        while True:
            await self._has_messages.wait()
            await asyncio.sleep(self._pause)
            self._has_messages.clear()
            while self._waiting:
                if not await self._send(*self._take_packet()):
                    self._forget_fleeting()

    def _take_packet(self) -> tuple[str, Sequence[Payload]]:
        """Return the destination of the next messages, and the messages."""
        to, first = self._waiting.popleft()
        messages, weight = [first], _weight(first)
        while self._waiting and self._waiting[0][0] == to and weight < MAX_PACKET_WEIGHT:
            messages.append(self._waiting.popleft()[1])
            weight += _weight(messages[-1])
        return to, messages

    def _forget_fleeting(self) -> None:
        """Drop typing and growth, which are outdated when sending works again: people may have stopped
        typing, and growing answers are sent again from their beginnings."""
        self._waiting = deque(each for each in self._waiting if not isinstance(each[1], Typing | Growth))


def _weight(message: Payload) -> int:
    match message:
        case Batch():
            return MAX_PACKET_WEIGHT
        case PresenceSnapshot(userids=userids):
            return len(userids)
        case PresenceDelta(came=came, went=went):
            return len(came) + len(went)
        case Growth(content=content):
            return 1 + len(content) // _CHARACTERS_PER_EVENT
    return 1


def _packet(process: str, group: str, messages: Sequence[Payload]) -> dict[str, Any]:
    """Encode a packet. It names its `group`, so that the processes of other groups ignore it: a copy of the
    database has other groups, perhaps with the same IM66_SECRET_KEY."""
    return {
        "process": process,
        "group": group,
        "is_ephemeral": isinstance(messages[0], EphemeralEvent),
        "messages": [encode(each) for each in messages],
    }


async def _cancel(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel the tasks repeatedly until they have ended: the Redis client may lose a cancellation, as
    `asyncio.wait_for` does before Python 3.12, and wait for Redis."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_SECONDS)


def send_from_thread(message: Batch | EphemeralEvent) -> None:
    """Send `message` to all processes, from a thread of a process that has no sockets."""
    try:
        group = _group_for_threads()
        async_to_sync(_layer_send)(group, _packet("", group, [message]))
        OURS.report_working(LAYER)
    except Exception as error:
        OURS.report_failure(LAYER, error)


async def _layer_send(group: str, packet: dict[str, Any]) -> None:
    await get_channel_layer().group_send(group, packet)


@cache
def _group_for_threads() -> str:
    return group_name(installation_key())
