"""The rows of the log, independent of any dialect. Pure.

Groups have integer ids, times are whole seconds since 1970 in UTC, and people are named by their userids.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from accounts.account_status import Change

# A position in the log: the id of a row, 0 before the first. Ids rise in the order of commits.
LogId = int

# The recipient of a message: a person's userid, or a group's id.
Recipient = str | int

# What may have a name: a person, a group, or a person in a group, who may be called something else there.
Nameable = Recipient | tuple[str, int]


def conversation_name(peer: Recipient) -> str:
    """What the JSON dialect and the API call the conversation with the person, or in the group."""
    return f"g:{peer}" if isinstance(peer, int) else f"u:{peer}"


# What people do to a message. Such a row names the message, and goes to whoever got the message.
RECALL, EDIT, REACTION = AMENDMENTS = ("recall", "edit", "reaction")
# Changes, at their position in the log: of a group, of a person's standing, of a person's blocks.
NOTICE = "notice"
STANDING = "standing"
BLOCK = "block"
# The kind of a draft that was accepted, and that nobody gets until a moderator releases it. Its place in the
# log is a change of standing that changes nothing, which every version passes over.
HELD = "held"
# The kinds of rows that are no messages. Every other row is one, also of a kind that only a later version
# knows. So what the log has besides messages is stored under one of these, in a way that earlier versions
# pass over.
# Kinds of messages that are files, by the indexes of the log.
FILE_KINDS = ("audio", "file", "picture", "video")
NO_MESSAGES = (*AMENDMENTS, NOTICE, STANDING, BLOCK)

# A page of the log ends with the row that brings its contents and extensions over this many characters.
PAGE_CHARACTERS = 256 * 1024


class Entry(NamedTuple):
    """A message in the log. `time` never falls while `id` rises.

    `reply`: the id of the message that it replies to. `cid`: its sender's name for it, unique for that
    sender. `origin`: the session of this process that has sent it, 0 if it came from elsewhere. `details`:
    see `log.details`.
    """

    id: LogId
    kind: str
    sender: str
    to: Recipient
    content: str
    extension: str
    time: int
    reply: LogId | None = None
    cid: str | None = None
    origin: int = 0
    details: str = ""

    def peer_of(self, userid: str) -> Recipient:
        """In whose conversation with `userid`, who has sent or got it, it is."""
        return self.sender if self.to == userid else self.to


class Amendment(NamedTuple):
    """What a person does to the message `target`: it is recalled, gets another content, or gets a reaction,
    of which `content` is the emoji. `is_on`: the reaction is given, not taken back; the message is recalled,
    not restored. `content` of what restores a message: it, as `stored_rows.restored_content` makes it.
    `by_desk`: a moderator does it, and `sender` is the author of the message."""

    id: LogId
    kind: str
    sender: str
    to: Recipient
    target: LogId
    content: str
    is_on: bool
    time: int
    origin: int = 0
    by_desk: bool = False
    details: str = ""

    def peer_of(self, userid: str) -> Recipient:
        """As of an Entry."""
        return self.sender if self.to == userid else self.to

    @property
    def restores(self) -> bool:
        """Whether it undoes a recall."""
        return self.kind == RECALL and not self.is_on


class MembershipNotice(NamedTuple):
    """A change of the members of a group, at its position in the log. `by`: who did it, None if that is not
    known."""

    id: LogId
    group: int
    joined: tuple[str, ...]
    left: tuple[str, ...]
    time: int
    by: str | None = None


class GroupChange(NamedTuple):
    """A change of a group other than of its members, at its position in the log. `by`: as above. `extension`:
    of the text that the shipped apps get, if they get one. It is not stored, because it names a person.

    `changed`: what has another value now, and that value. `name`, `notice`: a text. By its name, what
    `log.group_choices` has. `picture`: whether the group has a picture of its own. `nicknames`: a list of
    members who are called something else there. `roles`: the role of each member who has another one.
    `dissolved`: true; its members leave after it. `restored`: true; they have come back. `muted`: whether
    only owners and admins write. `slow`: a member may write once in so many seconds, 0 for as often as
    elsewhere."""

    id: LogId
    group: int
    by: str | None
    changed: Mapping[str, Any]
    time: int
    extension: str = ""


class AccountStatusChange(NamedTuple):
    """A change of a person's standing, at its position in the log."""

    id: LogId
    userid: str
    change: Change
    time: int


class BlockChange(NamedTuple):
    """From this position in the log on, `blocked` may not write to `blocker`; or may again, as far as others
    may, if `is_on` is false. If both are the same person, the rules of who may reach that person are others.
    An earlier version looks up of nobody else whether they are blocked.

    `pinned`: it is no such change, but `blocker` has pinned this message in the conversation with `blocked`.
    For an earlier version, nothing changes. `extension`: as above."""

    id: LogId
    blocker: str
    blocked: str
    is_on: bool
    time: int
    pinned: LogId | None = None
    extension: str = ""


class Withheld(NamedTuple):
    """A message that was recalled, or an edit that says what it says no more: nobody gets it any more."""

    id: LogId


class Latecomers(NamedTuple):
    """People in the group who joined it, for the last time, after its message `target`."""

    group: int
    target: LogId
    userids: tuple[str, ...]


# A row of the log that people wrote, to a person or a group.
Written = Entry | Amendment

# What happens to a group.
Notice = MembershipNotice | GroupChange

# A row of the log.
Row = Written | Notice | AccountStatusChange | BlockChange

# What a backlog has in the place of a row.
Served = Row | Withheld
