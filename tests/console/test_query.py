"""Asking for members and for records."""

from playwright.async_api import expect

from tests.console.conftest import OpenWindow
from tests.console.window import unfolded


async def test_members_are_decoded(open_window: OpenWindow) -> None:
    alice = await open_window()
    await alice.log_in("members-alice")
    group_id = await alice.make_group("members-alice", "members-bob", "Asked about")

    await alice.submit("members", groupid=group_id)

    found = await unfolded(alice.received(f"members_{group_id}_"))
    assert [(member["userid"], member["role"]) for member in found] == [
        ("members-alice", "owner"),
        ("members-bob", "member"),
    ]


async def test_records_are_decoded(open_window: OpenWindow) -> None:
    alice = await open_window()
    await alice.log_in("records-alice")
    await alice.write("records-bob", "Kept: 记录")
    await alice.settle()

    await alice.submit("records", id="records-bob", timet="0", type="unicast")

    found = await unfolded(alice.received("records_records-bob_"))
    assert [message["content"] for message in found["messages"]] == ["Kept: 记录"]
    assert found["more"] is False


async def test_the_type_may_be_left_out(open_window: OpenWindow) -> None:
    window = await open_window()

    form = await window.fill("records", id="bob", timet="7")

    await expect(form.get_by_text("records_bob_7", exact=True)).to_be_visible()
    await window.fill("records", type="unicast")
    await expect(form.get_by_text("records_bob_7_unicast", exact=True)).to_be_visible()
