"""Writing in a group that was made on the page."""

from playwright.async_api import expect

from tests.console.conftest import OpenWindow


async def test_members_read_each_other_and_an_outsider_neither_reads_nor_writes(
    open_window: OpenWindow,
) -> None:
    alice, bob, charlie = await open_window(), await open_window(), await open_window()
    await alice.log_in("group-alice")
    await bob.log_in("group-bob")
    await charlie.log_in("group-charlie")

    group_id = await alice.make_group("group-alice", "group-bob", "Two of us")
    await alice.write(group_id, "Welcome.", type="group")
    await expect(bob.received(f"text_group-alice_Welcome._group_{group_id}_")).to_be_visible()
    await bob.write(group_id, "Thanks.", type="group")
    await expect(alice.received(f"text_group-bob_Thanks._group_{group_id}_")).to_be_visible()

    await charlie.write(group_id, "Let me in.", type="group")
    await expect(charlie.received("error_403_")).to_be_visible()
    # What is written later comes later: with this, the others would have come.
    for person, read, unread in (
        ("group-charlie", charlie, "Welcome."),
        ("group-bob", bob, "Let me in."),
    ):
        await alice.write(person, "For you alone.", type="unicast")
        await expect(read.received("For you alone.")).to_be_visible()
        await expect(read.received(unread)).to_have_count(0)
