"""A plain model of what people do in conversations: what each can read, and what each one's clients are told.

It knows nothing of the server but the ids that it gave. Places count the rows of the model's log from 1 on.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from testkit.device import Error, Frame

# A person's userid, or a group's id.
Recipient = str | int

NOT_ALLOWED = Error(403, "not_allowed")
NOT_FOUND = Error(404, "not_found")


def name_of(to: Recipient) -> str:
    """The conversation with the person, or in the group."""
    return f"g:{to}" if isinstance(to, int) else f"u:{to}"


@dataclass(eq=False)
class Row:
    """`readers`: who is told of it. `id`: 0 until somebody is."""

    place: int
    readers: set[str]
    id: int = 0


@dataclass(eq=False)
class Message(Row):
    """`known`: for each who could read it when it was written, the edit that they know of."""

    sender: str = ""
    to: Recipient = ""
    content: str = ""
    reply: int | None = None
    cid: str | None = None
    known: dict[str, "Amendment | None"] = field(default_factory=dict)
    recall: "Amendment | None" = None

    def peer_of(self, userid: str) -> Recipient:
        """The conversation that it is in, as the person sees it."""
        return self.sender if self.to == userid else self.to

    def content_for(self, userid: str) -> str:
        edit = self.known[userid]
        return self.content if edit is None else edit.content

    def fields_for(self, userid: str) -> Frame:
        """What never changes."""
        event = {
            "id": self.id,
            "conversation": name_of(self.peer_of(userid)),
            "from": self.sender,
            "kind": "text",
        }
        if self.reply is not None:
            event["reply"] = self.reply
        if self.cid is not None and self.sender == userid:
            event["cid"] = self.cid
        return event


@dataclass(eq=False)
class Amendment(Row):
    """An edit, or a recall, which has no content."""

    kind: str = "edited"
    sender: str = ""
    target: Message = field(default_factory=lambda: Message(0, set()))
    content: str = ""


@dataclass(eq=False)
class Notice(Row):
    """`what`: who has come, who is gone, or whose the group is now."""

    group: int = 0
    what: Frame = field(default_factory=dict)


@dataclass
class Group:
    """`members`: in the order in which they came, each with the place."""

    owner: str
    members: dict[str, int] = field(default_factory=dict)


R = TypeVar("R", bound=Row)


class Model:
    """`marks`: up to which id each has read a conversation."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.groups: dict[int, Group] = {}
        self.marks: dict[tuple[str, Recipient], int] = {}

    @property
    def messages(self) -> list[Message]:
        return [row for row in self.rows if isinstance(row, Message)]

    @property
    def last_id(self) -> int:
        """The greatest one that is known."""
        return max((row.id for row in self.rows), default=0)

    # What people do.

    def write(
        self,
        id_: int,
        sender: str,
        to: Recipient,
        content: str,
        *,
        reply: int | None = None,
        cid: str | None = None,
    ) -> Message:
        readers = set(self.groups[to].members) if isinstance(to, int) else {sender, to}
        known: dict[str, Amendment | None] = dict.fromkeys(readers)
        message = Message(self._next, readers, 0, sender, to, content, reply, cid, known)
        return self._append(message, id_)

    def edit(self, id_: int, userid: str, target: Message, content: str) -> Amendment:
        readers = self._present(target).intersection(target.known)
        edit = Amendment(self._next, readers, 0, "edited", userid, target, content)
        target.known |= dict.fromkeys(readers, edit)
        return self._append(edit, id_)

    def recall(self, id_: int, userid: str, target: Message) -> Amendment:
        target.recall = Amendment(self._next, self._present(target), 0, "recalled", userid, target)
        return self._append(target.recall, id_)

    def create(self, group: int, creator: str, members: Iterable[str], by: str | None) -> list[Notice]:
        self.groups[group] = Group(creator)
        return self.add(group, dict.fromkeys([creator, *members]), by)

    def add(self, group: int, userids: Iterable[str], by: str | None) -> list[Notice]:
        members = self.groups[group].members
        joined = [userid for userid in userids if userid not in members]
        members |= dict.fromkeys(joined, self._next)
        return self._change(group, joined, [], by)

    def remove(self, group: int, userids: Iterable[str], by: str | None) -> list[Notice]:
        members = self.groups[group].members
        left = sorted(userid for userid in userids if members.pop(userid, 0))
        return self._change(group, [], left, by)

    def read(self, userid: str, to: Recipient, upto: int) -> bool:
        """Whether the mark has risen."""
        last = max((message.id for message in self.messages_of(userid, to)), default=0)
        before = self.mark(userid, to)
        self.marks[userid, to] = max(before, min(upto, last))
        return self.marks[userid, to] > before

    def learn(self, row: Row, id_: int) -> None:
        """Somebody was told of the row under this id, which is the same for everybody and rises."""
        assert row.id in (0, id_)
        row.id = id_
        earlier, later = self.rows[: row.place - 1], self.rows[row.place :]
        assert all(other.id < id_ for other in earlier)
        assert all(other.id > id_ for other in later if other.id)

    # What comes of it.

    def mark(self, userid: str, to: Recipient) -> int:
        return self.marks.get((userid, to), 0)

    def members(self, group: int) -> list[str]:
        return list(self.groups[group].members)

    def may_write(self, userid: str, to: Recipient) -> bool:
        return isinstance(to, str) or userid in self.groups[to].members

    def refusal_to_write(self, userid: str, to: Recipient, reply: int | None) -> Error | None:
        """Why the person may not write there, or not reply to that message, if so."""
        if not self.may_write(userid, to):
            return NOT_ALLOWED
        can_reply = reply is None or reply in [message.id for message in self.messages_of(userid, to)]
        return None if can_reply else NOT_FOUND

    def messages_of(self, userid: str, to: Recipient) -> list[Message]:
        """What the person can read in the conversation, recalled or not."""
        return [
            message for message in self.messages if userid in message.known and message.peer_of(userid) == to
        ]

    def unread(self, userid: str, to: Recipient) -> int:
        mark = self.mark(userid, to)
        return sum(
            message.id > mark and message.sender != userid and not message.recall
            for message in self.messages_of(userid, to)
        )

    def peers_of(self, userid: str) -> list[Recipient]:
        """With whom the person has conversations, and in which groups, latest first."""
        written = {message.peer_of(userid) for message in self.messages if userid in message.known}
        mine: set[Recipient] = {peer for peer in written if isinstance(peer, str)}
        mine |= {id_ for id_, group in self.groups.items() if userid in group.members}
        return sorted(mine, key=lambda peer: self._place(userid, peer), reverse=True)

    def refusal(self, userid: str, target: Message, kind: str) -> Error | None:
        """Why the person may not edit or recall the message, if so."""
        if userid not in target.known:
            return NOT_FOUND
        group = self.groups[target.to] if isinstance(target.to, int) else None
        is_owner = group is not None and group.owner == userid and kind == "recalled"
        if (group and userid not in group.members) or not (is_owner or target.sender == userid):
            return NOT_ALLOWED
        return NOT_FOUND if target.recall and kind == "edited" else None

    def conversations(self, userid: str) -> list[Frame]:
        """As the API lists them."""
        return [
            {
                "id": name_of(peer),
                "last": self._last(userid, peer),
                "unread": self.unread(userid, peer),
                "read": self.mark(userid, peer),
                "role": self._role(userid, peer),
            }
            for peer in self.peers_of(userid)
        ]

    def shown(self, userid: str, message: Message) -> Frame:
        """As pages have it."""
        event = {**message.fields_for(userid), "edited": None, "reactions": {}}
        if message.recall:
            return event | {"recalled": True}
        edit = message.known[userid]
        return event | {"content": message.content_for(userid), "edited": edit and edit.id}

    # What clients are told.

    def event(self, userid: str, row: Row) -> Frame:
        """What a device that is connected is told of the row."""
        if isinstance(row, Message):
            return {"ev": "message", **row.fields_for(userid), "content": row.content_for(userid)}
        if isinstance(row, Amendment):
            event = {
                "ev": row.kind,
                "id": row.id,
                "conversation": name_of(row.target.peer_of(userid)),
                "target": row.target.id,
                "from": row.sender,
            }
            return event | {"content": row.content} if row.kind == "edited" else event
        assert isinstance(row, Notice)
        return {"ev": "notice", "id": row.id, "conversation": name_of(row.group), **row.what}

    def missed(self, userid: str, after: int) -> list[Row]:
        """Of which rows after this place a device is told that comes back."""
        return [row for row in self.rows[after:] if userid in row.readers and self._is_served(userid, row)]

    def missed_by_phone(self, userid: str, after: int) -> list[Message]:
        rows = self.missed(userid, after)
        return [row for row in rows if isinstance(row, Message) and row.sender != userid]

    def _is_served(self, userid: str, row: Row) -> bool:
        if isinstance(row, Message):
            return row.recall is None
        if not isinstance(row, Amendment) or row.kind == "recalled":
            return True
        # Of several edits that the person knows of, the last one.
        return row.target.recall is None and row.target.known[userid] is row

    def _present(self, message: Message) -> set[str]:
        if isinstance(message.to, int):
            return set(self.groups[message.to].members)
        return {message.sender, message.to}

    def _change(self, group: int, joined: list[str], left: list[str], by: str | None) -> list[Notice]:
        """What is told of it. A group in which somebody is has an owner."""
        if not joined and not left:
            return []
        members = self.groups[group].members
        events = [self._notice(group, {*members, *left}, by, joined=joined, left=left)]
        if self.groups[group].owner not in members:
            owner = self.groups[group].owner = next(iter(members), "")
            roles = {owner: "owner"}
            events += [self._notice(group, set(members), by, roles=roles)] if members else []
        return events

    def _notice(self, group: int, readers: set[str], by: str | None, **what: Any) -> Notice:
        by_whom = {} if by is None else {"by": by}
        return self._append(Notice(self._next, readers, 0, group, what | by_whom), 0)

    def _role(self, userid: str, peer: Recipient) -> str:
        if isinstance(peer, str):
            return ""
        return "owner" if self.groups[peer].owner == userid else "member"

    def _last(self, userid: str, peer: Recipient) -> Frame | None:
        messages = self.messages_of(userid, peer)
        return self.shown(userid, messages[-1]) if messages else None

    def _place(self, userid: str, peer: Recipient) -> int:
        last = max((one.place for one in self.messages_of(userid, peer)), default=0)
        # A group that somebody has just come into, or come back into, is the latest.
        return max(last, self.groups[peer].members[userid]) if isinstance(peer, int) else last

    @property
    def _next(self) -> int:
        return len(self.rows) + 1

    def _append(self, row: R, id_: int) -> R:
        self.rows.append(row)
        if id_:
            self.learn(row, id_)
        return row
