"""What clients of the dialect im66.json.v1 are sent without asking, frame by frame."""

import json
from typing import Any

import pytest

from accounts.account_status import EVERYTHING, Change
from chat.protocol.events import CaughtUp, Event, Gap, Heartbeat, Presence, ReadMark, Typing
from chat.protocol.json_events import event_text
from log.rows import (
    AccountStatusChange,
    Amendment,
    BlockChange,
    Entry,
    GroupChange,
    MembershipNotice,
    Withheld,
)
from log.stored_rows import restored_content

MESSAGE = Entry(8, "text", "alice", "bob", "hi", "ext", 9, 5, "c", 3)
NOTICE = {"ev": "notice", "id": 8, "conversation": "g:10", "time": 9}
STANDING = {"ev": "standing", "id": 8}
BY = {"by": "alice"}
RESTORED = restored_content(MESSAGE)
ABOUT = {"id": 8, "conversation": "u:alice", "target": 5, "from": "alice", "time": 9}


def encoded(event: Event, *, is_own: bool = False) -> Any:
    text = event_text(event, is_own=is_own)
    return text and json.loads(text)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            MESSAGE,
            {
                "ev": "message",
                "id": 8,
                "conversation": "u:alice",
                "from": "alice",
                "kind": "text",
                "content": "hi",
                "extension": "ext",
                "time": 9,
                "reply": 5,
            },
        ),
        (Amendment(8, "edit", "alice", "bob", 5, "ho", True, 9), {"ev": "edited", **ABOUT, "content": "ho"}),
        (Amendment(8, "recall", "alice", "bob", 5, "", True, 9), {"ev": "recalled", **ABOUT}),
        (
            Amendment(8, "recall", "alice", "bob", 5, "", True, 9, by_desk=True),
            {"ev": "recalled", **ABOUT, "by": "moderator"},
        ),
        (
            Amendment(8, "recall", "alice", "bob", 5, RESTORED, False, 9, by_desk=True),
            {"ev": "restored", **ABOUT, **json.loads(RESTORED), "by": "moderator"},
        ),
        # It was erased after it was restored.
        (
            Amendment(8, "recall", "alice", "bob", 5, "", False, 9, by_desk=True),
            {"ev": "restored", **ABOUT, "by": "moderator"},
        ),
        (
            Amendment(8, "reaction", "alice", "bob", 5, "👍", False, 9),
            {"ev": "reaction", **ABOUT, "emoji": "👍", "on": False},
        ),
        (
            MembershipNotice(8, 10, ("bob",), ("charlie",), 9),
            {**NOTICE, "joined": ["bob"], "left": ["charlie"]},
        ),
        (MembershipNotice(8, 10, ("bob",), (), 9, "alice"), {**NOTICE, "joined": ["bob"], "left": [], **BY}),
        (GroupChange(8, 10, "alice", {"name": "群"}, 9), {**NOTICE, "name": "群", **BY}),
        (GroupChange(8, 10, None, {"notice": "", "name": "x"}, 9), {**NOTICE, "notice": "", "name": "x"}),
        (GroupChange(8, 10, None, {"roles": {"bob": "admin"}}, 9), {**NOTICE, "roles": {"bob": "admin"}}),
        (GroupChange(8, 10, None, {"dissolved": True}, 9), {**NOTICE, "dissolved": True}),
        (
            AccountStatusChange(8, "bob", Change(muted=True), 9),
            {**STANDING, "muted": True, "muted_until": None},
        ),
        (
            AccountStatusChange(8, "bob", Change(muted=True, until=10, reason="spam"), 9),
            {**STANDING, "muted": True, "muted_until": 10, "reason": "spam"},
        ),
        (
            AccountStatusChange(8, "bob", Change(muted=False), 9),
            {**STANDING, "muted": False, "muted_until": 0},
        ),
        (
            AccountStatusChange(8, "bob", Change(muted=True, group=10), 9),
            {**STANDING, "muted": True, "muted_until": None, "conversation": "g:10"},
        ),
        (AccountStatusChange(8, "bob", Change(banned=True, until=10), 9), {**STANDING, "banned": True}),
        (
            AccountStatusChange(8, "bob", Change(warned=True, reason="spam"), 9),
            {**STANDING, "warned": True, "reason": "spam"},
        ),
        (AccountStatusChange(8, "bob", Change(ended=EVERYTHING, reason="a stolen phone"), 9), None),
        (AccountStatusChange(8, "bob", Change(rules=True), 9), None),
        (BlockChange(8, "alice", "bob", True, 9), None),
        (Withheld(8), None),
        (Heartbeat(9), {"ev": "heartbeat", "time": 9}),
        (CaughtUp(8), {"ev": "caught_up", "id": 8}),
        (Gap(5, 8), {"ev": "gap", "from": 5, "to": 8}),
        (ReadMark("alice", "bob", 8), {"ev": "read", "conversation": "u:alice", "user": "alice", "upto": 8}),
        (Typing("alice", 10), {"ev": "typing", "conversation": "g:10", "from": "alice"}),
        (Presence("alice", True), {"ev": "presence", "user": "alice", "online": True}),
    ],
)
def test_an_event_is_written(event: Event, expected: Any) -> None:
    assert encoded(event) == expected


def test_the_senders_own_devices_see_the_other_side_and_the_cid() -> None:
    assert encoded(MESSAGE, is_own=True) == encoded(MESSAGE) | {"conversation": "u:bob", "cid": "c"}
    in_group = MESSAGE._replace(to=10)
    assert encoded(in_group, is_own=True) == encoded(in_group) | {"cid": "c"}
    recall = Amendment(8, "recall", "alice", "bob", 5, "", True, 9)
    assert encoded(recall, is_own=True)["conversation"] == "u:bob"
