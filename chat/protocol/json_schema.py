"""The JSON Schema of all frames of the dialect `im66.json.v1`. Pure."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from chat.protocol.commands import COMMANDS
from chat.protocol.frames import Event as Event
from chat.protocol.json_commands import ANY_COMMAND
from log.rows import Seconds


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
