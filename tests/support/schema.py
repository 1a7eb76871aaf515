"""Validators for the definitions in docs/json.schema.json."""

import json
from functools import cache
from typing import Any

from testkit.server import ROOT


@cache
def validator(name: str) -> Any:
    """Return the validator of a definition. The schema itself is checked only once, because this takes
    long."""
    return dialect()({"$ref": f"#/$defs/{name}", "$defs": _definitions()})


@cache
def _definitions() -> Any:
    schema = json.loads((ROOT / "docs" / "json.schema.json").read_text())
    dialect().check_schema(schema)
    return schema["$defs"]


def dialect() -> Any:
    # Imported here, because the import takes long, and each process collects all tests.
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

    return Draft202012Validator
