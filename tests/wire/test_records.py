"""Asking for what was written."""

from typing import Any

import pytest

from testkit.phone import Phone, unpacked
from testkit.server import Server
from tests.support.calls import add, remove
from tests.wire.conftest import Cast

FRAME = 128 * 1024


@pytest.fixture
def server(busy_server: Server) -> Server:
    """Somebody writes thousands of messages here."""
    return busy_server


async def _ask(phone: Phone, peer: str, since: int = 0, type_: str = "") -> Any:
    await phone.send(f"records_{peer}_{since}" + (f"_{type_}" if type_ else ""))
    reply = await phone.receive()
    assert reply.startswith(f"records_{peer}_"), reply
    return unpacked(reply)


def _contents(page: Any) -> list[str]:
    return [message["content"] for message in page["messages"]]


@pytest.mark.promise("records-1")
async def test_records_are_the_same_for_both_people(alice: Phone, bob: Phone, cast: Cast) -> None:
    await alice.text(cast.bob, "问", "ext")
    sent = await bob.message()
    await bob.text(cast.alice, "答")
    await alice.message()
    page = await _ask(bob, cast.alice)
    assert page["more"] is False
    first, second = page["messages"]
    assert first == {
        "id": first["id"],
        "kind": "text",
        "from": cast.alice,
        "to": cast.bob,
        "type": "unicast",
        "content": "问",
        "time": sent.time,
        "extension": "ext",
    }
    assert (second["from"], second["content"]) == (cast.bob, "答")
    assert second["id"] > first["id"]


@pytest.mark.promise("records-4")
async def test_group_records_are_for_members_only(
    alice: Phone, bob: Phone, charlie: Phone, group: str
) -> None:
    await alice.group_text(group, "among us")
    await bob.message()
    assert _contents(await _ask(bob, group)) == ["among us"]
    assert _contents(await _ask(bob, group, type_="group")) == ["among us"]
    await charlie.send(f"records_{group}_0_group")
    assert await charlie.receive() == "error_403_you are not in this group"
    # Without the type, an id of no group of one's own is a userid.
    assert _contents(await _ask(charlie, group)) == []


@pytest.mark.promise("records-3")
async def test_records_of_two_people_are_private(
    alice: Phone, bob: Phone, charlie: Phone, cast: Cast
) -> None:
    await alice.text(cast.bob, "between us")
    await bob.message()
    assert _contents(await _ask(bob, cast.alice)) == ["between us"]
    assert _contents(await _ask(charlie, cast.alice)) == []
    assert _contents(await _ask(charlie, cast.bob)) == []


@pytest.mark.promise("records-5")
async def test_member_sees_records_of_own_memberships_only(
    server: Server, alice: Phone, charlie: Phone, cast: Cast, group: str
) -> None:
    await alice.group_text(group, "before")
    await alice.settle()
    await add(server, group, cast.charlie)
    await alice.group_text(group, "during")
    assert (await charlie.message()).content == "during"
    await remove(server, group, cast.charlie)
    await alice.group_text(group, "between")
    await alice.settle()
    await add(server, group, cast.charlie)
    await alice.group_text(group, "again")
    assert (await charlie.message()).content == "again"
    assert _contents(await _ask(charlie, group)) == ["during", "again"]
    assert _contents(await _ask(alice, group)) == ["before", "during", "between", "again"]


@pytest.mark.promise("records-2")
async def test_records_include_own_messages_sent_just_before(alice: Phone, cast: Cast) -> None:
    for number in range(50):
        await alice.text(cast.bob, str(number))
    assert _contents(await _ask(alice, cast.bob)) == [str(number) for number in range(50)]


@pytest.mark.promise("records-6")
async def test_records_begin_at_the_requested_second(alice: Phone, bob: Phone, cast: Cast) -> None:
    await alice.text(cast.bob, "now")
    sent = (await bob.message()).time
    assert _contents(await _ask(bob, cast.alice, sent)) == ["now"]
    assert _contents(await _ask(bob, cast.alice, sent + 1)) == []
    assert await _ask(bob, cast.alice, 10**17) == {"messages": [], "more": False}


@pytest.mark.promise("records-7", "records-10", "records-12")
async def test_paging_records_by_second_misses_no_message(alice: Phone, bob: Phone, cast: Cast) -> None:
    """1,000 messages are sent within a second or two: more in one than a page holds."""
    expected = [str(number) for number in range(1000)]
    for content in expected:
        await alice.text(cast.bob, content)
    assert await bob.contents(1000) == expected
    results: dict[int, str] = {}
    since, more = 0, True
    for _ in range(20):
        page = await _ask(bob, cast.alice, since)
        assert len(page["messages"]) <= 200
        results.update((message["id"], message["content"]) for message in page["messages"])
        more = page["more"]
        if not more:
            break
        since = page["messages"][-1]["time"]
    assert not more
    assert [results[key] for key in sorted(results)] == expected


@pytest.mark.promise("records-7")
async def test_large_messages_make_short_pages(alice: Phone, bob: Phone, cast: Cast) -> None:
    for number in range(10):
        await alice.text(cast.bob, str(number) * 60_000)
    await bob.contents(10)
    since, more, result = 0, True, list[str]()
    for _ in range(20):
        await bob.send(f"records_{cast.alice}_{since}")
        reply = await bob.receive()
        assert len(reply) <= FRAME
        page = unpacked(reply)
        assert 1 <= len(page["messages"]) < 10
        result += [content for content in _contents(page) if content not in result]
        since, more = page["messages"][-1]["time"], page["more"]
        if not more:
            break
    assert result == [str(number) * 60_000 for number in range(10)]


@pytest.mark.promise("records-8")
async def test_record_too_long_for_a_frame_is_marked_as_cut(alice: Phone, bob: Phone, cast: Cast) -> None:
    await alice.send(f"picture_{cast.bob}_{'p' * 120_000}_unicast_")
    assert (await bob.message()).content == "p" * 120_000
    await bob.send(f"records_{cast.alice}_0")
    reply = await bob.receive()
    (message,) = unpacked(reply)["messages"]
    assert len(reply) <= FRAME
    assert message["cut"] is True
    assert message["content"].endswith("pp…")
