"""The dialect `im66.json.v1`: one text frame is one JSON object. Pure.

A command has an `id`, chosen by the client, and gets exactly one reply. docs/json.md is the contract.
"""

from collections.abc import Callable, Sequence
from typing import Any

from chat.protocol.bounds import Limits
from chat.protocol.codec import Encoder
from chat.protocol.commands import CommandRequest, Send
from chat.protocol.events import Event
from chat.protocol.json_commands import decode
from chat.protocol.json_events import event_text, text_of
from chat.protocol.replies import Accepted, Amended, Failure, Reply, RequestId, Result, Welcome
from log.rows import Entry, Recipient

SUBPROTOCOL = "im66.json.v1"


class JsonCodec:
    """The codec of the dialect. It does not encode replies to commands that only the shipped apps have.

    `avatar_url(avatar, base_url)`: the URL of a person's picture.
    """

    def __init__(self, avatar_url: Callable[[str, str], str], limits: Limits) -> None:
        self._avatar_url = avatar_url
        self._limits = limits
        self._own = _OwnEncoder()

    @property
    def own(self) -> Encoder:
        return self._own

    def decode(self, text: str) -> CommandRequest | Reply:
        return decode(text, self._limits)

    def encode(self, event: Event) -> str | None:
        return event_text(event, is_own=False)

    def encode_reply(self, reply: Reply, base_url: str) -> str | None:
        result = reply.result
        if isinstance(result, Failure):
            return text_of({"re": reply.id, "error": _error(result)})
        return text_of({"re": reply.id, "ok": self._ok(result, base_url)})

    def encode_accepted(self, id: RequestId, accepted: Accepted) -> str:
        row, time, content, _ = accepted
        # Formatted by hand, which takes a third of the time: this runs for each message.
        if content is None and type(id) is int:
            return f'{{"re":{id},"ok":{{"id":{row},"time":{time}}}}}'
        ok = {"id": row, "time": time} if content is None else {"id": row, "time": time, "content": content}
        return text_of({"re": id, "ok": ok})

    def refusal(self, message: Send, sender: str) -> Failure | None:
        return None

    def count_fitting(self, peer: Recipient, entries: Sequence[Entry]) -> int:
        return len(entries)

    def _ok(self, result: Result, base_url: str) -> Any:
        match result:
            case Amended(id, content):
                return {"id": id} if content is None else {"id": id, "content": content}
            case Welcome():
                return self._welcome(result, base_url)
        return result

    def _welcome(self, welcome: Welcome, base_url: str) -> dict[str, Any]:
        userid, nickname, avatar, is_bot = welcome.user
        user = {"userid": userid, "nickname": nickname, "avatar": self._avatar_url(avatar, base_url)}
        return {
            "user": {**user, "bot": True} if is_bot else user,
            "log": welcome.log,
            "head": welcome.head,
            "heartbeat": welcome.heartbeat,
            "limits": welcome.limits,
            "features": welcome.features,
        }


class _OwnEncoder:
    """Encodes a person's own actions for that person's other devices."""

    def encode(self, event: Event) -> str | None:
        return event_text(event, is_own=True)


def _error(failure: Failure) -> dict[str, Any]:
    error: dict[str, Any] = {
        "code": failure.code,
        "name": failure.name,
        "reason": failure.explanation or failure.reason,
    }
    if failure.retry is not None:
        error["retry"] = failure.retry
    if failure.until is not None:
        error["until"] = failure.until
    if failure.why:
        error["why"] = failure.why
    return error
