"""Messages are passed on to other conversations: all of them, or none."""

import pytest

from testkit.device import Device, Error
from testkit.server import Server
from tests.json.conftest import Cast
from tests.support.calls import make_group, remove


@pytest.mark.promise("json-46")
async def test_forwarded_messages_name_their_authors(
    here: Server, there: Server, cast: Cast, group: str, alice: Device, bob: Device
) -> None:
    written = [await alice.text(f"g:{group}", content) for content in ("one", "two")]
    await alice.call("edit", target=written[1], content="2")
    times = [event["time"] for event in await bob.events(3)]
    other = await make_group(here, cast.bob, cast.charlie)
    await bob.event()
    fields = {"targets": written[::-1], "to": [f"u:{cast.charlie}", f"g:{other}"], "cid": "f-1"}
    async with Device(here.entry, cast.charlie) as charlie:
        forwarded = (await bob.call("forward", **fields))["ids"]
        received = [event for event in await charlie.events(4) if event["ev"] == "message"]
        assert [event["id"] for event in received] == forwarded
        assert [event["conversation"] for event in received] == [f"u:{cast.bob}"] * 2 + [f"g:{other}"] * 2
        assert [event["content"] for event in received] == ["one", "2"] * 2
        origin = [{"from": cast.alice, "time": time} for time in times[:2]]
        assert [event["forwarded"] for event in received] == origin * 2

        # The same again: the same answer, and nothing is stored.
        assert (await bob.call("forward", **fields))["ids"] == forwarded
        assert await charlie.receives_nothing()

        # Forwarded once more it says the same. Nobody edits it, and a recall of the first does not follow.
        await alice.call("recall", target=written[0])
        back = await charlie.call("forward", targets=[forwarded[0]], to=[f"u:{cast.charlie}"])
        assert (await charlie.event())["id"] == back["ids"][0]
        refusal = await bob.refusal("edit", target=forwarded[0], content="never said")
        assert refusal == Error(400, "invalid")


@pytest.mark.promise("json-46")
async def test_merged_forward_makes_one_bundle(cast: Cast, group: str, alice: Device, bob: Device) -> None:
    written = [await alice.text(f"g:{group}", "one")]
    picture = {"to": f"g:{group}", "kind": "picture", "content": "/media/a-1x1.jpg"}
    written.append((await alice.call("send", **picture))["id"])
    await bob.events(2)
    (id_,) = (await bob.call("forward", targets=written, to=[f"u:{cast.alice}"], merged=True))["ids"]
    event = await alice.event()
    assert (event["id"], event["kind"], event["content"]) == (id_, "bundle", "群 (2)")
    assert event["bundle"]["title"] == "群"
    texts = [(item["from"], item["kind"], item["content"]) for item in event["bundle"]["items"]]
    assert texts == [(cast.alice, "text", "one"), (cast.alice, "picture", "/media/a-1x1.jpg")]
    assert await alice.refusal("send", to=f"u:{cast.bob}", kind="bundle", content="x") == Error(
        400, "invalid"
    )


@pytest.mark.promise("json-46")
async def test_single_forbidden_message_stops_the_forward(
    here: Server, cast: Cast, group: str, alice: Device, bob: Device, charlie: Device
) -> None:
    good, gone = await alice.text(f"g:{group}", "good"), await alice.text(f"g:{group}", "gone")
    await alice.call("recall", target=gone)
    await bob.events(3)

    async def refused(device: Device, targets: list[int], *to: str) -> Error:
        return await device.refusal("forward", targets=targets, to=[f"u:{cast.alice}", *to])

    assert await refused(charlie, [good]) == Error(404, "not_found")
    assert await refused(bob, [good, gone]) == Error(404, "not_found")
    assert await refused(bob, [good, good + 10**9]) == Error(404, "not_found")
    foreign = await make_group(here, cast.charlie)
    assert await refused(bob, [good], f"g:{foreign}") == Error(403, "not_allowed")
    await remove(here, group, cast.bob)
    assert await refused(bob, [good], f"g:{group}") == Error(403, "not_allowed")
    # What was written while Bob was a member, he may still pass on.
    await bob.call("forward", targets=[good], to=[f"u:{cast.alice}"])
    received = [event for event in await alice.events(2) if event["ev"] == "message"]
    assert [event["content"] for event in received] == ["good"]
