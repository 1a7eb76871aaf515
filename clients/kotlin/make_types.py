"""Writes Types.kt of the package from the schema of the dialect: `python make_types.py`. `--check`: only says
whether it is as it should be."""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SCHEMA = HERE.parents[1] / "docs" / "json.schema.json"
TYPES = HERE / "src/main/kotlin/im66/client/Types.kt"
HEAD = """// Commands, events, replies and answers of the API. Made by make_types.py; do not edit.

package im66.client

import org.json.JSONObject
"""
# Of JSON's types: the type, and the function of Json.kt that reads it.
PLAIN = {
    "integer": ("Long", "long"),
    "number": ("Double", "double"),
    "string": ("String", "string"),
    "boolean": ("Boolean", "boolean"),
}
# The client adds them.
ENVELOPE = {"id", "cmd"}


def made() -> str:
    """The module."""
    schema: dict[str, Any] = json.loads(SCHEMA.read_text())
    parts: dict[str, Any] = schema["$defs"]
    commands = schema["discriminator"]["mapping"]
    api = [name for name in parts if name.startswith("Api")]
    outside = _reachable(parts, [*_named(parts["Event"]), *_named(parts["Ok"]), *api])
    events = {where: ev for ev, where in parts["Event"]["discriminator"]["mapping"].items()}
    lines = [HEAD, *_command(parts, commands), "", *_event(events)]
    for name in sorted(outside):
        base = "Event" if f"#/$defs/{name}" in events else ""
        lines += ["", *_shape(name, parts[name], base)]
    return "\n".join(lines) + "\n"


def _reachable(parts: dict[str, Any], names: Iterable[str]) -> set[str]:
    reached: set[str] = set()
    waiting = [*names]
    while waiting:
        if (name := waiting.pop()) not in reached:
            reached.add(name)
            waiting += _named(parts[name])
    return reached


def _named(part: Any) -> Iterator[str]:
    """The shapes that one refers to."""
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"].rpartition("/")[2]
        part = part.values()
    if not isinstance(part, str | int | float | None):
        for one in part:
            yield from _named(one)


def _command(parts: dict[str, Any], commands: dict[str, str]) -> Iterator[str]:
    """The commands, and what they are made of."""
    yield "/** What a client asks for, and the reply [R] to it. */"
    yield "sealed class Command<R>(internal val cmd: String, internal val parsed: (JSONObject) -> R) : Part"
    cmds = {where.rpartition("/")[2]: cmd for cmd, where in commands.items()}
    # The outbox reads them back.
    read = _reachable(parts, ["_Send"])
    for name in sorted(_reachable(parts, cmds)):
        base = "Part"
        if cmd := cmds.get(name):
            reply = _name(parts["Ok"]["properties"][cmd]["$ref"])
            base = f'Command<{reply}>("{cmd}", {reply}::of)'
        yield ""
        yield from _shape(name, parts[name], base, suffix="Command", is_read=name in read)


def _event(events: dict[str, str]) -> Iterator[str]:
    yield "/** What the server sends without being asked. */"
    yield "sealed interface Event {"
    yield "    /** One of a later version. */"
    yield "    data class Unknown(val ev: String, val json: JSONObject) : Event"
    yield ""
    yield "    companion object {"
    yield '        fun of(json: JSONObject): Event = when (val ev = json.getString("ev")) {'
    for where, ev in events.items():
        yield f'            "{ev}" -> {_name(where)}.of(json)'
    yield "            else -> Unknown(ev, json)"
    yield "        }"
    yield "    }"
    yield "}"


