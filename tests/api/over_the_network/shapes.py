"""What the API answers, in full."""

import time
from typing import Any

from testkit.server import Server

MODERATOR = "administrator"
REASON = "because"
# Long after all tests.
LATER = 4_000_000_000
_BEGAN = int(time.time())


class Number:
    """Equal to every whole number from `least` on, and to nothing else."""

    def __init__(self, least: int) -> None:
        self._least = least

    def __eq__(self, other: object) -> bool:
        return type(other) is int and other >= self._least

    def __hash__(self) -> int:
        return hash(self._least)

    def __repr__(self) -> str:
        return f"a whole number from {self._least} on"


ID = Number(1)
# A second in which the tests run.
TIME = Number(_BEGAN)


def error(code: int, name: str, reason: str, /, **fields: str) -> tuple[int, Any]:
    """The outcome of a call that fails."""
    details: dict[str, Any] = {"code": code, "name": name, "reason": reason}
    return code, {"error": {**details, "fields": fields} if fields else details}


def invalid(field: str, reason: str) -> tuple[int, Any]:
    """The outcome of a call with a bad value."""
    return error(400, "invalid", f"{field}: {reason}", **{field: reason})


def listed(*items: Any, more: bool = False) -> tuple[int, Any]:
    """The outcome of a call that asks for a list."""
    return 200, {"items": list(items), "more": more}


def person(server: Server, userid: str, nickname: str = "") -> dict[str, Any]:
    """Without a picture."""
    return {"userid": userid, "nickname": nickname, "avatar": f"{server.http}/static/im66/avatar.png"}


def message(id_: Any, conversation: str, sender: str, content: str, **more: Any) -> dict[str, Any]:
    """A text, without the extension that it was sent with."""
    return {
        "id": id_,
        "conversation": conversation,
        "from": sender,
        "kind": "text",
        "content": content,
        "time": TIME,
        "edited": None,
        "reactions": {},
        **more,
    }


EXTENSION = "e30="
NO_SUCH_USER = error(404, "not_found", "There is no such user.")
NO_SUCH_GROUP = error(404, "not_found", "There is no such group.")
NO_SUCH_CONVERSATION = error(404, "not_found", "There is no such conversation.")
# At the desk.
NOT_THERE = error(404, "not_found", "There is nothing of that name.")
