"""What a SCIM request says: its filter, and the paths of a PATCH. All of it takes time that grows with the
text and no faster. Pure."""

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
    """What an attribute, in lower case, must be equal to."""

    name: str
    value: str | bool


class Path(NamedTuple):
    """`name`, `part`: in lower case. `chosen`: which of several values."""

    name: str
    chosen: Term | None = None
    part: str = ""


class Operation(NamedTuple):
    """`op`: ADD, REMOVE or REPLACE."""

    op: str
    path: Path
    value: Any


def wrong(kind: str, reason: str, status: int = 400) -> ApiError:
    """`kind`: the scimType of RFC 7644, 3.12."""
    return ApiError(name_of(status, Name.INVALID), reason, why=kind, status=status)


def terms_in(text: str) -> list[Term]:
    """Of a filter that compares by `eq` and joins by `and`. Raises ApiError for any other."""
    terms: list[Term] = []
    rest = text.strip()
    if len(rest) > MAX_FILTER_LENGTH:
        raise wrong("invalidFilter", f"A filter has at most {MAX_FILTER_LENGTH} characters.")
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
    raise wrong("invalidFilter", f'A filter is up to {MAX_TERMS} of `attribute eq "value"`, joined by `and`.')


def operations_in(body: Mapping[str, Any]) -> Iterator[Operation]:
    """Those of a PATCH, each about one attribute. Raises ApiError."""
    operations = named(body, "operations")
    if not isinstance(operations, list) or not 1 <= len(operations) <= MAX_OPERATIONS:
        raise wrong("invalidSyntax", f"Give 1 to {MAX_OPERATIONS} Operations.")
    for one in operations:
        if not isinstance(one, Mapping):
            raise wrong("invalidSyntax", "An operation is an object.")
        yield from _of_operation(one)


def _of_operation(operation: Mapping[str, Any]) -> Iterator[Operation]:
    op, path, value = (named(operation, name) for name in ("op", "path", "value"))
    if not isinstance(op, str) or (op := op.lower()) not in (ADD, REMOVE, REPLACE):
        raise wrong("invalidSyntax", "`op` is add, remove or replace.")
    if op == REMOVE and not path:
        raise wrong("noTarget", "Say by `path` what to remove.")
    if path and not isinstance(path, str):
        raise wrong("invalidPath", "`path` is a text.")
    if op == REMOVE and path.lower() == ENTERPRISE.lower():
        yield from (Operation(op, Path(name.lower()), None) for name in EXTENDED)
    elif path and path.lower() not in _SCHEMAS:
        yield Operation(op, path_of(path), value)
    else:
        yield from (Operation(op, *one) for one in values_in(value))


_SCHEMAS = {urn.lower() for urn in (*CORE, ENTERPRISE)}


def values_in(resource: Any) -> Iterator[tuple[Path, Any]]:
    """The attributes of a resource, and of its extension. Names may be paths, as Entra ID writes them. Raises
    ApiError."""
    for name, value in _object(resource).items():
        if name.lower() in _SCHEMAS:
            yield from ((path_of(part), one) for part, one in _object(value).items())
        else:
            yield path_of(name), value


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise wrong("invalidValue", "The value is an object of attributes.")
    return value


def path_of(text: str) -> Path:
    """Raises ApiError."""
    match = _PATH.fullmatch(_without_namespace(text.strip())) if len(text) <= MAX_PATH_LENGTH else None
    if match is None:
        raise wrong("invalidPath", 'A path is `attribute`, `a.b`, `a[b eq "value"]` or `a[b eq "value"].c`.')
    name, key, value, part = match.groups()
    chosen = Term(key.lower(), _literal(value, "invalidPath")) if key else None
    return Path(name.lower(), chosen, (part or "").lower())


def named(mapping: Mapping[str, Any], key: str) -> Any:
    """The value of that name, of which case does not matter; None if there is none."""
    return next((value for name, value in mapping.items() if name.lower() == key), None)


def _without_namespace(text: str) -> str:
    length = next((len(urn) for urn in _NAMESPACES if text[: len(urn)].lower() == urn), 0)
    return text[length:]


def _literal(text: str, kind: str) -> str | bool:
    if not text.startswith('"'):
        return text.lower() == "true"
    try:
        return text_of(json.loads(text)) or ""
    except ValueError:
        raise wrong(kind, "A text is in quotation marks, and escaped as in JSON.") from None


def text_of(value: Any) -> str | None:
    """Raises ApiError for what is no text, or cannot be stored as one."""
    if value is None:
        return None
    try:
        return str(_TEXT.run_validation(value))
    except ValidationError:
        raise wrong("invalidValue", "Not a text that can be stored.") from None


def flag_of(value: Any) -> bool:
    """Also as Entra ID writes it: "False". Raises ApiError."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise wrong("invalidValue", "Not true or false.")
