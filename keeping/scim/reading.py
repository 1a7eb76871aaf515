"""Parses the filter of a SCIM request and the paths of a PATCH, in time linear in the text. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rest_framework.exceptions import ValidationError

from accounts.api.errors import ApiError
from accounts.api.fields import TextField
from accounts.codes import Name, name_of
from keeping.scim.describing import CORE, ENTERPRISE, EXTENDED

MAX_FILTER_LENGTH, MAX_TERMS = 1000, 5
MAX_PATH_LENGTH = 500
MAX_OPERATIONS = 1000
ADD, REMOVE, REPLACE = "add", "remove", "replace"

_TEXT = TextField(allow_blank=True)
_VALUE = r'("(?:[^"\\]|\\.)*"|true|false)'
_ATTRIBUTE = r"[A-Za-z][\w$-]*"
_TERM = re.compile(rf"\s*({_ATTRIBUTE}(?:\.{_ATTRIBUTE})?)\s+eq\s+{_VALUE}\s*", re.IGNORECASE | re.ASCII)
_AND = re.compile(r"and(?=\s)", re.IGNORECASE)
_PATH = re.compile(
    rf"({_ATTRIBUTE})(?:\[\s*({_ATTRIBUTE})\s+eq\s+{_VALUE}\s*\])?(?:\.({_ATTRIBUTE}))?",
    re.IGNORECASE | re.ASCII,
)
_NAMESPACES = tuple(f"{urn.lower()}:" for urn in (*CORE, ENTERPRISE))


class Term(NamedTuple):
    """A condition: the attribute `name`, in lower case, equals `value`."""

    name: str
    value: str | bool


class Path(NamedTuple):
    """The path `name[filter].part`, with names in lower case. `filter` selects one of several values."""

    name: str
    filter: Term | None = None
    part: str = ""


class Operation(NamedTuple):
    """`op`: ADD, REMOVE or REPLACE."""

    op: str
    path: Path
    value: Any


def scim_error(scim_type: str, reason: str, status: int = 400) -> ApiError:
    """Return an error with this scimType of RFC 7644, 3.12."""
    return ApiError(name_of(status, Name.INVALID), reason, why=scim_type, status=status)


def terms_in(text: str) -> list[Term]:
    """Parse a filter of `eq` comparisons joined by `and`. Raises ApiError for any other filter."""
    terms: list[Term] = []
    rest = text.strip()
    if len(rest) > MAX_FILTER_LENGTH:
        raise scim_error("invalidFilter", f"A filter has at most {MAX_FILTER_LENGTH} characters.")
    while len(terms) < MAX_TERMS:
        term = _TERM.match(_without_namespace(rest.lstrip()))
        if term is None:
            break
        terms.append(Term(term[1].lower(), _literal(term[2], "invalidFilter")))
        rest = term.string[term.end() :]
        if not rest:
            return terms
        joined = _AND.match(rest)
        if joined is None:
            break
        rest = rest[joined.end() :]
    raise scim_error(
        "invalidFilter", f'A filter is up to {MAX_TERMS} of `attribute eq "value"`, joined by `and`.'
    )


def operations_in(body: Mapping[str, Any]) -> Iterator[Operation]:
    """Yield the operations of a PATCH, each about one attribute. Raises ApiError."""
    operations = get_ignoring_case(body, "operations")
    if not isinstance(operations, list) or not 1 <= len(operations) <= MAX_OPERATIONS:
        raise scim_error("invalidSyntax", f"Give 1 to {MAX_OPERATIONS} Operations.")
    for operation in operations:
        if not isinstance(operation, Mapping):
            raise scim_error("invalidSyntax", "An operation is an object.")
        yield from _split_operation(operation)


def _split_operation(operation: Mapping[str, Any]) -> Iterator[Operation]:
    op, path, value = (get_ignoring_case(operation, name) for name in ("op", "path", "value"))
    if not isinstance(op, str) or (op := op.lower()) not in (ADD, REMOVE, REPLACE):
        raise scim_error("invalidSyntax", "`op` is add, remove or replace.")
    if op == REMOVE and not path:
        raise scim_error("noTarget", "Say by `path` what to remove.")
    if path and not isinstance(path, str):
        raise scim_error("invalidPath", "`path` is a text.")
    if op == REMOVE and path.lower() == ENTERPRISE.lower():
        yield from (Operation(op, Path(name.lower()), None) for name in EXTENDED)
    elif path and path.lower() not in _SCHEMAS:
        yield Operation(op, path_of(path), value)
    else:
        yield from (Operation(op, *path_and_value) for path_and_value in values_in(value))


_SCHEMAS = {urn.lower() for urn in (*CORE, ENTERPRISE)}


def values_in(resource: Any) -> Iterator[tuple[Path, Any]]:
    """Yield the attributes of a resource and its extension. Names may be paths, because Entra ID sends those.
    Raises ApiError."""
    for name, value in _object(resource).items():
        if name.lower() in _SCHEMAS:
            yield from ((path_of(part), part_value) for part, part_value in _object(value).items())
        else:
            yield path_of(name), value


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise scim_error("invalidValue", "The value is an object of attributes.")
    return value


def path_of(text: str) -> Path:
    """Parse a path. Raises ApiError."""
    match = _PATH.fullmatch(_without_namespace(text.strip())) if len(text) <= MAX_PATH_LENGTH else None
    if match is None:
        raise scim_error(
            "invalidPath", 'A path is `attribute`, `a.b`, `a[b eq "value"]` or `a[b eq "value"].c`.'
        )
    name, key, value, part = match.groups()
    term = Term(key.lower(), _literal(value, "invalidPath")) if key else None
    return Path(name.lower(), term, (part or "").lower())


def get_ignoring_case(mapping: Mapping[str, Any], key: str) -> Any:
    """Return the value whose key equals `key` in lower case; None if there is none."""
    return next((value for name, value in mapping.items() if name.lower() == key), None)


def _without_namespace(text: str) -> str:
    length = next((len(urn) for urn in _NAMESPACES if text[: len(urn)].lower() == urn), 0)
    return text[length:]


def _literal(text: str, scim_type: str) -> str | bool:
    if not text.startswith('"'):
        return text.lower() == "true"
    try:
        return text_of(json.loads(text)) or ""
    except ValueError:
        raise scim_error(scim_type, "A text is in quotation marks, and escaped as in JSON.") from None


def text_of(value: Any) -> str | None:
    """Return the value as a text; None for None. Raises ApiError if it is not a text that can be stored."""
    if value is None:
        return None
    try:
        return str(_TEXT.run_validation(value))
    except ValidationError:
        raise scim_error("invalidValue", "Not a text that can be stored.") from None


def flag_of(value: Any) -> bool:
    """Return a boolean, also for the texts "True" and "False" that Entra ID sends. Raises ApiError."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise scim_error("invalidValue", "Not true or false.")
