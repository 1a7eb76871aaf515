"""Coming into a group and going out of it, while everybody is connected."""

import asyncio

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.support.calls import add, remove
from tests.wire.conftest import Cast


@pytest.fixture
def server(busy_server: Server) -> Server:
    """Somebody writes thousands of messages here."""
    return busy_server


@pytest.mark.promise("routing-8")
async def test_new_member_gets_only_messages_after_joining(
    server: Server, alice: Phone, bob: Phone, charlie: Phone, cast: Cast, group: str
) -> None:
    await alice.group_text(group, "before")
    assert (await bob.message()).content == "before"
    await add(server, group, cast.charlie)
    await alice.group_text(group, "after")
    assert (await charlie.message()).content == "after"
    assert (await bob.message()).content == "after"


@pytest.mark.promise("routing-8", "call-10")
async def test_new_member_may_write_at_once(
    server: Server, alice: Phone, charlie: Phone, cast: Cast, group: str
) -> None:
    await add(server, group, cast.charlie)
    await charlie.group_text(group, "hello from me")
    assert (await alice.message()).content == "hello from me"


@pytest.mark.promise("routing-9")
async def test_removed_member_gets_no_later_messages(
    server: Server, alice: Phone, bob: Phone, cast: Cast, group: str
) -> None:
    await add(server, group, "witness")
    async with Phone(server.entry, "witness") as witness:
        await alice.group_text(group, "before")
        assert (await bob.message()).content == "before"
        await remove(server, group, cast.bob)
        await alice.group_text(group, "after")
        assert await witness.contents(2) == ["before", "after"]
    assert await bob.receives_nothing()
    await bob.group_text(group, "I am back")
    assert await bob.receive() == "error_403_you are not in this group"
    assert await alice.receives_nothing()


@pytest.mark.promise("routing-9")
async def test_removal_amid_a_stream_has_the_same_position_for_all_members(
    server: Server, alice: Phone, bob: Phone, cast: Cast, group: str
) -> None:
    """What Bob got is a beginning of what Alice wrote, and its end is where the log says it is."""

    async def stream() -> None:
        for number in range(2000):
            await alice.group_text(group, str(number))
        await alice.settle()

    sending = asyncio.create_task(stream())
    contents = await bob.contents(100)
    await remove(server, group, cast.bob)
    await sending
    await alice.text(cast.bob, "end")
    contents += (await bob.contents_until("end"))[:-1]
    place = server.query(
        f"SELECT until_id FROM log_membership WHERE group_id = {group} AND user_id = '{cast.bob}'"
    )[0][0]
    before = server.query(
        f"SELECT content FROM log_message WHERE group_id = {group} AND kind = 'text' AND id < {place}"
        " ORDER BY id"
    )
    assert contents == [row[0] for row in before]
    assert len(contents) < 2000


@pytest.mark.promise("routing-10")
async def test_returning_member_gets_what_was_written_before_the_removal(
    server: Server, alice: Phone, cast: Cast, group: str
) -> None:
    await alice.group_text(group, "while you were in")
    await alice.settle()
    await remove(server, group, cast.bob)
    await alice.group_text(group, "while you were out")
    await alice.settle()
    await add(server, group, cast.bob)
    await alice.group_text(group, "back in")
    await alice.settle()
    async with Phone(server.entry, cast.bob) as bob:
        assert await bob.contents(2) == ["while you were in", "back in"]
        assert await bob.receives_nothing()


@pytest.mark.promise("routing-12")
async def test_legacy_clients_get_no_joins_and_kicks(
    server: Server, alice: Phone, bob: Phone, cast: Cast, group: str
) -> None:
    await add(server, group, cast.charlie)
    await remove(server, group, cast.charlie)
    assert await alice.receives_nothing()
    assert await bob.receives_nothing()
