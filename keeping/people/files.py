"""Reads files that describe people: CSV with the column names in the first line, or JSON Lines."""

import csv
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from accounts.people import PersonDescription, Value
from keeping.errors import MaintenanceRefused
from keeping.people.decoding import MAX_OBJECT_BYTES, Problem, read_person, validate_person

# The prefix of the columns with custom fields.
FIELD = "fields."
_COLUMNS = ("userid", "nickname", "avatar", "email", "banned")
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class FileLine(NamedTuple):
    """A line of the file. `number` starts at 1."""

    number: int
    parsed: PersonDescription | Problem


def parse_lines(file: Iterable[bytes]) -> Iterator[FileLine]:
    """Parse each line of the file. Raises MaintenanceRefused if the file has neither format."""
    numbered = ((number, line) for number, line in enumerate(file, 1) if line.strip())
    number, first = next(numbered, (0, b""))
    first = first.removeprefix(_BYTE_ORDER_MARK)
    if not first.strip():
        raise MaintenanceRefused("The file is empty.")
    if first.lstrip().startswith(b"["):
        raise MaintenanceRefused("The file is a JSON array. Write one object in each line.")
    if first.lstrip().startswith(b"{"):
        yield FileLine(number, read_person(first.strip()))
        for number, line in numbered:
            yield FileLine(number, read_person(line.strip()))
    else:
        yield from _parse_table(first, numbered)


def _parse_table(first: bytes, numbered: Iterator[tuple[int, bytes]]) -> Iterator[FileLine]:
    columns = _columns_in(first)
    for number, line in numbered:
        yield FileLine(number, _parse_row(columns, line))


def _columns_in(first: bytes) -> list[str]:
    try:
        columns = [name.strip() for name in next(csv.reader([first.decode()]))]
    except (UnicodeDecodeError, csv.Error) as error:
        raise MaintenanceRefused("The first line has no names of columns in UTF-8.") from error
    unknown = [name for name in columns if name not in _COLUMNS and not name.startswith(FIELD)]
    if unknown or "userid" not in columns or len(set(columns)) < len(columns):
        known = ", ".join(_COLUMNS)
        raise MaintenanceRefused(
            f"The first line must name userid, and at most {known} and {FIELD}<name>, each once."
        )
    return columns


def _parse_row(columns: list[str], line: bytes) -> PersonDescription | Problem:
    if len(line) > MAX_OBJECT_BYTES:
        return Problem("too_long", f"A line has at most {MAX_OBJECT_BYTES} bytes.")
    try:
        (row,) = csv.reader([line.decode().strip("\r\n")], strict=True)
    except (UnicodeDecodeError, csv.Error, ValueError):
        return Problem("malformed", "This is not a line of CSV in UTF-8.")
    if len(row) != len(columns):
        return Problem("malformed", f"{len(row)} values for {len(columns)} columns.")
    cells = dict(zip(columns, map(str.strip, row), strict=True))
    banned = cells.pop("banned", "").lower()
    if banned and banned not in _FLAGS:
        return Problem("invalid", "Not true or false.", "banned", cells["userid"])
    fields: dict[str, Value] = {
        name.removeprefix(FIELD): value for name, value in cells.items() if name.startswith(FIELD) and value
    }
    return validate_person(
        cells["userid"],
        cells.get("nickname"),
        cells.get("avatar"),
        cells.get("email"),
        _FLAGS.get(banned),
        fields if any(name.startswith(FIELD) for name in columns) else None,
    )
