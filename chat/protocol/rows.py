"""The rows of the log, independent of any dialect. Pure.

Groups have integer ids, times are whole seconds since 1970 in UTC, and people are named by their userids.
"""

from typing import NamedTuple

from accounts.standing import Change

# A position in the log: the id of a row, 0 before the first. Ids rise in the order of commits.
LogId = int

# The recipient of a message: a person's userid, or a group's id.
Recipient = str | int

# The kinds that people send. The others come from the system, at their position in the log: a notice is a
# change of membership, the last a change of a person's standing, which no client is told.
KINDS = ("emotion", "video", "picture", "text", "audio")
NOTICE = "notice"
STANDING = "standing"

# A page of the log ends with the row that brings its contents and extensions over this many characters.
PAGE_CHARACTERS = 256 * 1024


class Entry(NamedTuple):
    """A message in the log. `time` never falls while `id` rises."""

    id: LogId
    kind: str
    sender: str
    to: Recipient
    content: str
    extension: str
    time: int


class MembershipNotice(NamedTuple):
    """A change of the members of a group, at its position in the log."""

    id: LogId
    group: int
    joined: tuple[str, ...]
    left: tuple[str, ...]
    time: int


class StandingChange(NamedTuple):
    """A change of a person's standing, at its position in the log."""

    id: LogId
    userid: str
    change: Change
    time: int


# A row of the log.
Row = Entry | MembershipNotice | StandingChange
