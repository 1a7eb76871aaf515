"""The rows of the log, independent of any dialect. Pure.

Groups have integer ids, times are whole seconds since 1970 in UTC, and people are named by their userids.
"""

from typing import Annotated, Any, NamedTuple

from msgspec import Meta, Struct

from accounts.account_status import Change as AccountChange

# A position in the log: the id of a row, 0 before the first. Ids rise in the order of commits.
LogId = Annotated[int, Meta(ge=0)]

# A time, as schemas describe it.
Seconds = Annotated[int, Meta(description="Whole seconds since 1970.")]

# The recipient of a message: a person's userid, or a group's id.
Recipient = str | int

# What may have a name: a person, a group, or a person in a group, who may be called something else there.
Nameable = Recipient | tuple[str, int]


def conversation_name(peer: Recipient) -> str:
    """What the JSON dialect and the API call the conversation with the person, or in the group."""
    return f"g:{peer}" if isinstance(peer, int) else f"u:{peer}"


# What people do to a message. Such a row names the message, and goes to its recipients.
RECALL, EDIT, REACTION, RESPONSE, CLOSING = AMENDMENTS = ("recall", "edit", "reaction", "response", "closing")
# To a message of a kind that is responded to, such as a poll: what a person answers, and that it takes no
# more answers. Each person's last response counts. Others do not get the row.
RESPONSES = (RESPONSE, CLOSING)
# The kind of a draft that was accepted, and of its place in the log until a moderator releases it.
HELD = "held"
# Kinds of messages that are files, by the indexes of the log.
FILE_KINDS = ("audio", "file", "picture", "video")

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

    @property
    def shows(self) -> LogId:
        """The message whose content the row has; 0 for none."""
        return self.id


class Amendment(NamedTuple):
    """What a person does to the message `target`: it is recalled, gets another content, or gets a reaction,
    of which `content` is the emoji. `is_on`: the reaction is given, not taken back; the message is recalled,
    not restored. `content` of what restores a message: it, as `stored_rows.restored_content` makes it; that
    of RESPONSES: a JSON object with one field, the kind of the message and what is set there.
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

    @property
    def shows(self) -> LogId:
        """As of an Entry."""
        return self.target if self.kind == EDIT or self.restores else 0


class Change(Struct, frozen=True, omit_defaults=True, tag_field="kind"):
    """A change at its position in the log. Its tag is the kind of its row.

    These fields have columns of their own: `group`, `target`, `time`, `cid`, `userid`, who does it or whom it
    is about, and `other`, the other person. `extension`, of the text that the shipped apps get, is not
    stored, because it names a person; only that there is one is. All other fields are stored as JSON."""

    id: LogId


class MembershipNotice(Change, frozen=True, tag="membership"):
    """A change of the members of a group. `by`: who did it, None if that is not known."""

    group: int
    joined: tuple[str, ...]
    left: tuple[str, ...]
    time: int
    by: str | None = None


class GroupChange(Change, frozen=True, tag="group"):
    """A change of a group other than of its members. `by`: as above.

    `changed`: what has another value now, and that value, by its name in `log.group_changes`. `picture`:
    whether the group has one of its own. `nicknames`: of these members. `roles`: of each who has another one.
    `dissolved`: its members leave after it. `restored`: they have come back. `slow`: a member may write once
    in so many seconds, 0 for as often as elsewhere."""

    group: int
    by: str | None
    changed: dict[str, Any]
    time: int
    extension: str = ""

    @property
    def to(self) -> int:
        """Where the shipped apps get a text of it."""
        return self.group


class AccountStatusChange(Change, frozen=True, tag="standing"):
    """A change of a person's account status."""

    userid: str
    change: AccountChange
    time: int


class BlockChange(Change, frozen=True, tag="block"):
    """From this position in the log on, `other` may not write to `userid`; or may again, as far as others
    may, if `is_on` is false."""

    userid: str
    other: str
    is_on: bool
    time: int


class ReachChange(Change, frozen=True, tag="reach"):
    """Whether `other` may reach `userid` must be looked up again. If both are the same person: whether
    anybody may."""

    userid: str
    other: str
    time: int


class Pinned(Change, frozen=True, tag="pinned"):
    """`userid` has pinned the message `target` in the conversation with `other`."""

    userid: str
    other: str
    target: LogId
    time: int
    extension: str = ""

    @property
    def by(self) -> str:
        return self.userid

    @property
    def to(self) -> str:
        return self.other

    @property
    def changed(self) -> dict[str, LogId]:
        """As of a group in which somebody pins a message."""
        return {"message_pinned": self.target}


class Held(Change, frozen=True, tag=HELD):
    """The place of a message that waits for a moderator, or of what its sender has done to it meanwhile.
    Nobody gets it."""

    userid: str
    time: int
    cid: str | None = None


class Withheld(NamedTuple):
    """A message that was recalled, or an edit that is out of date: it is no longer delivered."""

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

# After these, people may reach others than before.
Reach = BlockChange | ReachChange

# A row of the log.
Row = Written | Notice | AccountStatusChange | Reach | Pinned | Held

# What a backlog has in the place of a row.
Served = Row | Withheld

# The changes, by the kind of their rows.
CHANGES: dict[str, Any] = {str(each.__struct_config__.tag): each for each in Change.__subclasses__()}
MEMBERSHIP, GROUP, STANDING, BLOCK, REACH, PINNED, _ = CHANGES
NOTICES = (MEMBERSHIP, GROUP)
# The kinds of rows that are no messages. Every other row is one.
NO_MESSAGES = (*AMENDMENTS, *CHANGES)
