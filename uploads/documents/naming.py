"""The names of files that people send: what is kept of one, and whether its type is taken. Pure.

Only a name tells those who get the file what their machine will do with it. So types are told by its end, and
what would show another end than there is is taken out.
"""

import mimetypes
import re
import unicodedata
from collections.abc import Sequence

from accounts.codes import Failed, Name

MAX_CHARACTERS = 255
UNKNOWN_TYPE = "application/octet-stream"
_ALL = "*"
# What turns the direction of a text, joins, or is not seen; and what is half a character.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_SEPARATORS = re.compile(r"[/\\]")
# Of Python alone, not of the machine, so that all machines say the same.
_TYPES = mimetypes.MimeTypes()


class BadName(Failed):
    """No file can be called so."""

    name, field = Name.INVALID, "filename"


def clean_name(client_name: str) -> str:
    """The name to keep: without folders and what is not seen, and without dots and spaces at its end, which
    Windows would drop. Raises BadName."""
    if "\0" in client_name:
        raise BadName("a name holds no NUL character")
    if len(client_name) > 4 * MAX_CHARACTERS:
        raise BadName(f"a name has at most {MAX_CHARACTERS} characters")
    last = _SEPARATORS.split(client_name)[-1]
    name = "".join(sign for sign in last if unicodedata.category(sign) not in _UNSEEN)
    name = name.strip().rstrip(". ")
    if not name or len(name) > MAX_CHARACTERS:
        raise BadName(f"a name has 1 to {MAX_CHARACTERS} characters")
    return name


def extension(name: str) -> str:
    """What stands after the last dot, in small letters; empty if nothing does."""
    return name.rpartition(".")[2].lower() if "." in name.lstrip(".") else ""


def is_taken(name: str, types: Sequence[str]) -> bool:
    """Whether the operator takes files that are called so. `types`: extensions, `*` for all; one with a `-`
    before it is never taken."""
    ending = extension(name)
    listed = {word.lower() for word in types}
    return f"-{ending}" not in listed and (_ALL in listed or ending in listed)


def media_type(name: str) -> str:
    """What people are shown as its type."""
    return _TYPES.guess_type(f"x.{extension(name)}", strict=True)[0] or UNKNOWN_TYPE
