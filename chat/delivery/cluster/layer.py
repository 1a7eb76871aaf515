"""Redis: it brings a batch to the other processes sooner than their polling would.

What Redis loses, they read from the log. What strangers publish there is ignored (`envelopes`).
"""

import asyncio
import itertools
import logging
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

import redis
from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from accounts.limits.outage import LISTENING, OURS, PUBLISHING, Outage
from chat.delivery.cluster.envelopes import Envelopes, EphemeralEvent, Mark, NotOurs, Takeover, last_id
from chat.delivery.cluster.ephemeral_bus import EphemeralBus
from chat.delivery.cluster.installation import installation_key
from chat.delivery.loop.hub import Hub
from log.drafts import Batch
from log.rows import LogId

logger = logging.getLogger(__name__)

# This many batches may wait to be published; polling finds those after them.
QUEUE = 1000
RETRY_SECONDS = 1.0
# If Redis does not answer within this time, it does not answer at all.
ANSWER_SECONDS = 5.0
# After this long without a message from Redis, it is asked whether it is there.
SILENCE_SECONDS = 10.0
# Messages in a row without a pause for other tasks.
BURST = 64

_OPTIONS: dict[str, Any] = {
    "socket_timeout": ANSWER_SECONDS,
    "socket_connect_timeout": ANSWER_SECONDS,
    "protocol": 2,  # every Redis speaks this version
}
# If Redis has closed a connection, it is opened again at once.
_AGAIN = (NoBackoff(), 1)


class Hearers(NamedTuple):
    """`mark(userid, delivered_id)`: a person has said goodbye there. `takeover`: a request or a reply to this
    process. `event`: see EphemeralBus."""

    mark: Callable[[str, LogId], None]
    takeover: Callable[[Takeover], None]
    event: Callable[[str, EphemeralEvent], None]


class Announcer:
    """Publishes the batches of this process, in order, and receives those of the others. It does the same
    with the marks of people who said goodbye, with takeovers, and with `events`. There must be
    a Redis.

    `key` is the installation's, `process` the name of this process. `hearers` are called with what the others
    say.
    """

    def __init__(
        self,
        hub: Hub,
        key: bytes,
        process: str,
        hearers: Hearers,
        outage: Outage = OURS,
    ) -> None:
        self._hub = hub
        self._process = process
        self._hearers = hearers
        self._envelopes = Envelopes(key)
        self._redis = connect(settings.IM66.redis_url)
        self._outage = outage
        self._said_of_nonsense = False
        self._queue: asyncio.Queue[Batch | Mark] = asyncio.Queue(QUEUE)
        self.events = EphemeralBus(
            process, self._envelopes, self._publish, hearers.event, self._say_of_nonsense
        )

    def publish(self, news: Batch | Mark) -> None:
        """Tell the other processes, soon. Never waits."""
        if not self._queue.full():
            self._queue.put_nowait(news)

    async def write(self, process: str, takeover: Takeover) -> bool:
        """Send a request or a reply. Returns whether the process gets it: it runs, and listens."""
        try:
            sealed = self._envelopes.close_takeover(takeover)
            return bool(await self._redis.publish(self._envelopes.takeovers_topic_of(process), sealed))
        except Exception as error:
            self._outage.fails(PUBLISHING, error)
            return False

    async def run_publishing(self) -> None:
        """Publish until cancelled."""
        while True:
            news = await self._queue.get()
            if isinstance(news, Mark):
                await self._publish(self._envelopes.mark_topic, self._envelopes.close_mark(news))
            else:
                await self._publish(self._envelopes.topic, self._envelopes.close(news))

    async def _publish(self, topic: str, data: bytes) -> bool:
        """Whether it is published. Does not raise."""
        try:
            await self._redis.publish(topic, data)
        except Exception as error:
            self._outage.fails(PUBLISHING, error)
            return False
        finally:
            heed_cancellation()
        self._outage.works(PUBLISHING)
        return True

    async def run_listening(self) -> None:
        """Listen until cancelled."""
        async with self._redis:
            while True:
                try:
                    await self._listen(self._redis)
                except Exception as error:
                    self._outage.fails(LISTENING, error)
                    await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self, client: Redis) -> None:
        """Raises RedisError and OSError."""
        async with client.pubsub() as subscription:
            takeovers = self._envelopes.takeovers_topic_of(self._process)
            topics = (
                self._envelopes.topic,
                self._envelopes.mark_topic,
                takeovers,
                *self.events.topics,
            )
            await subscription.subscribe(*topics)
            for count in itertools.count(1):
                self._take(await _next(subscription))
                if count % BURST == 0:  # messages that have already arrived come without a pause
                    await asyncio.sleep(0)

    def _take(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "subscribe":
            self._outage.works(LISTENING, PUBLISHING)
        elif message["type"] == "message":
            self._hear(message["channel"].decode(), message["data"])

    def _hear(self, topic: str, data: bytes) -> None:
        try:
            if topic == self._envelopes.mark_topic:
                self._hearers.mark(*self._envelopes.open_mark(data))
            elif topic == self._envelopes.takeovers_topic_of(self._process):
                self._hearers.takeover(self._envelopes.open_takeover(data))
            elif topic in self.events.topics:
                self.events.arrive(data)
            # All processes receive all batches, so most of them are known.
            elif last_id(data) > self._hub.cursor:
                self._hub.receive(self._envelopes.open(data))
        except NotOurs:
            self._say_of_nonsense()
        except Exception:
            logger.exception("A batch could not be applied; the log will be read instead.")

    def _say_of_nonsense(self) -> None:
        if not self._said_of_nonsense:
            self._said_of_nonsense = True
            logger.warning("Somebody else writes into our channel in Redis; it does no harm, and is ignored.")


async def _next(subscription: PubSub) -> Mapping[str, Any]:
    """The next message from Redis. Raises RedisError if there is none, not even the answer to a ping."""
    heed_cancellation()
    message: Mapping[str, Any] | None = await subscription.get_message(timeout=SILENCE_SECONDS)
    if message is None:
        await subscription.ping()
        message = await subscription.get_message(timeout=ANSWER_SECONDS)
    if message is None:
        raise redis.TimeoutError("it does not answer")
    return message


def heed_cancellation() -> None:
    """Raises CancelledError if the task has been cancelled. The client of Redis uses asyncio.wait_for, which
    may lose a cancellation before Python 3.12."""
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError


def publish_from_thread(batch: Batch) -> None:
    """Tell all processes of `batch`, from a thread of a process that has no sockets."""
    envelopes = _envelopes_for_threads
    _publish_from_thread(lambda: (envelopes().topic, envelopes().close(batch)))


def tell_from_thread(event: EphemeralEvent) -> None:
    """The same with an ephemeral event."""
    envelopes = _envelopes_for_threads
    _publish_from_thread(lambda: (envelopes().events_topic, envelopes().close_events("", [event])))


def _publish_from_thread(sealed: Callable[[], tuple[str, bytes]]) -> None:
    client = _redis_for_threads(settings.IM66.redis_url)
    try:
        client.publish(*sealed())
        OURS.works(PUBLISHING)
    except Exception as error:
        OURS.fails(PUBLISHING, error)


def connect(url: str) -> Redis:
    """A client that gives up soon where Redis does not answer. It must be closed."""
    return Redis.from_url(url, retry=AsyncRetry(*_AGAIN), **_OPTIONS)


@cache
def _redis_for_threads(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, retry=Retry(*_AGAIN), **_OPTIONS)


@cache
def _envelopes_for_threads() -> Envelopes:
    return Envelopes(installation_key())
