"""Programs attach a JSON object to messages; shipped apps see nothing of it."""

import pytest

from testkit.device import Device, Error
from testkit.phone import Phone
from testkit.server import Server
from tests.json.conftest import Cast


@pytest.mark.promise("json-89")
async def test_custom_object_reaches_devices_but_no_phone(
    there: Server, cast: Cast, group: str, alice: Device, bob: Device
) -> None:
    custom = {"order": 17, "lines": [{"sku": "中", "n": 2.5}]}
    async with Phone(there.entry, cast.bob) as phone:
        sent = await alice.call("send", to=f"g:{group}", kind="text", content="An order", custom=custom)
        assert (await bob.event())["custom"] == custom
        message = await phone.message()
        assert message.content == "An order"
        assert "sku" not in repr(message)
    await alice.call("edit", target=sent["id"], content="Your order")
    assert (await bob.event())["custom"] == custom
    await alice.call("edit", target=sent["id"], content="Your order", custom={"order": 18})
    assert (await bob.event())["custom"] == {"order": 18}
    async with Device(there.entry, cast.bob, since=sent["id"] - 1) as later:
        assert later.backlog[0]["custom"] == {"order": 18}
    await alice.call("edit", target=sent["id"], content="No order", custom=None)
    assert "custom" not in await bob.event()


@pytest.mark.promise("json-89")
async def test_hostile_custom_object_is_refused(cast: Cast, alice: Device, bob: Device) -> None:
    message = {"to": f"u:{cast.bob}", "kind": "text", "content": "hi"}
    deep: object = 1
    for _ in range(500):
        deep = [deep]
    hostile: list[object] = [[], "x", {"__proto__": 1}, {"a": "\0"}, {"a": 2**53}, {"a": deep}]
    for custom in hostile:
        assert await alice.refusal("send", **message, custom=custom) == Error(400, "invalid"), custom
    assert await alice.refusal("send", **message, custom={"a": "x" * 4097}) == Error(413, "too_long")
    await alice.call("send", **message, custom={})
    assert "custom" not in await bob.event()
