"""`messages/search`: everybody finds what they may read, soon after it was written."""

import asyncio
from typing import Any

from tests.api.over_the_network.shapes import EXTENSION, listed, message
from tests.support.api import Answer, Remote

SECONDS = 30.0


async def say(sender: Remote, conversation: str, content: str) -> int:
    given = {"kind": "text", "content": content, "extension": EXTENSION}
    return int((await sender.post(f"conversations/{conversation}/messages", **given)).said["id"])


async def found(who: Remote, count: int, **query: Any) -> Answer:
    """What is found as soon as there are so many."""
    async with asyncio.timeout(SECONDS):
        while len((answer := await who.get("messages/search", **query)).said["items"]) < count:
            await asyncio.sleep(0.1)
    return answer


async def test_everybody_finds_what_they_may_read(
    group: str, alice: Remote, bob: Remote, charlie: Remote
) -> None:
    first = await say(alice, f"u:{bob.userid}", "hello, 今天天气很好")
    last = await say(alice, f"g:{group}", "hello again")
    to_bob = message(first, f"u:{alice.userid}", alice.userid, "hello, 今天天气很好")
    to_all = message(last, f"g:{group}", alice.userid, "hello again")
    assert (await found(bob, 2, q="hello")).outcome == listed(to_all, to_bob)
    assert (await bob.get("messages/search", q="天气")).outcome == listed(to_bob)
    assert (await bob.get("messages/search", q="hel")).outcome == listed(to_all, to_bob)
    assert (await bob.get("messages/search", q="hel.")).outcome == listed()
    assert (await charlie.get("messages/search", q="hello")).outcome == listed()
