"""What docs/json.schema.json says that others are sent, and send."""

import json
from functools import cache
from typing import Any

from testkit.server import ROOT


@cache
def validator(name: str) -> Any:
    """Of the values that it calls so. That the schema is one is found out once: it takes longest."""
    return dialect()({"$ref": f"#/$defs/{name}", "$defs": _definitions()})


@cache
def _definitions() -> Any:
    schema = json.loads((ROOT / "docs" / "json.schema.json").read_text())
    dialect().check_schema(schema)
    return schema["$defs"]


def dialect() -> Any:
    # Imported here, because it takes long, and each process collects all tests.
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

    return Draft202012Validator
