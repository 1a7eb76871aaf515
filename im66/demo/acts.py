"""The acts of people in the conversations of the demo."""

from typing import NamedTuple


class Sent(NamedTuple):
    """A message. `content`: the text; of a picture, a recording or a video the file's name. `name`: later
    acts refer to the message by it. `reply`: the name of the message that it replies to."""

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
    """The group of the scene is created."""

    creator: str
    members: tuple[str, ...]


class Noticed(NamedTuple):
    """The group's notice is set."""

    by: str
    notice: str


# The name of a group, or two people.
Where = str | tuple[str, str]

Act = Sent | Reacted | Edited | RecallAct | Founded | Noticed


class Scene(NamedTuple):
    """Acts in one conversation, which begin `minutes_ago`. `unread_by`: the people who have not read them."""

    minutes_ago: int
    where: Where
    acts: tuple[Act, ...]
    unread_by: tuple[str, ...] = ()
