"""`conversations` and `conversations/<id>`: what a person is in, latest first."""

from typing import Any

from testkit.server import Server
from tests.api.over_the_network.shapes import (
    EXTENSION,
    NO_SUCH_CONVERSATION,
    invalid,
    listed,
    message,
)
from tests.support.api import Remote

NOT_FOUND = (404, "not_found")
TEXT = {"kind": "text", "extension": EXTENSION}


def conversation(server: Server, id_: str, title: str, last: Any, **more: Any) -> dict[str, Any]:
    picture = "group.jpg" if id_.startswith("g:") else "avatar.png"
    return {
        "id": id_,
        "title": title,
        "picture": f"{server.http}/static/im66/{picture}",
        "last": last,
        "unread": 1,
        "read": 0,
        "role": "",
        "muted": False,
        "pinned": False,
        "read_by_other": None,
        "joined": None,
        **more,
    }


async def say(sender: Remote, conversation: str, content: str) -> int:
    sent = await sender.post(f"conversations/{conversation}/messages", content=content, **TEXT)
    assert sent.status == 201
    return int(sent.said["id"])


async def test_a_person_finds_their_conversations_latest_first(
    group: str, alice: Remote, bob: Remote, there: Server
) -> None:
    first = await say(alice, f"g:{group}", "to all")
    last = await say(alice, f"u:{bob.userid}", "to Bob")
    of_person = conversation(
        there,
        f"u:{alice.userid}",
        alice.userid,
        message(last, f"u:{alice.userid}", alice.userid, "to Bob"),
    )
    of_group = conversation(
        there,
        f"g:{group}",
        "friends",
        message(first, f"g:{group}", alice.userid, "to all"),
        role="member",
    )
    assert (await bob.get("conversations")).outcome == listed(of_person, of_group)
    assert (await bob.get(f"conversations/g:{group}")).outcome == (200, of_group)


async def test_ones_own_messages_are_not_unread(group: str, alice: Remote, there: Server) -> None:
    await say(alice, f"g:{group}", "to all")
    (only,) = (await alice.at(there).get("conversations")).said["items"]
    assert (only["unread"], only["role"]) == (0, "owner")


async def test_a_new_group_has_no_last_message(group: str, bob: Remote) -> None:
    (only,) = (await bob.get("conversations")).said["items"]
    assert (only["id"], only["last"], only["unread"]) == (f"g:{group}", None, 0)


async def test_of_a_long_last_message_the_beginning_is_told(people: None, alice: Remote, bob: Remote) -> None:
    id_ = await say(alice, f"u:{bob.userid}", "x" * 5000)
    cut = message(id_, f"u:{alice.userid}", alice.userid, "x" * 2048, cut=True)
    assert (await bob.get(f"conversations/u:{alice.userid}")).said["last"] == cut


async def test_wishes(group: str, bob: Remote, here: Server) -> None:
    changed = await bob.patch(f"conversations/g:{group}", muted=True)
    assert (changed.status, changed.said["muted"], changed.said["pinned"]) == (200, True, False)
    await bob.patch(f"conversations/g:{group}", pinned=True)
    (only,) = (await bob.at(here).get("conversations")).said["items"]
    assert (only["muted"], only["pinned"]) == (True, True)
    bad = await bob.patch(f"conversations/g:{group}", muted="yes")
    assert bad.outcome == invalid("muted", "Must be a valid boolean.")


async def test_one_that_the_person_does_not_have(group: str, charlie: Remote, bob: Remote) -> None:
    for name in (f"g:{group}", f"u:{bob.userid}", "nonsense"):
        assert (await charlie.get(f"conversations/{name}")).outcome == NO_SUCH_CONVERSATION
        assert (await charlie.patch(f"conversations/{name}", muted=True)).failed == NOT_FOUND
    assert (await charlie.get("conversations")).outcome == listed()
    assert (await bob.get(f"conversations/g:{group}")).status == 200