def _shape(
    name: str, part: dict[str, Any], base: str, *, suffix: str = "", is_read: bool = True
) -> Iterator[str]:
    """`suffix`: of the names of what is written, as there are commands and events of one name."""
    is_written, name = bool(suffix), _name(name) + suffix
    skipped = ENVELOPE if is_written else {"ev"}
    required = set(part.get("required", ()))
    fields = [
        KotlinField(field, schema, field in required, suffix)
        for field, schema in part.get("properties", {}).items()
        if field not in skipped
    ]
    if described := part.get("description"):
        yield f"/** {' '.join(described.split())} */"
    heir = f"{' : ' * bool(base)}{base} {{"
    if not fields:
        yield f"data object {name}{heir}"
        yield f"    {_written(fields) if is_written else f'fun of(json: JSONObject) = {name}'}"
        yield "}"
        return
    yield f"data class {name}("
    for field in fields:
        if field.described:
            yield f"    /** {field.described} */"
        yield f"    val {field.name}: {field.declared},"
    yield f"){heir}"
    if is_written:
        yield f"    {_written(fields)}"
    if is_written and is_read:
        yield ""
    if is_read:
        yield "    companion object {"
        yield f"        fun of(json: JSONObject) = {name}("
        for field in fields:
            yield f"            {field.name} = {field.reading},"
        yield "        )"
        yield "    }"
    yield "}"


def _written(fields: "list[KotlinField]") -> str:
    pairs = ", ".join(f'"{field.json}" to {field.name}' for field in fields)
    return f"override fun toJson() = jsonOf({pairs})"


class KotlinField:
    """One field of a shape."""

    def __init__(self, json_name: str, schema: dict[str, Any], is_required: bool, suffix: str) -> None:
        self.json = json_name
        self.name = re.sub(r"_(\w)", lambda letter: letter[1].upper(), json_name)
        self.described = _described(schema)
        type_, read, is_nullable = _type(schema, suffix)
        default = schema.get("default")
        value = "emptyList()" if default == [] else json.dumps(default)
        is_optional = is_nullable or (default is None and not is_required)
        self.declared = type_ + "?" * is_optional + ("" if is_required else f" = {value}")
        if is_optional:
            self.reading = f'json.optional("{json_name}", {read})'
        elif is_required:
            self.reading = f'json.required("{json_name}", {read})'
        else:
            self.reading = f'json.optional("{json_name}", {read}) ?: {value}'


def _described(schema: dict[str, Any]) -> str:
    """What a field may be. Later versions may add values, so they are texts."""
    values = [value for value in schema.get("enum", ()) if isinstance(value, str)]
    listed = f"One of: {', '.join(sorted(values))}." if len(values) > 1 else ""
    return " ".join(str(schema.get("description", listed)).partition("\n\n")[0].split())


def _type(schema: dict[str, Any], suffix: str) -> tuple[str, str, bool]:
    """The type, what reads it, and whether it may be null."""
    if reference := schema.get("$ref"):
        name = _name(reference) + suffix
        return name, f"part({name}::of)", False
    if "enum" in schema:
        return *PLAIN["boolean" if schema["enum"] == [True] else "string"], False
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            choices = [one for one in schema[several] if one.get("type") != "null"]
            return *_type(choices[0], suffix)[:2], len(choices) < len(schema[several])
    type_ = schema.get("type")
    if isinstance(type_, list):
        one = next(one for one in type_ if one != "null")
        return *_type({**schema, "type": one}, suffix)[:2], "null" in type_
    match type_:
        case "array":
            one, read, _ = _type(schema.get("items", {}), suffix)
            return f"List<{one}>", f"list({read})", False
        case "object" if schema.get("additionalProperties"):
            one, read, _ = _type(schema["additionalProperties"], suffix)
            return f"Map<String, {one}>", f"map({read})", False
        case "object":
            return "JSONObject", "part { it }", False
        case _:
            return *PLAIN.get(str(type_), ("Any", "{ it }")), False


def _name(name: str) -> str:
    return name.rpartition("/")[2].removeprefix("_").replace("_", "")


if __name__ == "__main__":
    text = made()
    if "--check" in sys.argv:
        sys.exit(text != TYPES.read_text())
    TYPES.write_text(text)
