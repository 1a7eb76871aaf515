"""The rows of the log, in no dialect. Pure.

Groups have numbers here, times are whole seconds since 1970 in UTC, and people are called by their
userids.
"""

from typing import NamedTuple

# A position in the log: the id of a row, 0 before the first. Ids rise in the order of commits.
LogId = int

# Who a message is for: a person's userid, or a group's id.
Recipient = str | int

# What people send. A notice is the system's own: a change of membership at its place in the log.
KINDS = ("emotion", "video", "picture", "text", "audio")
NOTICE = "notice"

# A page of the log ends with the row that brings contents and extensions over so many.
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
    """A change of who is in a group, at its place in the log."""

    id: LogId
    group: int
    joined: tuple[str, ...]
    left: tuple[str, ...]
    time: int


# Of the log.
Row = Entry | MembershipNotice
