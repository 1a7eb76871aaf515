"""A simple model of conversations: what each user can read, and what their clients receive.

Of the server it uses only the ids. Positions count the rows of the model's log from 1.
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
    """Return the conversation with the person or group."""
    return f"g:{to}" if isinstance(to, int) else f"u:{to}"


@dataclass(eq=False)
class Row:
    """A row of the log. `readers` receive it. `id` is 0 until a client has received it."""

    place: int
    readers: set[str]
    id: int = 0


@dataclass(eq=False)
class Message(Row):
    """A message. `known` has, for each reader at the time of writing, the edit that they know of."""

    sender: str = ""
    to: Recipient = ""
    content: str = ""
    reply: int | None = None
    cid: str | None = None
    known: dict[str, "Amendment | None"] = field(default_factory=dict)
    recall: "Amendment | None" = None

    def peer_of(self, userid: str) -> Recipient:
        """Return the conversation that the message is in, from the user's point of view."""
        return self.sender if self.to == userid else self.to

    def content_for(self, userid: str) -> str:
        edit = self.known[userid]
        return self.content if edit is None else edit.content

    def fields_for(self, userid: str) -> Frame:
        """Return the fields that never change."""
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
    """An edit, or a recall without content."""

    kind: str = "edited"
    sender: str = ""
    target: Message = field(default_factory=lambda: Message(0, set()))
    content: str = ""


@dataclass(eq=False)
class Notice(Row):
    """A change of membership. `what`: who joined, who left, or the new owner."""

    group: int = 0
    what: Frame = field(default_factory=dict)


@dataclass
class Group:
    """A group. `members` are in the order in which they joined, with the position."""

    owner: str
    members: dict[str, int] = field(default_factory=dict)


R = TypeVar("R", bound=Row)


class Model:
    """The conversations of all users. `marks` are their read marks by conversation."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.groups: dict[int, Group] = {}
        self.marks: dict[tuple[str, Recipient], int] = {}

    @property
    def messages(self) -> list[Message]:
        return [row for row in self.rows if isinstance(row, Message)]

    @property
    def last_id(self) -> int:
        """Return the greatest known id."""
        return max((row.id for row in self.rows), default=0)

    # The actions of users.

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
        """Raise the read mark, and return whether it has changed."""
        last = max((message.id for message in self.messages_of(userid, to)), default=0)
        before = self.mark(userid, to)
        self.marks[userid, to] = max(before, min(upto, last))
        return self.marks[userid, to] > before

    def learn(self, row: Row, id_: int) -> None:
        """Record the id that a client received for the row. It is the same for all clients, and ids rise."""
        assert row.id in (0, id_)
        row.id = id_
        earlier, later = self.rows[: row.place - 1], self.rows[row.place :]
        assert all(other.id < id_ for other in earlier)
        assert all(other.id > id_ for other in later if other.id)

    # The expected results.

    def mark(self, userid: str, to: Recipient) -> int:
        return self.marks.get((userid, to), 0)

    def members(self, group: int) -> list[str]:
        return list(self.groups[group].members)

    def may_write(self, userid: str, to: Recipient) -> bool:
        return isinstance(to, str) or userid in self.groups[to].members

    def refusal_to_write(self, userid: str, to: Recipient, reply: int | None) -> Error | None:
        """Return the error of writing there or of replying to that message, or None."""
        if not self.may_write(userid, to):
            return NOT_ALLOWED
        can_reply = reply is None or reply in [message.id for message in self.messages_of(userid, to)]
        return None if can_reply else NOT_FOUND

    def messages_of(self, userid: str, to: Recipient) -> list[Message]:
        """Return the messages of the conversation that the user can read, recalled ones included."""
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
        """Return the user's conversation partners and groups, the latest first."""
        written = {message.peer_of(userid) for message in self.messages if userid in message.known}
        mine: set[Recipient] = {peer for peer in written if isinstance(peer, str)}
        mine |= {id_ for id_, group in self.groups.items() if userid in group.members}
        return sorted(mine, key=lambda peer: self._place(userid, peer), reverse=True)

    def refusal(self, userid: str, target: Message, kind: str) -> Error | None:
        """Return the error of editing or recalling the message, or None."""
        if userid not in target.known:
            return NOT_FOUND
        group = self.groups[target.to] if isinstance(target.to, int) else None
        is_owner = group is not None and group.owner == userid and kind == "recalled"
        if (group and userid not in group.members) or not (is_owner or target.sender == userid):
            return NOT_ALLOWED
        return NOT_FOUND if target.recall and kind == "edited" else None

    def conversations(self, userid: str) -> list[Frame]:
        """Return the conversations as in the API's list."""
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
        """Return the message as in a page of history."""
        event = {**message.fields_for(userid), "edited": None, "reactions": {}}
        if message.recall:
            return event | {"recalled": True}
        edit = message.known[userid]
        return event | {"content": message.content_for(userid), "edited": edit and edit.id}

    # The events of clients.

    def event(self, userid: str, row: Row) -> Frame:
        """Return the event that a connected device receives for the row."""
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
        """Return the rows that a device receives when it reconnects after this position."""
        return [row for row in self.rows[after:] if userid in row.readers and self._is_served(userid, row)]

    def missed_by_phone(self, userid: str, after: int) -> list[Message]:
        rows = self.missed(userid, after)
        return [row for row in rows if isinstance(row, Message) and row.sender != userid]

    def _is_served(self, userid: str, row: Row) -> bool:
        if isinstance(row, Message):
            return row.recall is None
        if not isinstance(row, Amendment) or row.kind == "recalled":
            return True
        # Of several edits that the user knows of, the last one.
        return row.target.recall is None and row.target.known[userid] is row

    def _present(self, message: Message) -> set[str]:
        if isinstance(message.to, int):
            return set(self.groups[message.to].members)
        return {message.sender, message.to}

    def _change(self, group: int, joined: list[str], left: list[str], by: str | None) -> list[Notice]:
        """Record joins and leaves, and return the notices. A group with members always has an owner."""
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
        # A group that the user has just joined or rejoined is the latest.
        return max(last, self.groups[peer].members[userid]) if isinstance(peer, int) else last

    @property
    def _next(self) -> int:
        return len(self.rows) + 1

    def _append(self, row: R, id_: int) -> R:
        self.rows.append(row)
        if id_:
            self.learn(row, id_)
        return row
