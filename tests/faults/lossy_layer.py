"""A channel layer that loses one in ten of what it is given."""

import random
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer

ONE_IN = 10


class LossyLayer(RedisPubSubChannelLayer):  # type: ignore[misc]
    """Redis in all but its reliability."""

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if random.randrange(ONE_IN):
            await self._get_layer().group_send(group, message)
