"""Writes Sources/Im66/Types.swift from the schema of the dialect: `python make_types.py`. `--check`: only
says whether it is as it should be."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SCHEMA = HERE.parents[1] / "docs" / "json.schema.json"
TYPES = HERE / "Sources" / "Im66" / "Types.swift"
HEAD = "// The shapes of frames and of answers of the API. Made by make_types.py; do not edit.\n"
PLAIN = {"integer": "Int", "number": "Double", "string": "String", "boolean": "Bool"}
# Apple's frameworks have types of the plain names.
NAMES = {"_Bundle": "ForwardedBundle", "_Item": "ForwardedItem", "Preview": "LinkPreview", "Error": "Refusal"}
CHOICES = {"roles": "Role", "state": "ContactState"}
# Of an optional, `.none` is something else.
WORDS = {"none": "nothing"}
RESERVED = {"extension", "in", "default", "case", "repeat", "public", "private"}
# They say which command or event it is. The client writes the ids of commands.
ENVELOPE = {"event": {"ev"}, "command": {"cmd", "id"}, "": set[str]()}


class Schema:
    """The parts that an app meets: commands, events, replies, and what the API answers."""

    def __init__(self) -> None:
        document = json.loads(SCHEMA.read_text())
        self.parts: dict[str, Any] = document["$defs"]
        self.commands = dict(self._mapped(document))
        self.events = dict(self._mapped(self.parts["Event"]))
        self.replies = {cmd: _last(reply["$ref"]) for cmd, reply in self.parts["Ok"]["properties"].items()}
        self.of_commands = self._reachable(self.commands.values())
        answers = [name for name in self.parts if name.startswith("Api")]
        self.others = self._reachable(["Error", *self.events.values(), *self.replies.values(), *answers])
        self.choices: dict[str, set[str]] = {}

    def _mapped(self, union: dict[str, Any]) -> Iterator[tuple[str, str]]:
        for name, reference in union["discriminator"]["mapping"].items():
            yield name, _last(reference)

    def _reachable(self, names: Any) -> set[str]:
        reached: set[str] = set()
        waiting = list(names)
        while waiting:
            if (name := waiting.pop()) not in reached:
                reached.add(name)
                waiting += re.findall(r'"#/\$defs/(\w+)"', json.dumps(self.parts[name]))
        return reached

    def written(self) -> str:
        """The module."""
        blocks = [self._struct(name) for name in sorted(self.others | self.of_commands, key=self.name)]
        choices = [_choice(name, values) for name, values in sorted(self.choices.items())]
        return "\n".join([HEAD, *choices, *blocks, self._event()])

    def name(self, part: str) -> str:
        if part in NAMES:
            return NAMES[part]
        return part.strip("_").replace("_", "") + ("Command" if part in self.of_commands else "")

    def _struct(self, part: str) -> str:
        kind = (
            "event" if part in self.events.values() else "command" if part in self.commands.values() else ""
        )
        properties = self.parts[part].get("properties", {})
        fields = {field: schema for field, schema in properties.items() if field not in ENVELOPE[kind]}
        types = {field: self._type(schema, field) for field, schema in fields.items()}
        for field in set(fields) - set(self.parts[part].get("required", ())):
            types[field] = types[field].rstrip("?") + "?"
        protocols = "Command, Hashable" if kind == "command" else "Codable, Hashable, Sendable"
        lines = [*_comment(self.parts[part], ""), f"public struct {self.name(part)}: {protocols} {{"]
        if kind == "command":
            cmd = next(cmd for cmd, name in self.commands.items() if name == part)
            lines += [
                f"    public typealias Reply = {self.name(self.replies[cmd])}",
                f'    public static let cmd = "{cmd}"',
            ]
        for field, type_ in types.items():
            lines += [*_comment(fields[field], "    "), f"    public var {_swift(field)}: {type_}"]
        return "\n".join([*lines, "", *_init(types), *_keys(fields), "}\n"])

    def _type(self, schema: dict[str, Any], field: str) -> str:
        for union in ("anyOf", "oneOf", "allOf"):
            if union in schema:
                types = [self._type(one, field) for one in schema[union] if one.get("type") != "null"]
                return types[0] + ("" if len(types) == len(schema[union]) else "?")
        if reference := schema.get("$ref"):
            return self.name(_last(reference))
        if "enum" in schema:
            return self._enum(schema["enum"], field)
        match schema.get("type"):
            case "array":
                return f"[{self._type(schema.get('items', {}), field)}]"
            case "object":
                return f"[String: {self._type(schema.get('additionalProperties') or {}, field)}]"
            case [type_, "null"]:
                return f"{self._type({**schema, 'type': type_}, field)}?"
            case type_:
                return PLAIN.get(str(type_), "JSON")

    def _enum(self, values: list[Any], field: str) -> str:
        if values == [True]:
            return "Bool"
        name = CHOICES.get(field, _upper(field))
        if len(values) == 1 and field != "kind":
            return "String"
        self.choices.setdefault(name, set()).update(values)
        return name

    def _event(self) -> str:
        lines = [
            "/// What the server sends without a command.",
            "public enum Event: Hashable, Sendable {",
            *(f"    case {_swift(ev)}({self.name(part)})" for ev, part in self.events.items()),
            "    /// One that a later version of the server has added.",
            "    case unknown(JSON)",
            "}\n\nextension Event: Decodable {",
            "    public init(from decoder: any Decoder) throws {",
            "        switch try Name(from: decoder).ev {",
        ]
        for ev, part in self.events.items():
            lines.append(f'        case "{ev}": self = .{_swift(ev)}(try {self.name(part)}(from: decoder))')
        lines += [
            "        default: self = .unknown(try JSON(from: decoder))",
            "        }\n    }\n\n    private struct Name: Decodable { let ev: String }\n}\n",
        ]
        return "\n".join(lines)


def _choice(name: str, values: set[str]) -> str:
    lines = [f"public struct {name}: Choice {{", "    public let rawValue: String"]
    lines.append("    public init(rawValue: String) { self.rawValue = rawValue }")
    lines += [
        f'    public static let {_swift(WORDS.get(value, value))}: Self = "{value}"'
        for value in sorted(values)
    ]
    return "\n".join([*lines, "}\n"])


def _init(types: dict[str, str]) -> Iterator[str]:
    if not types:
        yield "    public init() {}"
        return
    ordered = sorted(types.items(), key=lambda one: one[1].endswith("?"))
    parameters = [f"{_swift(field)}: {type_}" + " = nil" * type_.endswith("?") for field, type_ in ordered]
    yield "    public init("
    yield "        " + ",\n        ".join(parameters)
    yield "    ) {"
    for field in types:
        yield f"        self.{_swift(field)} = {_swift(field)}"
    yield "    }"


def _keys(fields: dict[str, Any]) -> Iterator[str]:
    if any("_" in field for field in fields):
        yield "\n    enum CodingKeys: String, CodingKey {"
        for field in fields:
            yield f"        case {_swift(field)}" + f' = "{field}"' * ("_" in field)
        yield "    }"


def _comment(schema: dict[str, Any], indent: str) -> Iterator[str]:
    if text := schema.get("description", "").partition("\n\n")[0]:
        yield f"{indent}/// {' '.join(text.split())}"


def _swift(field: str) -> str:
    name = field[0] + _upper(field)[1:]
    return f"`{name}`" if name in RESERVED else name


def _upper(field: str) -> str:
    return "".join(part.capitalize() for part in field.split("_"))


def _last(reference: str) -> str:
    return reference.rpartition("/")[2]


if __name__ == "__main__":
    text = Schema().written()
    if "--check" in sys.argv:
        sys.exit(text != TYPES.read_text())
    TYPES.write_text(text)
