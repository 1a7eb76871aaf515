"""Checks API responses against the OpenAPI document."""

import re
from functools import cache
from typing import Any

from accounts.api.document import document
from accounts.api.paths import ROOT
from tests.support.schema import dialect

JSON = "application/json"


def check_answer(method: str, path: str, status: int, body: Any) -> None:
    """Raise an error if the response does not match the document. `path` is relative to the API's root."""
    if (operation := _operation(method, path.partition("?")[0])) is None:
        return
    shape = _validator(operation, str(status))
    assert shape is not None, f"{method} {path} is answered by {status}, which the document does not have"
    for error in shape.iter_errors(body):
        raise AssertionError(f"{method} {path} {status}: {error.json_path}: {error.message}")


def _operation(method: str, path: str) -> tuple[str, str] | None:
    for described, pattern in _patterns():
        if pattern.fullmatch(path) and method.lower() in document()["paths"][described]:
            return described, method.lower()
    return None


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Return the documented paths as patterns, fixed paths first."""
    paths = sorted(document()["paths"], key=lambda path: path.count("{"))
    return [(path, re.compile(re.sub(r"{.*?}", "[^/]+", path.removeprefix(ROOT)))) for path in paths]


@cache
def _validator(operation: tuple[str, str], status: str) -> Any:
    """Return the validator of a response, or None if the document has no such response."""
    path, method = operation
    answers = document()["paths"][path][method]["responses"]
    answer = answers.get(status) or (answers["default"] if int(status) >= 400 else None)
    if answer is None:
        return None
    shape = answer.get("content", {}).get(JSON, {}).get("schema", {"type": "null"})
    return dialect()({**shape, "components": document()["components"]})
