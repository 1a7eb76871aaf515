"""Shipped apps and clients of the JSON dialect in one conversation: each gets what it understands."""

import pytest

from testkit.device import Device
from testkit.phone import Phone
from testkit.server import Server
from tests.json.conftest import Cast
from tests.json.places import Places
from tests.support.api import Remote
from tests.support.axes import ONE


@pytest.fixture(params=ONE)
def shipped(request: pytest.FixtureRequest, places: Places) -> Server:
    """One that is set up for the apps as they were shipped. Two of them: tests/wire/test_shipped_apps.py."""
    return places.at(request.param, IM66_CLIENTS="shipped").here


async def test_phone_and_json_device_exchange_group_messages(
    there: Server, cast: Cast, group: str, alice: Device
) -> None:
    async with Phone(there.entry, cast.bob) as bob:
        await alice.text(f"g:{group}", "hello phones")
        message = await bob.message()
        assert (message.sender, message.content, message.type, message.origin) == (
            cast.alice,
            "hello phones",
            "group",
            group,
        )
        await bob.group_text(group, "hello browsers")
        event = await alice.event()
        assert (event["conversation"], event["from"], event["content"]) == (
            f"g:{group}",
            cast.bob,
            "hello browsers",
        )
        await bob.text(cast.alice, "between us")
        assert (await alice.event())["conversation"] == f"u:{cast.bob}"


@pytest.mark.promise("json-1")
async def test_socket_without_a_subprotocol_speaks_the_legacy_dialect(there: Server, cast: Cast) -> None:
    async with Phone(there.entry) as phone:
        assert phone.socket.subprotocol is None
        await phone.send('{"id": 1, "cmd": "ping"}')
        assert (await phone.receive()).startswith("error_400_")
        await phone.log_in(cast.alice)


async def test_socket_with_an_unknown_subprotocol_speaks_the_legacy_dialect(here: Server, cast: Cast) -> None:
    async with Phone(here.entry, cast.alice, subprotocols=["chat", "im66.json.v2"]) as phone:
        assert phone.socket.subprotocol is None


async def test_app_and_browser_of_a_person_get_the_same_messages(
    there: Server, cast: Cast, alice: Device
) -> None:
    """The phone must get what the browser has, and the browser gets what the phone sends."""
    async with Device(there.entry, cast.bob) as browser:
        await alice.text(f"u:{cast.bob}", "one")
        assert (await browser.event())["content"] == "one"
        async with Phone(there.entry, cast.bob) as phone:
            assert await phone.contents(1) == ["one"]
            await phone.text(cast.alice, "from the phone")
            assert (await browser.event())["conversation"] == f"u:{cast.alice}"
            await browser.text(f"u:{cast.alice}", "from the browser")
            assert await phone.receives_nothing()
    assert [event["content"] for event in await alice.events(2)] == ["from the phone", "from the browser"]


class TestShippedApps:
    async def test_underscore_is_replaced_for_shipped_apps(self, shipped: Server, cast: Cast) -> None:
        async with Device(shipped.entry, cast.alice) as alice, Phone(shipped.entry, cast.bob) as bob:
            await alice.text(f"u:{cast.bob}", "snake_case")
            assert (await bob.receive()).split("_")[2] == "snake\uff3fcase"

    async def test_message_for_shipped_apps_has_current_names(self, shipped: Server, cast: Cast) -> None:
        calls = Remote(shipped, cast.alice)
        group = (await calls.post("groups", name="Tea", members=[cast.bob])).body["id"]
        async with Device(shipped.entry, cast.alice) as alice, Phone(shipped.entry, cast.bob) as bob:

            async def names() -> tuple[str, str]:
                await alice.text(f"g:{group}", "hi")
                return (await bob.message()).names

            assert await names() == (cast.alice, "Tea")
            await calls.patch(f"groups/{group}", name="Coffee")
            assert await names() == (cast.alice, "Coffee")
            await calls.patch("me", nickname="Ada")
            assert await names() == ("Ada", "Coffee")
            await calls.patch(f"groups/{group}", nickname="Host")
            assert await names() == ("Host", "Coffee")

    async def test_merged_forward_is_a_chinese_text_with_links_for_shipped_apps(
        self, shipped: Server, cast: Cast
    ) -> None:
        async with Device(shipped.entry, cast.alice) as alice, Phone(shipped.entry, cast.bob) as bob:
            to = f"u:{cast.bob}"
            sent = await alice.call("send", to=to, kind="picture", content="/media/a-1x1.jpg")
            await bob.message()
            await alice.call("forward", targets=[sent["id"]], to=[to], merged=True)
            line = f"{cast.alice}: [图片] {shipped.http}/media/a-1x1.jpg"
            assert (await bob.message()).content == f"[聊天记录] {cast.alice} (1)\n{line}"

    async def test_legacy_clients_get_no_new_events(self, shipped: Server, cast: Cast) -> None:
        async with Device(shipped.entry, cast.alice) as alice, Phone(shipped.entry, cast.bob) as bob:
            target = await alice.text(f"u:{cast.bob}", "one")
            await alice.call("react", target=target, emoji="👍")
            await alice.call("edit", target=target, content="two")
            await alice.call("recall", target=target)
            assert await bob.contents(1) == ["one"]
            assert await bob.receives_nothing()
