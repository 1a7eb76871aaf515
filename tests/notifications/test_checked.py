"""A real server that asks a checker about what people send by sockets and calls."""

import asyncio
from collections.abc import Iterator

import pytest

from testkit.device import Device, Error
from testkit.phone import Phone
from testkit.server import WITHOUT_LIMITS, Server
from tests.conftest import MakeServer
from tests.support.api import Remote
from tests.support.checker import SECRET, StandIn

pytestmark = pytest.mark.slow

REFUSED = Error(403, "not_allowed")
PICTURE = "http://127.0.0.1/media/{}-74x75.jpg"


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with StandIn() as stand_in:
        yield stand_in


@pytest.fixture
def server(make_server: MakeServer, stand_in: StandIn) -> Server:
    return make_server(
        IM66_CHECKER_URL=stand_in.url,
        IM66_CHECKER_SECRET=SECRET,
        IM66_CHECKER_SECONDS="5",
        IM66_CHECKER_FAILURE="closed",
        IM66_WEBHOOK_PRIVATE="on",
        IM66_DESK_USERID="",
        **WITHOUT_LIMITS,
    )


def released(server: Server, id_: int) -> int:
    return int(server.run_python(f"from chat.services.held_messages import release; print(release({id_}))"))


async def test_checker_decides_about_messages_of_json_legacy_and_api(
    server: Server, stand_in: StandIn
) -> None:
    async with Device(server.entry, "alice") as alice, Device(server.entry, "bob") as bob:
        to_bob = {"to": "u:bob", "kind": "text"}
        sent = await alice.call("send", content="change it", cid="1", **to_bob)
        assert (sent["content"], (await bob.event())["content"]) == ("✓ it", "✓ it")
        count = len(stand_in.requested)
        assert await alice.call("send", content="change it", cid="1", **to_bob) == sent
        assert len(stand_in.requested) == count, "nobody is asked twice about one message"
        assert await alice.refusal("send", content="refuse", **to_bob) == REFUSED
        assert await alice.refusal("edit", target=sent["id"], content="refuse") == REFUSED
        assert await alice.refusal("edit", target=sent["id"], content="hold") == REFUSED
        edited = await alice.call("edit", target=sent["id"], content="change again")
        assert (edited["content"], (await bob.event())["content"]) == ("✓ again", "✓ again")
        assert await alice.refusal("send", content="fail", **to_bob) == Error(503, "try_again")
        held = await alice.call("send", to="u:bob", kind="picture", content=PICTURE.format("hold"))
        assert await bob.receives_nothing()
        id_ = await asyncio.to_thread(released, server, held["id"])
        picture = await bob.event()
        assert (picture["id"], picture["kind"]) == (id_, "picture")
        forward = {"targets": [sent["id"], id_], "to": ["u:bob"], "cid": "f"}
        assert len((await alice.call("forward", **forward))["ids"]) == 2
        assert (await bob.event())["content"] == "✓ again", "and the picture waits again"

        async with Phone(server.entry, "carol") as carol:
            await carol.text("bob", "refuse")
            assert await carol.frame() == "error_403_this message is not allowed"
            await carol.text("bob", "change it")
            assert (await bob.event())["content"] == "✓ it"

    call = Remote(server, "alice")
    refused = await call.post("conversations/u:bob/messages", kind="text", content="refuse")
    assert refused.failed == (403, "not_allowed")
    assert refused.body["error"]["reason"] == "not here"
    made = await call.post("conversations/u:bob/messages", kind="text", content="change it")
    assert (made.status, made.body["content"]) == (201, "✓ it")


async def test_checker_decides_about_nicknames_and_group_texts(server: Server, stand_in: StandIn) -> None:
    call = Remote(server, "alice")
    assert (await call.patch("me", nickname="refuse")).failed == (400, "invalid")
    assert (await call.patch("me", nickname="change")).body["nickname"] == "✓"
    assert (await call.post("groups", name="hold", members=["bob"])).failed == (400, "invalid")
    made = await call.post("groups", name="change", members=["bob"])
    assert made.body["name"] == "✓"
    path = f"groups/{made.body['id']}"
    assert (await call.patch(path, notice="refuse")).failed == (400, "invalid")
    assert (await call.patch(path, notice="fail")).failed == (503, "try_again")
    before = len(stand_in.requested)
    outside = Remote(server, "charlie")
    assert (await outside.patch(path, notice="hello")).status in (403, 404)
    assert len(stand_in.requested) == before, "rights come first"
    assert (await call.patch(path, notice="hello")).status == 200
    last = stand_in.requested[-1]
    assert last["type"] == "check.group"
    expected = {"from": "alice", "to": [f"g:{made.body['id']}"], "kind": "notice", "content": "hello"}
    assert last["data"] == expected


async def test_slow_checker_delays_checked_senders_only(server: Server, stand_in: StandIn) -> None:
    stand_in.is_slow = True
    async with Device(server.entry, "alice") as alice, Device(server.entry, "bob") as bob:
        waiting = [await alice.command("send", to="u:bob", kind="text", content=text) for text in "123"]
        long = await bob.command("send", to="u:alice", kind="text", content="x" * 20_000)
        call = Remote(server, "charlie")
        calling = asyncio.create_task(call.patch("me", nickname="Charlie"))
        while len(stand_in.requested) < 3:
            await asyncio.sleep(0.01)
        other = Remote(server, "dave")
        assert (await other.patch("me", avatar="")).status == 200
        async with Device(server.entry, "erin") as erin:
            await erin.call("ping")
            again = {"emoji": "👍", "on": True}
            assert (await erin.refusal("react", target=1, **again)).code == 404
        assert not calling.done()
        stand_in.is_slow = False
        assert (await calling).body["nickname"] == "Charlie"
        assert [(await bob.event())["content"] for _ in waiting] == ["1", "2", "3"]
        await bob.reply(long)
