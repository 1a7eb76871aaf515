"""What is sealed under a key opens under that key alone, as it was."""

import json
import secrets
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.account_status import EVERYTHING, Change
from chat.delivery.cluster import envelopes as envelopes
from chat.delivery.cluster.envelopes import (
    Envelopes,
    EphemeralEvent,
    Mark,
    NotOurs,
    PresenceDelta,
    PresenceRequest,
    PresenceSnapshot,
    ProfileChange,
    Reading,
    Takeover,
    TakeoverReply,
    TakeoverRequest,
    last_id,
)
from chat.protocol.events import Typing
from log.drafts import Batch
from log.rows import (
    STANDING,
    AccountStatusChange,
    Amendment,
    BlockChange,
    Entry,
    GroupChange,
    MembershipNotice,
    Row,
)

OURS, THEIRS = Envelopes(b"o" * 32), Envelopes(b"t" * 32)
BATCH = Batch(
    7,
    (
        Entry(8, "text", "alice", "bob", "你好_👋", "", 1),
        Entry(9, "text", "alice", 1, "to a group", "", 1),
        MembershipNotice(10, 1, ("bob",), (), 1),
    ),
)


def test_what_is_sealed_opens_as_it_was() -> None:
    sealed = OURS.close(BATCH)
    assert last_id(sealed) == 10
    assert OURS.open(sealed) == BATCH


@pytest.mark.parametrize(
    "change",
    [
        Change(muted=True),
        Change(banned=False),
        Change(ended=EVERYTHING),
        Change(True, True, "0af"),
        Change(muted=True, until=9, reason="脏话"),
        Change(muted=True, group=10),
        Change(rules=True),
    ],
)
def test_a_change_of_standing_is_opened_as_it_was(change: Change) -> None:
    batch = Batch(7, (BATCH.rows[0], AccountStatusChange(9, "鲍勃", change, 1)))
    assert OURS.open(OURS.close(batch)) == batch


def test_an_earlier_version_reads_of_a_mute_as_far_as_it_understands() -> None:
    everywhere = AccountStatusChange(9, "bob", Change(muted=True, until=9, reason="spam"), 1)
    in_one_group = AccountStatusChange(10, "bob", Change(muted=True, group=10), 1)
    sealed = OURS.close(Batch(7, (everywhere, in_one_group)))
    _, rows = json.loads(sealed[40:])
    assert [json.loads(fields[5]) for fields in rows] == [[True, None, ""], [None, None, ""]]


@pytest.mark.parametrize(
    "row",
    [
        Entry(8, "text", "alice", "bob", "yes", "", 1, reply=5),
        Entry(8, "text", "alice", 1, "hi", "", 1, cid="a cid"),
        Amendment(8, "recall", "alice", "bob", 5, "", True, 1),
        Amendment(8, "reaction", "bob", 1, 5, "👍", False, 1),
        Amendment(8, "recall", "bob", 1, 5, "", True, 1, by_desk=True),
        Amendment(8, "recall", "bob", 1, 5, "{}", False, 1, by_desk=True),
        BlockChange(8, "alice", "bob", True, 1),
        BlockChange(8, "alice", "bob", False, 1, 5, "an extension"),
        GroupChange(8, 1, "alice", {"message_pinned": 5}, 1, "an extension"),
        MembershipNotice(8, 1, ("bob",), ("charlie",), 1, "alice"),
        GroupChange(8, 1, "alice", {"roles": {"鲍勃": "admin"}}, 1),
        GroupChange(8, 1, None, {"dissolved": True}, 1),
    ],
)
def test_so_is_every_other_row(row: Row) -> None:
    assert OURS.open(OURS.close(Batch(7, (row,)))) == Batch(7, (row,))


@pytest.mark.parametrize(
    "row",
    [Entry(8, "text", "alice", "bob", "hi", "", 1), Amendment(8, "edit", "alice", "bob", 5, "hi", True, 1)],
)
def test_which_session_wrote_it_is_not_told(row: Entry | Amendment) -> None:
    sealed = OURS.close(Batch(7, (row._replace(origin=3),)))
    assert OURS.open(sealed) == Batch(7, (row,))


def test_a_message_is_told_as_an_earlier_version_reads_it() -> None:
    _, ((_, *fields),) = json.loads(OURS.close(Batch(7, BATCH.rows[:1]))[40:])
    assert len(fields) == 7


def test_so_is_an_amendment() -> None:
    amendment = Amendment(8, "recall", "alice", "bob", 5, "", True, 1)
    _, ((_, *fields),) = json.loads(OURS.close(Batch(7, (amendment,)))[40:])
    assert len(fields) == 9


def test_so_is_a_change_of_membership_by_nobody_known() -> None:
    _, ((is_notice, *fields),) = json.loads(OURS.close(Batch(9, BATCH.rows[2:]))[40:])
    assert (is_notice, len(fields)) == (True, 5)


@pytest.mark.parametrize(
    "row", [MembershipNotice(8, 1, ("bob",), (), 1, "alice"), GroupChange(8, 1, None, {"name": "x"}, 1)]
)
def test_it_reads_every_other_change_of_a_group_from_the_log(row: Row) -> None:
    _, ((is_notice, *fields),) = json.loads(OURS.close(Batch(7, (row,)))[40:])
    assert is_notice
    assert len(fields) > 5  # it refuses the batch


