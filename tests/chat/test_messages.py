"""What one process encodes, another one decodes as it was, after the channel layer has packed it."""

import msgpack  # type: ignore[import-untyped]
import pytest

from accounts.account_status import EVERYTHING, Change
from chat.delivery.cluster.messages import (
    Mark,
    Message,
    Payload,
    PresenceDelta,
    PresenceRequest,
    PresenceSnapshot,
    ProfileChange,
    Reading,
    TakeoverReply,
    TakeoverRequest,
    decode,
    encode,
)
from chat.protocol.events import Typing
from log.drafts import Batch
from log.rows import (
    AccountStatusChange,
    Amendment,
    BlockChange,
    Entry,
    GroupChange,
    Held,
    MembershipNotice,
    Pinned,
    ReachChange,
    Row,
)


def _sent(message: Payload) -> Payload:
    return decode(msgpack.unpackb(msgpack.packb(encode(message))))


@pytest.mark.parametrize(
    "message",
    [
        Mark("bob", 9),
        TakeoverRequest("here", 5, "bob", 3),
        TakeoverReply(5, 9),
        Typing("alice", "鲍勃"),
        Typing("alice", 1),
        Reading("alice", "bob", 7, is_shared=True),
        ProfileChange(["alice"]),
        PresenceDelta(3, ["alice"], []),
        PresenceRequest("there"),
        PresenceSnapshot(3, 0, is_last=True, userids=["alice"]),
    ],
)
def test_message_arrives_as_it_was(message: Message) -> None:
    assert (type(_sent(message)), _sent(message)) == (type(message), message)


@pytest.mark.parametrize(
    "row",
    [
        Entry(8, "text", "alice", "bob", "你好_👋", "", 1),
        Entry(8, "text", "alice", 1, "hi", "", 1, reply=5, cid="a cid", details="{}"),
        Amendment(8, "recall", "alice", "bob", 5, "", True, 1),
        Amendment(8, "reaction", "bob", 1, 5, "👍", False, 1, by_desk=True, details="{}"),
        MembershipNotice(8, 1, ("bob",), ("charlie",), 1, "alice"),
        MembershipNotice(8, 1, ("bob",), (), 1),
        GroupChange(8, 1, "alice", {"message_pinned": 5, "roles": {"鲍勃": "admin"}}, 1, "an extension"),
        AccountStatusChange(8, "鲍勃", Change(True, True, EVERYTHING, 9, "脏话", 10, True, True), 1),
        BlockChange(8, "alice", "bob", False, 1),
        ReachChange(8, "alice", "bob", 1),
        Pinned(8, "alice", "bob", 5, 1, "an extension"),
        Held(8, "alice", 1, "a cid"),
    ],
)
def test_row_of_a_batch_arrives_as_it_was(row: Row) -> None:
    batch = _sent(Batch(7, (row,)))
    assert batch == Batch(7, (row,))
    assert isinstance(batch, Batch)
    assert type(batch.rows[0]) is type(row)


@pytest.mark.parametrize(
    "row",
    [Entry(8, "text", "alice", "bob", "hi", "", 1), Amendment(8, "edit", "alice", "bob", 5, "hi", True, 1)],
)
def test_session_that_wrote_a_row_stays_here(row: Entry | Amendment) -> None:
    assert _sent(Batch(7, (row._replace(origin=3),))) == Batch(7, (row,))


@pytest.mark.parametrize(
    "encoded", [["Sings", "alice"], ["Typing", "alice"], ["Batch", 8, 7, [["Entry", 8, "text"]]], [], None]
)
def test_message_encoded_by_another_version_is_refused(encoded: list[object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        decode(encoded)
