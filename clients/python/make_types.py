"""Writes im66_client/types.py from the schema of the dialect: `python make_types.py`. `--check`: only says
whether it is as it should be."""

import json
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SCHEMA = HERE.parents[1] / "docs" / "json.schema.json"
TYPES = HERE / "im66_client" / "types.py"
HEAD = '''"""The shapes of events and replies. Made by make_types.py; do not edit."""

from typing import Any, Literal, NotRequired, TypedDict

'''
PLAIN = {"integer": "int", "number": "float", "string": "str", "boolean": "bool", "null": "None"}


def made() -> str:
    """The module."""
    parts: dict[str, Any] = json.loads(SCHEMA.read_text())["$defs"]
    needed = {name: sorted(set(_named(parts[name]))) for name in sorted(_reachable(parts))}
    order = TopologicalSorter(needed).static_order()
    lines = [line for name in order for line in _shape(_name(name), parts[name])]
    union = " | ".join(_type(one) for one in parts["Event"]["anyOf"])
    return HEAD + "\n".join(lines) + f"\nEvent = {union}\n"


def _reachable(parts: dict[str, Any]) -> set[str]:
    """The shapes of which events and replies are made."""
    names: set[str] = set()
    waiting = ["Error", *_named(parts["Event"]), *_named(parts["Ok"])]
    while waiting:
        if (name := waiting.pop()) not in names:
            names.add(name)
            waiting += _named(parts[name])
    return names


def _named(part: Any) -> Iterator[str]:
    """The shapes that one refers to."""
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"].rpartition("/")[2]
        part = part.values()
    if not isinstance(part, str | int | float | None):
        for one in part:
            yield from _named(one)


def _shape(name: str, part: dict[str, Any]) -> Iterator[str]:
    required = set(part.get("required", ()))
    if described := part.get("description"):
        yield f"# {' '.join(described.split())}"
    yield f"{name} = TypedDict("
    yield f'    "{name}",'
    yield "    {"
    for field, schema in part.get("properties", {}).items():
        type_ = _type(schema)
        yield f'        "{field}": {type_ if field in required else f"NotRequired[{type_}]"},'
    yield "    },"
    yield ")"


def _type(schema: dict[str, Any]) -> str:
    if reference := schema.get("$ref"):
        return _name(reference.rpartition("/")[2])
    if "enum" in schema:
        return f"Literal[{', '.join(map(_literal, schema['enum']))}]"
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(map(_type, schema["anyOf"])))
    match schema.get("type"):
        case "array":
            return f"list[{_type(schema.get('items', {}))}]"
        case "object":
            return f"dict[str, {_type(schema.get('additionalProperties') or {})}]"
        case type_:
            return PLAIN.get(str(type_), "Any")


def _literal(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _name(name: str) -> str:
    return "Refusal" if name == "Error" else name.removeprefix("_")


if __name__ == "__main__":
    text = made()
    if "--check" in sys.argv:
        sys.exit(text != TYPES.read_text())
    TYPES.write_text(text)
