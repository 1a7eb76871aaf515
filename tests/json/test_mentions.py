"""A message in a group may mention members, and its owner and admins may mention all of them."""

import pytest

from testkit.device import Device, Error
from testkit.server import Server
from tests.json.conftest import Cast


@pytest.mark.promise("json-45")
async def test_mentions_reach_all_members_and_name_only_members(
    there: Server, cast: Cast, group: str, alice: Device, bob: Device
) -> None:
    named = [cast.bob, cast.charlie, cast.bob]
    message = {"to": f"g:{group}", "kind": "text", "content": "@Bob, look", "mentions": named}
    sent = await alice.call("send", **message)
    event = await bob.event()
    assert (event["id"], event["mentions"]) == (sent["id"], [cast.bob])

    await alice.call("edit", target=sent["id"], content="look", mentions=[])
    assert "mentions" not in await bob.event()
    await alice.call("edit", target=sent["id"], content="look", mentions=["*"])
    assert (await bob.event())["mentions"] == ["*"]

    # What is read later says the same.
    async with Device(there.entry, cast.bob, since=sent["id"] - 1) as phone:
        event = phone.backlog[0]
        assert (event["content"], event["mentions"]) == ("look", ["*"])


@pytest.mark.promise("json-45")
async def test_only_owners_and_admins_can_mention_everybody(
    group: str, cast: Cast, alice: Device, bob: Device
) -> None:
    message = {"to": f"g:{group}", "kind": "text", "content": "@all", "mentions": ["*"]}
    assert await bob.refusal("send", **message) == Error(403, "not_allowed")
    own = await bob.text(f"g:{group}", "mine")
    assert await bob.refusal("edit", target=own, content="mine", mentions=["*"]) == Error(403, "not_allowed")
    to_alice = {**message, "to": f"u:{cast.alice}"}
    assert await bob.refusal("send", **to_alice) == Error(403, "not_allowed")
    assert (await alice.event())["content"] == "mine"
    await alice.call("send", **message)
    assert (await bob.event())["mentions"] == ["*"]
