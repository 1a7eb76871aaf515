"""`conversations` and `conversations/<id>`: what a person is in, latest first."""

from typing import Any

from testkit.server import Server
from tests.api.over_the_network.shapes import (
    EXTENSION,
    listed,
    message,
)
from tests.support.api import Remote

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
        "archived": False,
        "marked_unread": False,
        "remark": "",
        "draft": "",
        "removed": False,
        "cleared": 0,
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


async def test_a_new_group_has_no_last_message(group: str, bob: Remote) -> None:
    (only,) = (await bob.get("conversations")).said["items"]
    assert (only["id"], only["last"], only["unread"]) == (f"g:{group}", None, 0)
