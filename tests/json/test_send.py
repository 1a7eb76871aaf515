"""A message is answered with its place in the log. The same `cid` again: the same answer, nothing stored."""

import time

import pytest

from testkit.device import Device, Error, Frame
from testkit.server import Server
from tests.conftest import MakeServer
from tests.json.conftest import Cast
from tests.support.api import Remote


@pytest.mark.promise("json-7")
async def test_message_is_stored_and_delivered(alice: Device, bob: Device, cast: Cast) -> None:
    before = int(time.time())
    sent = await alice.call("send", to=f"u:{cast.bob}", kind="text", content="hello", cid="a-1")
    assert set(sent) == {"id", "time"}
    assert before <= sent["time"] <= int(time.time())
    event = await bob.event()
    assert event.pop("extension")  # one that the shipped apps can read
    assert event == {
        "ev": "message",
        "id": sent["id"],
        "conversation": f"u:{cast.alice}",
        "from": cast.alice,
        "kind": "text",
        "content": "hello",
        "time": sent["time"],
    }
    assert await alice.receives_nothing()


@pytest.mark.promise("json-20")
async def test_group_message_reaches_all_devices_of_members(
    there: Server, cast: Cast, group: str, alice: Device, charlie: Device
) -> None:
    async with Device(there.entry, cast.bob) as phone, Device(there.entry, cast.bob) as browser:
        id_ = await alice.text(f"g:{group}", "to all")
        for device in (phone, browser):
            event = await device.event()
            assert (event["id"], event["conversation"], event["from"]) == (id_, f"g:{group}", cast.alice)
    assert await charlie.receives_nothing()


@pytest.mark.promise("json-35")
async def test_outsider_may_not_send_to_a_group(
    group: str, alice: Device, bob: Device, charlie: Device
) -> None:
    message = {"to": f"g:{group}", "kind": "text", "content": "let me in"}
    assert await charlie.refusal("send", **message) == Error(403, "not_allowed")
    await bob.call("send", **message)
    assert (await alice.event())["content"] == "let me in"


@pytest.mark.promise("json-20")
async def test_senders_other_devices_get_the_message_with_its_cid(
    there: Server, cast: Cast, alice: Device, bob: Device
) -> None:
    async with Device(there.entry, cast.alice) as browser:
        id_ = await alice.text(f"u:{cast.bob}", "from the phone", cid="a-1")
        event = await browser.event()
        assert (event["id"], event["conversation"], event["cid"]) == (id_, f"u:{cast.bob}", "a-1")
        assert "cid" not in await bob.event()
    assert await alice.receives_nothing()


@pytest.mark.promise("json-7")
async def test_message_of_every_kind_arrives_unchanged(alice: Device, bob: Device, cast: Cast) -> None:
    content = 'a_b "quoted" \\ 汉字 👩‍👩‍👧 \u2028\n\ttab'
    for kind in ("text", "picture", "audio", "video", "emotion"):
        await alice.call("send", to=f"u:{cast.bob}", kind=kind, content=content)
        event = await bob.event()
        assert (event["kind"], event["content"]) == (kind, content)


@pytest.mark.promise("json-7")
async def test_extension_arrives_unchanged(there: Server, cast: Cast, alice: Device, bob: Device) -> None:
    extensions = ["eyJhIjogMX0=", '{"a": 1}', "_a_b_ 汉字"]
    async with Device(there.entry, cast.alice) as browser:
        sent = [await alice.text(f"u:{cast.bob}", "hello", extension=extension) for extension in extensions]
        for device in (bob, browser):
            assert [event["extension"] for event in await device.events(3)] == extensions
    async with Device(there.entry, cast.bob, since=sent[0] - 1) as later:
        assert [event["extension"] for event in later.backlog] == extensions


@pytest.mark.promise("json-3")
async def test_messages_keep_their_order_whatever_the_order_of_replies(
    alice: Device, bob: Device, cast: Cast
) -> None:
    ids = [
        await alice.command("send", to=f"u:{cast.bob}", kind="text", content=str(number))
        for number in range(50)
    ]
    answers = [(await alice.reply(id_))["id"] for id_ in ids]
    events = await bob.events(50)
    assert [event["content"] for event in events] == [str(number) for number in range(50)]
    assert [event["id"] for event in events] == answers == sorted(answers)


class TestTheSameCid:
    @pytest.mark.promise("json-8")
    async def test_repeated_cid_is_stored_once(
        self, there: Server, cast: Cast, alice: Device, bob: Device
    ) -> None:
        message = {"to": f"u:{cast.bob}", "kind": "text", "cid": f"{cast.alice}-1"}
        first = await alice.call("send", content="once", **message)
        assert await alice.call("send", content="twice?", **message) == first
        assert (await bob.event())["content"] == "once"
        assert await bob.receives_nothing()
        assert _stored(there, cast.alice) == ["once"]

    @pytest.mark.promise("json-8")
    @pytest.mark.slow
    async def test_repeated_cid_after_a_kill_is_stored_once(self, make_server: MakeServer) -> None:
        server = make_server()
        async with Device(server.entry, "alice") as alice:
            first = await _send(alice, "1")
            await alice.command("send", to="u:bob", kind="text", content="once", cid="2")
            server.kill()
        server.start()
        async with Device(server.entry, "alice") as alice:
            assert await _send(alice, "1") == first
            second = await _send(alice, "2")
            assert await _send(alice, "2") == second
        assert server.stored() == ["once", "once"]


async def _send(alice: Device, cid: str) -> Frame:
    return await alice.call("send", to="u:bob", kind="text", content="once", cid=cid)


def _stored(server: Server, sender: str) -> list[str]:
    query = f"SELECT content FROM log_message WHERE kind = 'text' AND sender_id = '{sender}' ORDER BY id"
    return [row[0] for row in server.query(query)]


async def test_silent_message_says_so_until_it_is_forwarded(
    there: Server, alice: Device, bob: Device, cast: Cast
) -> None:
    loud = await alice.text(f"u:{cast.bob}", "loud")
    sent = await alice.call("send", to=f"u:{cast.bob}", kind="text", content="hush", silent=True)
    events = [await bob.event(), await bob.event()]
    assert [(event["id"], event.get("silent")) for event in events] == [(loud, None), (sent["id"], True)]
    await alice.call("edit", target=sent["id"], content="hush!")
    await bob.call("forward", targets=[sent["id"]], to=[f"u:{cast.alice}"])
    page = (await Remote(there, cast.alice).get(f"conversations/u:{cast.bob}/messages")).body
    shown = [(one["content"], one.get("silent")) for one in page["items"]]
    assert shown == [("loud", None), ("hush!", True), ("hush!", None)]
