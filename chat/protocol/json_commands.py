"""Decodes frames of clients of the dialect `im66.json.v1`. Describes all its frames by JSON Schema. Pure."""

from collections.abc import Callable
from typing import Any, Literal, Union

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from accounts.codes import Name
from chat.protocol.bounds import Limits
from chat.protocol.commands import COMMANDS, CommandRequest, JsonCommand
from chat.protocol.fields import MAX_ID, MAX_ID_CHARACTERS, Invalid
from chat.protocol.frames import Event as Event
from chat.protocol.replies import Failure, Reply
from log.rows import Seconds

ANY_COMMAND: Any = Union[tuple(COMMANDS.values())]  # noqa: UP007


class _Envelope(Struct):
    """The fields of a frame that are needed to report what is wrong with it. Their values are decoded only if
    they are short: decoding a megabyte of empty lists or large numbers takes a second."""

    id: Raw = Raw(b"null")
    cmd: Raw = Raw(b"null")


_decode: Callable[[str], JsonCommand] = msgspec.json.Decoder(ANY_COMMAND).decode
_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_any = msgspec.json.Decoder().decode
# The longest id, with every character escaped.
_MAX_VALUE_BYTES = MAX_ID_CHARACTERS * len("\\ud83d\\ude00") + 2


def decode(text: str, limits: Limits) -> CommandRequest | Reply:
    """Return the command in a frame, or the reply that says what is wrong with it."""
    try:
        command = _decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeEncodeError) as error:
        return _decoding_failure(text, error)
    try:
        return CommandRequest(command.id, command.validate(limits))
    except Invalid as invalid:
        return Reply(command.id, invalid.failure)


def _decoding_failure(text: str, error: Exception) -> Reply:
    """Return the reply that says what is wrong with a frame that holds no valid command."""
    try:
        envelope = _decode_envelope(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeEncodeError):
        return Reply(None, Failure(Name.MALFORMED, "a frame holds one JSON object"))
    id_, cmd = _decode_short(envelope.id), _decode_short(envelope.cmd)
    if cmd is None and bytes(envelope.cmd).startswith(b'"'):
        cmd = ""  # longer than the name of any command
    if not isinstance(cmd, str) or not _is_id(id_):
        reason = "a command has cmd, a name, and id, an exact integer or a text of at most 64 characters"
        return Reply(None, Failure(Name.MALFORMED, reason))
    if cmd not in COMMANDS:
        return Reply(id_, Failure(Name.UNKNOWN_COMMAND, "there is no such command"))
    return Reply(id_, Failure(Name.INVALID, str(error)))


def _decode_short(raw: Raw) -> Any:
    """Return the decoded value; None if it is too long or cannot be decoded."""
    if len(bytes(raw)) > _MAX_VALUE_BYTES:
        return None
    try:
        return _decode_any(raw)
    except (msgspec.MsgspecError, RecursionError):
        return None


def _is_id(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= MAX_ID_CHARACTERS
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_ID


class Error(Struct):
    """Why a command was refused. `retry`: try again after so many seconds; `until`: when it ends."""

    code: int
    name: str
    reason: str
    retry: int | UnsetType = UNSET
    until: Seconds | UnsetType = UNSET
    why: Literal["unwanted"] | UnsetType = UNSET


# The Struct that `ok` of the reply holds, by command.
OK = {name: command.ok for name, command in COMMANDS.items()}


def commands() -> dict[str, Any]:
    """Return the JSON Schema of each command, by its name."""
    parts = msgspec.json.schema(ANY_COMMAND)["$defs"].values()
    # Definitions without `cmd` are parts of commands.
    return {part["properties"]["cmd"]["enum"][0]: part for part in parts if "cmd" in part["properties"]}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of all commands. Its `$defs` has the events (Event) and the replies: Error, and
    Ok with the schema of `ok` by command."""
    (any_command, events, error, *replies), parts = msgspec.json.schema_components(
        [ANY_COMMAND, Event, Error, *OK.values()], ref_template="#/$defs/{name}"
    )
    ok = {
        "type": "object",
        "description": "What `ok` of the reply holds, by command.",
        "properties": dict(zip(OK, replies, strict=True)),
    }
    assert error == {"$ref": "#/$defs/Error"}
    return {**any_command, "$defs": {**parts, "Event": events, "Ok": ok}}
