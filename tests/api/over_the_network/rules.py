"""Rules at a place, which are in force in a process soon after another one has changed them."""

import asyncio

from testkit.server import Server
from tests.api.over_the_network.shapes import REASON
from tests.support.api import Remote

SECONDS = 30.0


async def add_rule(desk: Remote, there: Server, pattern: str, effect: str) -> int:
    """The id of a new rule about whole words, which is in force in both processes."""
    given = {"pattern": pattern, "match": "word", "effect": effect, "reason": REASON}
    added = await desk.post("moderation/rules", **given)
    assert added.status == 201, added
    for moderator in (desk, desk.at(there)):
        await until_tried(moderator, pattern, effect)
    return int(added.said["id"])


async def until_tried(moderator: Remote, text: str, effect: str | None) -> None:
    """Return when this would happen to the text. A flag is no effect: the text is delivered."""
    async with asyncio.timeout(SECONDS):
        while await _tried(moderator, text) != effect:
            await asyncio.sleep(0.05)


async def _tried(moderator: Remote, text: str) -> str | None:
    said = (await moderator.post("moderation/rules/try", text=text)).said
    return "flag" if said["flags"] else said["effect"]
