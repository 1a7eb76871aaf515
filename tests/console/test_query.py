"""Asking for members and for records."""

from playwright.async_api import expect

from tests.console.conftest import OpenWindow
from tests.console.window import unfolded


async def test_members_and_records_are_decoded(open_window: OpenWindow) -> None:
    alice = await open_window()
    await alice.log_in("query-alice")
    group_id = await alice.make_group("query-alice", "query-bob", "Asked about")
    await alice.submit("members", groupid=group_id)
    members = await unfolded(alice.received(f"members_{group_id}_"))
    assert [(member["userid"], member["role"]) for member in members] == [
        ("query-alice", "owner"),
        ("query-bob", "member"),
    ]

    await alice.write("query-bob", "Kept: 记录")
    await alice.settle()
    # The type may be left out.
    form = await alice.fill("records", id="query-bob", timet="0")
    await expect(form.get_by_text("records_query-bob_0", exact=True)).to_be_visible()
    await alice.fill("records", type="unicast")
    await expect(form.get_by_text("records_query-bob_0_unicast", exact=True)).to_be_visible()
    await alice.submit("records")
    records = await unfolded(alice.received("records_query-bob_"))
    assert [message["content"] for message in records["messages"]] == ["Kept: 记录"]
    assert records["more"] is False