def test_an_earlier_version_takes_it_for_what_somebody_wrote_to_themselves() -> None:
    sealed = OURS.close(Batch(7, (AccountStatusChange(8, "bob", Change(muted=True), 1),)))
    _, ((is_notice, *fields),) = json.loads(sealed[40:])
    told = Entry(*fields)
    assert (is_notice, told.kind, told.sender, told.to) == (False, STANDING, "bob", "bob")


def test_a_change_that_this_version_does_not_know_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = json.dumps([*Change(muted=True), "another field"])
    newer = Entry(8, STANDING, "bob", "bob", '[true,null,""]', fields, 1)
    with pytest.raises(NotOurs):
        OURS.open(OURS.close(Batch(7, (newer,))))


def test_a_mark_is_sealed_as_well() -> None:
    mark = Mark("bob", 9)
    assert OURS.open_mark(OURS.close_mark(mark)) == mark
    for forged in (b"", b"x" * 40, THEIRS.close_mark(mark), OURS.close_mark(mark) + b" ", OURS.close(BATCH)):
        with pytest.raises(NotOurs):
            OURS.open_mark(forged)
    with pytest.raises(NotOurs):
        OURS.open(OURS.close_mark(mark))


@pytest.mark.parametrize("takeover", [TakeoverRequest("here", 5, "bob", 3), TakeoverReply(5, 9)])
def test_a_letter_is_sealed_as_well(takeover: Takeover) -> None:
    opened = OURS.open_takeover(OURS.close_takeover(takeover))
    assert (type(opened), opened) == (type(takeover), takeover)
    mark = OURS.close_mark(Mark("bob", 9))
    for forged in (
        b"",
        b"x" * 40,
        THEIRS.close_takeover(takeover),
        OURS.close_takeover(takeover) + b" ",
        mark,
    ):
        with pytest.raises(NotOurs):
            OURS.open_takeover(forged)


EVENTS: list[EphemeralEvent] = [
    Typing("alice", "鲍勃"),
    Typing("alice", 1),
    Reading("alice", "bob", 7, is_shared=True),
    ProfileChange(["alice"]),
    PresenceDelta(3, ["alice"], []),
    PresenceRequest("there"),
    PresenceSnapshot(3, 0, is_last=True, userids=["alice"]),
]


def test_whispers_are_sealed_together() -> None:
    sealed = OURS.close_events("here", EVENTS)
    process, opened = OURS.open_events(sealed)
    assert (process, opened) == ("here", EVENTS)
    assert list(map(type, opened)) == list(map(type, EVENTS))
    mark = OURS.close_mark(Mark("bob", 9))
    for forged in (b"", b"x" * 40, THEIRS.close_events("here", EVENTS), sealed + b" ", mark):
        with pytest.raises(NotOurs):
            OURS.open_events(forged)
    with pytest.raises(NotOurs):
        OURS.open_takeover(sealed)


def test_whispers_of_a_later_version_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as later:
        later.setitem(envelopes._EVENT_NAMES, PresenceRequest, "sings")
        sealed = OURS.close_events("here", EVENTS)
    assert OURS.open_events(sealed) == (
        "here",
        [event for event in EVENTS if not isinstance(event, PresenceRequest)],
    )


def test_each_process_has_a_channel_for_ephemeral_events() -> None:
    channels = {
        envelopes.events_topic_of(process) for envelopes in (OURS, THEIRS) for process in ("here", "there")
    }
    assert len(channels | {OURS.events_topic, THEIRS.events_topic, OURS.takeovers_topic_of("here")}) == 7


def test_each_process_has_a_channel_of_its_own_in_each_installation() -> None:
    channels = {
        envelopes.takeovers_topic_of(process) for envelopes in (OURS, THEIRS) for process in ("here", "there")
    }
    assert len(channels | {OURS.topic, OURS.mark_topic, THEIRS.topic, THEIRS.mark_topic}) == 8


def test_another_installation_meets_elsewhere_and_opens_nothing() -> None:
    assert OURS.topic != THEIRS.topic
    with pytest.raises(NotOurs):
        THEIRS.open(OURS.close(BATCH))


def test_what_everybody_sees_does_not_tell_the_key() -> None:
    assert b"o" * 32 not in OURS.topic.encode() + OURS.close(BATCH)


def test_a_single_bit_breaks_the_seal() -> None:
    sealed = OURS.close(BATCH)
    for place in range(len(sealed)):
        with pytest.raises(NotOurs):
            OURS.open(sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :])


@given(st.binary())
def test_nonsense_is_none_of_ours_whatever_it_is(data: bytes) -> None:
    with pytest.raises(NotOurs):
        last_id(data)
        OURS.open(data)


def test_neither_is_what_looks_like_ours_and_was_made_without_the_key() -> None:
    rows = json.dumps([0, [[2**62, "text", "boss", "bob", "pay", "", 1]]]).encode()
    forged = secrets.token_bytes(32) + struct.pack("!q", 2**62) + rows
    assert last_id(forged) == 2**62
    with pytest.raises(NotOurs):
        OURS.open(forged)


def test_rows_of_another_version_are_refused_though_the_key_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelopes, "_fields", lambda row: (*row, "a field more"))
    with pytest.raises(NotOurs):
        OURS.open(OURS.close(BATCH))
