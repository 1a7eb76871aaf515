"""Seals what the processes of one installation send each other: batches, marks, takeovers, ephemeral events.

A Redis may be shared, and anyone who reaches it can publish anything there. So a batch carries a proof that
only processes with the installation's key can make. A batch without a valid proof is ignored.
"""

import hmac
import json
import struct
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from accounts.account_status import Change
from accounts.compact import compact
from chat.protocol.events import (
    ContactChange,
    ConversationChange,
    Growth,
    PictureShown,
    PreviewFound,
    ReadMark,
    Typing,
)
from log.drafts import Batch
from log.rows import (
    AMENDMENTS,
    BLOCK,
    STANDING,
    AccountStatusChange,
    Amendment,
    BlockChange,
    Entry,
    GroupChange,
    LogId,
    MembershipNotice,
    Notice,
    Recipient,
    Row,
)

_PROOF_BYTES = sha256().digest_size
# The id of the last row, between the proof and the rows.
_LAST = struct.Struct("!q")
_HEAD_BYTES = _PROOF_BYTES + _LAST.size
# The fields of a message and of a change of membership that a process of an earlier version knows.
_OLD_FIELDS = Entry._fields.index("reply")
_DETAILS = Entry._fields.index("details")
_OLD_NOTICE = MembershipNotice._fields.index("by")
_OLD_AMENDMENT = Amendment._fields.index("by_desk")
_OLD_BLOCK = BlockChange._fields.index("pinned")
_OLD_STANDING = Change._fields.index("until")


class Mark(NamedTuple):
    """Everything up to the row `delivered_id` has reached the person."""

    userid: str
    delivered_id: LogId


class TakeoverRequest(NamedTuple):
    """The person has logged in on the process `asker`: the person's number of this login is `number`.
    `ask_id`: the asker's name for the question."""

    asker: str
    ask_id: int
    userid: str
    number: int


class TakeoverReply(NamedTuple):
    """To the Ask with this id: the process has sent its connections of the person no more since, and they
    have confirmed everything up to `delivered_id`."""

    ask_id: int
    delivered_id: LogId


Takeover = TakeoverRequest | TakeoverReply


class Reading(NamedTuple):
    """A ReadMark for the person's own devices and, if `is_shared`, for the other person's."""

    userid: str
    to: Recipient
    upto: LogId
    is_shared: bool

    @property
    def mark(self) -> ReadMark:
        """As devices are told of it."""
        return ReadMark(self.userid, self.to, self.upto)


class ProfileChange(NamedTuple):
    """People have other names or pictures. Clients are not told."""

    userids: Sequence[str]


class PresenceDelta(NamedTuple):
    """People who have come online in a process, or gone offline, since its Moves before this one. `number`
    counts those that name somebody; one that names nobody says that the process is there."""

    number: int
    came: Sequence[str]
    went: Sequence[str]


class PresenceRequest(NamedTuple):
    """The question to `process` who is online in it."""

    process: str


class PresenceSnapshot(NamedTuple):
    """A part of the answer to a RollCall: some of those who were online after the Moves of that number.
    `part` counts the parts from 0 on."""

    number: int
    part: int
    is_last: bool
    userids: Sequence[str]


EphemeralEvent = (
    Typing
    | Growth
    | Reading
    | ConversationChange
    | ContactChange
    | PictureShown
    | PreviewFound
    | ProfileChange
    | PresenceDelta
    | PresenceRequest
    | PresenceSnapshot
)

_EVENTS: dict[str, type[EphemeralEvent]] = {
    "typing": Typing,
    "growth": Growth,
    "read": Reading,
    "conversation": ConversationChange,
    "contact": ContactChange,
    "picture": PictureShown,
    "preview": PreviewFound,
    "profile": ProfileChange,
    "moves": PresenceDelta,
    "call": PresenceRequest,
    "roll": PresenceSnapshot,
}
_EVENT_NAMES = {kind: name for name, kind in _EVENTS.items()}


class NotOurs(ValueError):
    """No process of this installation has sealed this."""


