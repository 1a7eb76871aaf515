"""What people do in a conversation of the demo, in the order in which they do it."""

from typing import NamedTuple


class Sent(NamedTuple):
    """A message. `kind`: of a picture, a recording or a video, `content` is the name of the file. `name`: by
    which later acts call the message. `reply`: to the message with this name."""

    sender: str
    content: str
    kind: str = "text"
    name: str = ""
    reply: str = ""


class Reacted(NamedTuple):
    sender: str
    emoji: str
    target: str


class Edited(NamedTuple):
    sender: str
    content: str
    target: str


class RecallAct(NamedTuple):
    sender: str
    target: str


class Founded(NamedTuple):
    """A group, which the scene plays in."""

    creator: str
    members: tuple[str, ...]


class Noticed(NamedTuple):
    """The group gets a notice."""

    by: str
    notice: str


# The name of a group, or two people.
Where = str | tuple[str, str]

Act = Sent | Reacted | Edited | RecallAct | Founded | Noticed


class Scene(NamedTuple):
    """What happens in one conversation within minutes, from so many minutes ago on. `unread_by`: people who
    have not looked at it yet."""

    minutes_ago: int
    where: Where
    acts: tuple[Act, ...]
    unread_by: tuple[str, ...] = ()
