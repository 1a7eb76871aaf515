"""What a client of the JSON dialect asks for, and how often each of its frames is answered."""

import json
from dataclasses import dataclass, field
from itertools import count
from typing import Any

Frame = dict[str, Any]


@dataclass(eq=False)
class Command:
    """To be sent again until it is answered with `ok`. `then`: what is to be done after that."""

    cmd: str
    fields: Frame
    then: list["Command"] = field(default_factory=list)
    # All that it was answered with.
    oks: list[Frame] = field(default_factory=list)


class Frames:
    """All frames that one client sends, on one connection after the other. Each has an id of its own, also if
    it repeats a command, and is answered once, on its connection."""

    def __init__(self) -> None:
        self._ids = count(1)
        self._unanswered: dict[int, Command] = {}

    @property
    def unanswered(self) -> int:
        """How many of this connection have no answer yet."""
        return len(self._unanswered)

    def begin(self) -> None:
        """There is a new connection. What was sent on the one before is not answered any more."""
        self._unanswered.clear()

    def frame(self, command: Command) -> str:
        """The next frame to send."""
        id_ = next(self._ids)
        self._unanswered[id_] = command
        return json.dumps({"id": id_, "cmd": command.cmd, **command.fields})

    def answered(self, reply: Frame) -> Command:
        """The command that it answers."""
        assert reply["re"] in self._unanswered, f"answered twice, or not asked on this connection: {reply}"
        command = self._unanswered.pop(reply["re"])
        if "ok" in reply:
            command.oks.append(reply["ok"])
        return command
