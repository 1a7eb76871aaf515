"""What the keys of the first server's Redis hold. Pure."""

from typing import NamedTuple

# The next group id, the only key with a number.
NEXT_GROUP = b"groupID"

GROUP, MEMBERS, GROUPS_OF, PERSON, LATER_INBOX, INBOX = (
    "group",
    "members",
    "groups of",
    "person",
    "later inbox",
    "inbox",
)
_PREFIXES = {
    "group_": (GROUP, b"hash"),
    "groupmembers_": (MEMBERS, b"set"),
    "mygroups_": (GROUPS_OF, b"set"),
    "user_": (PERSON, b"hash"),
    "offline_msg_": (LATER_INBOX, b"list"),
}


class Key(NamedTuple):
    """A key: what it holds, the type that it must have, and the id in its name."""

    holds: str
    type: bytes
    id: str


def read(name: bytes) -> Key:
    """What the key of this name holds. Raises UnicodeDecodeError."""
    text = name.decode()
    for prefix, (holds, type_) in _PREFIXES.items():
        if text.startswith(prefix):
            return Key(holds, type_, text.removeprefix(prefix))
    return Key(INBOX, b"list", text)
