"""A message from a member to a group."""

import pytest

from testkit.phone import Phone, Received
from testkit.server import Server
from tests.support.calls import call
from tests.wire.conftest import Cast


@pytest.mark.promise("routing-4")
async def test_members_get_the_group_message_unchanged(
    alice: Phone, bob: Phone, cast: Cast, group: str
) -> None:
    await alice.send(f"text_{group}_大家好_group_e")
    message = await bob.message()
    assert message == Received("text", cast.alice, "大家好", "group", group, message.time, "e")


@pytest.mark.promise("routing-5")
async def test_members_get_group_messages_in_the_same_order(
    server: Server, alice: Phone, bob: Phone, group: str
) -> None:
    await call(server, "addmembers", groupid=group, members="dora")
    async with Phone(server.entry, "dora") as dora:
        for number in range(200):
            await alice.group_text(group, f"a{number}")
            await bob.group_text(group, f"b{number}")
        contents = await dora.contents(400)
    assert [text for text in contents if text.startswith("a")] == [f"a{number}" for number in range(200)]
    assert await bob.contents(200) == [text for text in contents if text.startswith("a")]
    assert await alice.contents(200) == [text for text in contents if text.startswith("b")]


@pytest.mark.promise("routing-1")
async def test_group_sender_gets_no_echo(alice: Phone, bob: Phone, group: str) -> None:
    await alice.group_text(group, "hi")
    await bob.message()
    assert await alice.receives_nothing()


@pytest.mark.promise("routing-13", "error-5")
async def test_outsider_neither_reads_nor_writes_in_the_group(
    server: Server, alice: Phone, bob: Phone, charlie: Phone, group: str
) -> None:
    await bob.group_text(group, "among us")
    assert (await alice.message()).content == "among us"
    await charlie.group_text(group, f"let me in {group}")
    assert await charlie.receive() == "error_403_you are not in this group"
    assert await charlie.receives_nothing()
    assert await alice.receives_nothing()
    assert f"let me in {group}" not in server.stored()


@pytest.mark.promise("error-13")
async def test_message_to_an_unknown_group_is_an_error(alice: Phone) -> None:
    await alice.group_text("987654321", "anybody?")
    assert await alice.receive() == "error_404_no such group"


@pytest.mark.promise("error-20")
@pytest.mark.slow
async def test_message_to_a_dissolved_group_is_an_error(
    server: Server, alice: Phone, bob: Phone, group: str
) -> None:
    await alice.group_text(group, "last words")
    assert (await bob.message()).content == "last words"
    server.run_python(f"from groups.services import dissolve; dissolve({group})")
    await bob.group_text(group, "anybody left?")
    # Another process dissolved it; what this one has not heard of yet, the log's writer looks up.
    assert (await bob.receive()) in {"error_404_no such group", "error_403_you are not in this group"}
    assert await alice.receives_nothing()
