"""Writing in a group that was made on the page."""

from playwright.async_api import expect

from tests.console.conftest import OpenWindow


async def test_it_works(open_window: OpenWindow) -> None:
    alice, bob = await open_window(), await open_window()
    await alice.log_in("group-alice")
    await bob.log_in("group-bob")

    group_id = await alice.make_group("group-alice", "group-bob", "Two of us")
    await alice.write(group_id, "Welcome.", type="group")
    await expect(bob.received(f"text_group-alice_Welcome._group_{group_id}_")).to_be_visible()
    await bob.write(group_id, "Thanks.", type="group")
    await expect(alice.received(f"text_group-bob_Thanks._group_{group_id}_")).to_be_visible()


async def test_who_is_outside_sees_nothing_of_it(open_window: OpenWindow) -> None:
    alice, bob, charlie = await open_window(), await open_window(), await open_window()
    await alice.log_in("outside-alice")
    await bob.log_in("outside-bob")
    await charlie.log_in("outside-charlie")
    group_id = await alice.make_group("outside-alice", "outside-bob", "Without Charlie")

    await alice.write(group_id, "Not for Charlie.", type="group")
    await expect(bob.received("Not for Charlie.")).to_be_visible()

    # What is written later comes later: with this, the other would have come.
    await alice.write("outside-charlie", "For Charlie.")
    await expect(charlie.received("For Charlie.")).to_be_visible()
    await expect(charlie.received("Not for Charlie.")).to_have_count(0)


async def test_who_is_outside_cannot_write_in_it(open_window: OpenWindow) -> None:
    alice, bob, charlie = await open_window(), await open_window(), await open_window()
    await alice.log_in("intruded-alice")
    await bob.log_in("intruded-bob")
    await charlie.log_in("intruded-charlie")
    group_id = await alice.make_group("intruded-alice", "intruded-bob", "Closed")

    await charlie.write(group_id, "Let me in.", type="group")
    await expect(charlie.received("error_403_")).to_be_visible()

    await alice.write(group_id, "Nobody here.", type="group")
    await expect(bob.received("Nobody here.")).to_be_visible()
    await expect(bob.received("Let me in.")).to_have_count(0)