class Envelopes:
    """`topic`, `mark_topic`, `events_topic`: the channels on which only processes with this key publish and
    listen."""

    def __init__(self, key: bytes) -> None:
        self.topic = f"im66.{_proof(key, b'topic').hex()[:32]}"
        self.mark_topic = f"{self.topic}.marks"
        self.events_topic = f"{self.topic}.whispers"
        self._key = _proof(key, b"batch")
        self._mark_key = _proof(key, b"mark")
        self._takeover_key = _proof(key, b"letter")
        self._events_key = _proof(key, b"whisper")

    def close(self, batch: Batch) -> bytes:
        """The batch, sealed."""
        told = [(isinstance(row, Notice), *_fields(row)) for row in batch.rows]
        sealed = _LAST.pack(batch.last) + compact((batch.previous, told))
        return _proof(self._key, sealed) + sealed

    def open(self, data: bytes) -> Batch:
        """The batch in `data`. Raises NotOurs."""
        _prove(self._key, data)
        try:
            previous, rows = json.loads(data[_HEAD_BYTES:])
            return Batch(previous, tuple(_row(*told) for told in rows))
        except (TypeError, ValueError) as error:  # from another version, during an update
            raise NotOurs from error

    def close_mark(self, mark: Mark) -> bytes:
        """The mark, sealed."""
        told = json.dumps(mark).encode()
        return _proof(self._mark_key, told) + told

    def open_mark(self, data: bytes) -> Mark:
        """The mark in `data`. Raises NotOurs."""
        _prove(self._mark_key, data)
        try:
            userid, delivered_id = json.loads(data[_PROOF_BYTES:])
            return Mark(str(userid), int(delivered_id))
        except (TypeError, ValueError) as error:  # from another version, during an update
            raise NotOurs from error

    def takeovers_topic_of(self, process: str) -> str:
        """The channel for takeovers that concern that process."""
        return f"{self.topic}.{process}"

    def close_takeover(self, takeover: Takeover) -> bytes:
        """The request or reply, sealed."""
        told = json.dumps([isinstance(takeover, TakeoverRequest), *takeover]).encode()
        return _proof(self._takeover_key, told) + told

    def open_takeover(self, data: bytes) -> Takeover:
        """The request or reply in `data`. Raises NotOurs."""
        _prove(self._takeover_key, data)
        try:
            is_ask, *fields = json.loads(data[_PROOF_BYTES:])
            return TakeoverRequest(*fields) if is_ask else TakeoverReply(*fields)
        except (TypeError, ValueError) as error:  # from another version, during an update
            raise NotOurs from error

    def events_topic_of(self, process: str) -> str:
        """The channel for events that concern that process alone."""
        return f"{self.events_topic}.{process}"

    def close_events(self, process: str, events: Sequence[EphemeralEvent]) -> bytes:
        """Events of that process, sealed together."""
        told = compact((process, [(_EVENT_NAMES[type(each)], *each) for each in events]))
        return _proof(self._events_key, told) + told

    def open_events(self, data: bytes) -> tuple[str, list[EphemeralEvent]]:
        """The process, and its events. Kinds that a later version adds are left out. Raises NotOurs."""
        _prove(self._events_key, data)
        try:
            process, told = json.loads(data[_PROOF_BYTES:])
            return str(process), [_EVENTS[name](*fields) for name, *fields in told if name in _EVENTS]
        except (TypeError, ValueError) as error:  # from another version, during an update
            raise NotOurs from error


def _fields(row: Row) -> tuple[Any, ...]:
    """All but a session of this process, which others cannot know. The kind of what is not a notice comes
    second. A process of an earlier version understands messages without details, amendments by nobody but
    people, changes of membership by nobody, and changes of standing; the other rows it reads from
    the log."""
    if isinstance(row, MembershipNotice):
        return row[:_OLD_NOTICE] if row.by is None else row
    if isinstance(row, GroupChange):
        # As a change of membership in which nobody joins or leaves, with one field more.
        return (*MembershipNotice(row.id, row.group, (), (), row.time, row.by), row.changed, row.extension)
    if isinstance(row, Entry):
        if row.details:
            return row._replace(origin=0)
        has_old_fields = row.reply is None and row.cid is None
        return row[:_OLD_FIELDS] if has_old_fields else row._replace(origin=0)[:_DETAILS]
    if isinstance(row, Amendment):
        if row.details:
            return row._replace(origin=0)
        return row._replace(origin=0)[: _OLD_AMENDMENT + row.by_desk]
    if isinstance(row, BlockChange):
        return (row.id, BLOCK, *(row[1:] if row.pinned else row[1:_OLD_BLOCK]))
    # Like a message from the person to the person, which a process of an earlier version ignores.
    content, more = _change_fields(row.change)
    return Entry(row.id, STANDING, row.userid, row.userid, content, more, row.time)[:_OLD_FIELDS]


def _change_fields(change: Change) -> tuple[str, str]:
    """What a process of an earlier version reads, which knows no mutes in one group; and all of it, if there
    is more."""
    known = change if change.group is None else Change()
    is_all = change[_OLD_STANDING:] == Change()[_OLD_STANDING:]
    return json.dumps(known[:_OLD_STANDING]), "" if is_all else json.dumps(change)


def _row(is_notice: bool, *fields: Any) -> Row:
    """Raises TypeError and ValueError."""
    if is_notice:
        return _notice(*fields)
    id_, kind, *rest = fields
    if kind in AMENDMENTS:
        return Amendment(id_, kind, *rest)
    if kind == BLOCK:
        return BlockChange(id_, *rest)
    entry = Entry(id_, kind, *rest)
    return _standing(entry) if kind == STANDING else entry


def _notice(
    id_: LogId,
    group: int,
    joined: list[str],
    left: list[str],
    time: int,
    by: str | None = None,
    changed: dict[str, Any] | None = None,
    extension: str = "",
) -> Notice:
    if changed is not None:
        return GroupChange(id_, group, by, changed, time, extension)
    return MembershipNotice(id_, group, tuple(joined), tuple(left), time, by)


def _standing(told: Entry) -> AccountStatusChange:
    fields = json.loads(told.extension or told.content)
    return AccountStatusChange(told.id, told.sender, Change(*fields), told.time)


def last_id(data: bytes) -> LogId:
    """The id of the last row of a sealed batch. The proof is not checked. Raises NotOurs."""
    if len(data) < _HEAD_BYTES:
        raise NotOurs
    (last,) = _LAST.unpack_from(data, _PROOF_BYTES)
    return int(last)


def _prove(key: bytes, data: bytes) -> None:
    """Raises NotOurs unless `data` begins with the proof of the rest."""
    if not hmac.compare_digest(data[:_PROOF_BYTES], _proof(key, data[_PROOF_BYTES:])):
        raise NotOurs


def _proof(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")
