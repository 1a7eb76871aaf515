"""Media as the shipped apps read them. Pure.

The apps take the length of a recording and the size of a picture from its URL or code, and some crash if it
is not there. A message that crashes an app comes again when the app is started, and crashes it again.
"""

import base64
import re
import unicodedata
from collections.abc import Callable

_Find = Callable[[str, str, int], int]

# The Android app reads what stands between the first `-` and the next `.` as an integer. Java's largest has
# ten digits.
_LENGTH = re.compile(r"[^-]*-[0-9]{1,9}\.")
# The iOS app replaces the last five characters of a video's URL.
_VIDEO_CHARACTERS = 5
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
# A longer code is none, and neither is a longer URL that must be looked through.
_MAX_CHARACTERS = 4096
# What joins the character before it: accents, joiners, skin tones.
_JOINING = {"Mn", "Mc", "Me", "Cf", "Sk"}


def is_showable(kind: str, content: str) -> bool:
    """Whether both apps can show it."""
    if len(content) > _MAX_CHARACTERS and (kind == "emotion" or not content.isascii()):
        return kind == "text"
    if kind == "audio":
        return _LENGTH.match(content) is not None
    if kind == "picture":
        return _has_size_or_none(content)
    if kind == "video":
        return len(content) >= _VIDEO_CHARACTERS and _has_size_or_none(content)
    return kind != "emotion" or _is_harmless_code(content)


def _has_size_or_none(content: str) -> bool:
    """Whether the size, which begins at the first `-`, has an end."""
    return all(_has_end(content, find) for find in _finders(content))


def _has_end(content: str, find: _Find) -> bool:
    hyphen = find(content, "-", 0)
    return hyphen < 0 or find(content, ".", hyphen + 1) >= 0


def _is_harmless_code(content: str) -> bool:
    """The iOS app decodes a code. If it finds a path of three parts, it needs a size in the last one. Other
    codes it looks up as they are."""
    packed = content.replace("~", "+").replace("-", "/")
    paths = [_decoded(part) for part in {packed, packed.partition("=")[0]}]
    return not any(_is_path_without_size(path, find) for path in paths for find in _finders(path))


def _is_path_without_size(path: str, find: _Find) -> bool:
    second = find(path, "/", find(path, "/", 0) + 1)
    has_three_parts = 0 <= find(path, "/", 0) < second and find(path, "/", second + 1) < 0
    return has_three_parts and find(path.rstrip("/").rpartition("/")[2], "-", 0) < 0


def _decoded(packed: str) -> str:
    """As the most lenient decoder does it: it skips what is no Base64, and needs no padding."""
    known = _NOT_BASE64.sub("", packed)
    if len(known) % 4 == 1:
        known = known[:-1]
    try:
        return base64.b64decode(known + "=" * (-len(known) % 4)).decode()
    except UnicodeDecodeError:
        return ""


def _finders(text: str) -> tuple[_Find, ...]:
    """How the apps may look for a sign in it."""
    return (str.find,) if text.isascii() else (str.find, _find_unjoined)


def _find_unjoined(text: str, sign: str, start: int) -> int:
    """As the iOS app does it: with an accent after it, the sign is another character."""
    at = text.find(sign, start)
    while at >= 0 and unicodedata.category(text[at + 1 : at + 2] or sign) in _JOINING:
        at = text.find(sign, at + 1)
    return at
