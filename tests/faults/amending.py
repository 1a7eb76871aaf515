"""What people do to the messages of a conversation, and what a client shows of these in the end."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from tests.faults.asking import Command, Frame

THUMB = "👍"
# What each command makes that others are told of.
EVENTS = {"send": "message", "edit": "edited", "recall": "recalled", "react": "reaction"}


class Shown(NamedTuple):
    """What a message says, None if it was recalled, and who likes it."""

    content: str | None
    likes: frozenset[str] = frozenset()


def by_author(target: int, cid: str) -> list[Command]:
    """What its author does to the message, one after the other: some are edited, some recalled."""
    first, last = (_amend("edit", target, content=f"{cid} {time}") for time in ("once more", "at last"))
    return {3: [first, last], 5: [first, _amend("recall", target)]}.get(_digit(cid), [])


def by_readers(target: int, cid: str) -> list[Command]:
    """What everybody else does to it: some they like, some only for a moment."""
    like, stop = (_amend("react", target, emoji=THUMB, on=is_on) for is_on in (True, False))
    return {7: [like], 9: [like, stop]}.get(_digit(cid), [])


def outcome(cid: str, readers: Iterable[str]) -> Shown:
    """What becomes of the message by all that."""
    outcomes = {3: Shown(f"{cid} at last"), 5: Shown(None), 7: Shown(cid, frozenset(readers))}
    return outcomes.get(_digit(cid), Shown(cid))


def _digit(cid: str) -> int:
    return int(cid[-1])


def _amend(cmd: str, target: int, **fields: Any) -> Command:
    return Command(cmd, {"target": target, **fields})


class Screen:
    """What a client shows who applies each event and each of its own changes. The row with the highest id
    counts, whatever comes first."""

    def __init__(self) -> None:
        self._contents: dict[int, tuple[int, str]] = {}
        self._recalled: set[int] = set()
        self._likes: defaultdict[int, dict[str, tuple[int, bool]]] = defaultdict(dict)

    def apply(self, event: Frame) -> None:
        id_ = event["id"]
        match event["ev"]:
            case "message":
                self._say(id_, id_, event["content"])
            case "edited":
                self._say(event["target"], id_, event["content"])
            case "recalled":
                self._recalled.add(event["target"])
            case "reaction":
                likes, who = self._likes[event["target"]], event["from"]
                likes[who] = max(likes.get(who, (0, False)), (id_, event["on"]))

    def apply_own(self, userid: str, command: Command) -> None:
        """A change that was answered."""
        event = {**command.fields, "from": userid, "id": command.oks[-1]["id"]}
        self.apply({**event, "ev": EVENTS[command.cmd]})

    @property
    def shown(self) -> dict[int, Shown]:
        gone = dict.fromkeys(self._recalled, Shown(None))
        return {id_: Shown(text, self._who_like(id_)) for id_, (_, text) in self._contents.items()} | gone

    def _say(self, target: int, id_: int, content: str) -> None:
        self._contents[target] = max(self._contents.get(target, (0, "")), (id_, content))

    def _who_like(self, target: int) -> frozenset[str]:
        return frozenset(who for who, (_, is_on) in self._likes[target].items() if is_on)
