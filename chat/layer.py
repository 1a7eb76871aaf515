"""The channel layer: it carries the news of a batch to the other processes sooner than their polling would.

What it loses, they read from the log.
"""

import asyncio
import json
import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer

from chat.events import Entry
from chat.hub import Hub
from chat.log import Batch

logger = logging.getLogger(__name__)

GROUP = "im66.log"
# So many batches may wait to be published; those after them are left to polling.
QUEUE = 1000
RETRY_SECONDS = 1.0


def _layer() -> Any:
    """The channel layer if it reaches other processes, else None."""
    layer = get_channel_layer()
    return None if isinstance(layer, InMemoryChannelLayer) else layer


class Announcer:
    """Publishes the batches of this process, in their order, and hears those of the others."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._layer = _layer()
        self._queue: asyncio.Queue[Batch] = asyncio.Queue(QUEUE)

    def publish(self, batch: Batch) -> None:
        """Tell the other processes, soon. Never waits."""
        if self._layer is not None and not self._queue.full():
            self._queue.put_nowait(batch)

    async def run_publishing(self) -> None:
        """Publish until cancelled."""
        while self._layer is not None:
            batch = await self._queue.get()
            try:
                await self._layer.group_send(GROUP, _encode(batch))
            except Exception as error:
                logger.warning("A batch could not be published, others will poll for it: %s", error)

    async def run_listening(self) -> None:
        """Hear until cancelled."""
        while self._layer is not None:
            try:
                channel = await self._layer.new_channel()
                await self._layer.group_add(GROUP, channel)
                while True:
                    self._hear(await self._layer.receive(channel))
            except Exception as error:
                logger.warning("The channel layer cannot be heard, polling meanwhile: %s", error)
                await asyncio.sleep(RETRY_SECONDS)

    def _hear(self, message: dict[str, Any]) -> None:
        if message["last"] > self._hub.cursor:
            self._hub.receive(_decode(message))


def publish_from_thread(batch: Batch) -> None:
    """Tell all processes, from a thread of a process that has no sockets."""
    layer = _layer()
    if layer is None:
        return
    try:
        async_to_sync(layer.group_send)(GROUP, _encode(batch))
    except Exception as error:
        logger.warning("A batch could not be published, others will poll for it: %s", error)


def _encode(batch: Batch) -> dict[str, Any]:
    # The entries as one string: whoever knows them already need not look into it.
    return {
        "type": "log.batch",
        "previous": batch.previous,
        "last": batch.last,
        "entries": json.dumps(batch.entries, ensure_ascii=False, separators=(",", ":")),
    }


def _decode(message: dict[str, Any]) -> Batch:
    return Batch(message["previous"], tuple(Entry(*fields) for fields in json.loads(message["entries"])))
