"""The names of files that people send: cleaning them, and checking their extensions. Pure.

A recipient sees only from the name what their machine will do with the file. So the extension determines the
type, and characters that could make the extension look different are removed.
"""

import mimetypes
import re
import unicodedata
from collections.abc import Sequence

from accounts.codes import Failed, Name

MAX_CHARACTERS = 255
UNKNOWN_TYPE = "application/octet-stream"
_ALL = "*"
# The Unicode categories of control, formatting, surrogate, private and line-separating characters.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_SEPARATORS = re.compile(r"[/\\]")
# Python's built-in types without the machine's, so that all machines give the same result.
_TYPES = mimetypes.MimeTypes()


class BadName(Failed):
    """The file name is invalid."""

    name, field = Name.INVALID, "filename"


def clean_name(client_name: str) -> str:
    """Return the name to store. Raises BadName.

    Folders, invisible characters, and trailing dots and spaces, which Windows would drop, are removed.
    """
    if "\0" in client_name:
        raise BadName("a name holds no NUL character")
    if len(client_name) > 4 * MAX_CHARACTERS:
        raise BadName(f"a name has at most {MAX_CHARACTERS} characters")
    last = _SEPARATORS.split(client_name)[-1]
    name = "".join(sign for sign in last if unicodedata.category(sign) not in _INVISIBLE)
    name = name.strip().rstrip(". ")
    if not name or len(name) > MAX_CHARACTERS:
        raise BadName(f"a name has 1 to {MAX_CHARACTERS} characters")
    return name


def extension(name: str) -> str:
    """Return the part after the last dot, in lower case, or empty if there is no extension."""
    return name.rpartition(".")[2].lower() if "." in name.lstrip(".") else ""


def is_allowed(name: str, types: Sequence[str]) -> bool:
    """Return whether `types` allows the name's extension.

    `types` are extensions, or `*` for all. An extension with a preceding `-` is never allowed.
    """
    ending = extension(name)
    listed = {word.lower() for word in types}
    return f"-{ending}" not in listed and (_ALL in listed or ending in listed)


def media_type(name: str) -> str:
    """Return the media type by the name's extension."""
    return _TYPES.guess_type(f"x.{extension(name)}", strict=True)[0] or UNKNOWN_TYPE
