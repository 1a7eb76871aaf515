"""Checks whether the shipped apps can show media. Pure.

The apps read the length of a recording and the size of a picture from its URL or code, and crash if it is
missing. A message that crashes an app is delivered again when the app starts, and crashes it again.
"""

import base64
import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

_Find = Callable[[str, str, int], int]

# The Android app reads the text between the first `-` and the next `.`: one or two 32-bit integers, so nine
# digits are safe. With a side of 0 it never ends. The sides of the largest JPEG have five digits.
_AUDIO_LENGTH = re.compile(r"[^-]*-[0-9]{1,9}\.")
_PICTURE_SIZE = re.compile(r"[^-]*-[1-9][0-9]{0,4}x[1-9][0-9]{0,4}\.")
# The first character of the codes of web emotions. No code of the apps begins with it: decoded from Base64,
# it is not valid UTF-8.
WEB_EMOTION = "~"
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
# Longer emotion codes, and longer URLs that are not ASCII, are not shown as media.
_MAX_CHARACTERS = 4096
# Categories of characters that combine with the preceding one: accents, joiners, skin tones.
_JOINING = {"Mn", "Mc", "Me", "Cf", "Sk"}


class Addresses(NamedTuple):
    """The base URLs for paths in messages. `base_url`: the address of this server, as `http://host:port`.
    `media_path`: the path of media on it. `media_url`: the base URL of media, if it is another one."""

    base_url: str = ""
    media_path: str = ""
    media_url: str = ""

    def absolute(self, url: str) -> str:
        """Return `url`, which may be a path, as an absolute URL."""
        if not url.startswith("/") or not self.base_url:
            return url
        if url.startswith("//"):
            return self.base_url.partition("//")[0] + url
        if self.media_url and url.startswith(self.media_path):
            return f"{self.media_url}/{url[len(self.media_path) :]}"
        return self.base_url + url


NO_ADDRESSES = Addresses()


def is_showable(kind: str, content: str) -> bool:
    """Return whether both shipped apps can show the message without crashing."""
    if len(content) > _MAX_CHARACTERS and (kind == "emotion" or not content.isascii()):
        return kind == "text"
    if kind == "audio":
        return _AUDIO_LENGTH.match(content) is not None
    if kind in ("picture", "video"):
        # A match is as long as the iOS app needs a video's URL to be.
        return _PICTURE_SIZE.match(content) is not None and all(
            _has_size_end(content, find) for find in _finders(content)
        )
    return kind != "emotion" or (not content.startswith(WEB_EMOTION) and _is_harmless_code(content))


def _has_size_end(content: str, find: _Find) -> bool:
    """Return whether a `.` ends the size that begins at the first `-`, if there is one."""
    hyphen = find(content, "-", 0)
    return hyphen < 0 or find(content, ".", hyphen + 1) >= 0


def _is_harmless_code(content: str) -> bool:
    """Return whether the code does not crash the iOS app. The app decodes a code. If the result is a path of
    three parts, it needs a size in the last one. It looks up other codes as they are."""
    packed = content.replace("~", "+").replace("-", "/")
    paths = [_decoded(part) for part in {packed, packed.partition("=")[0]}]
    return not any(_is_path_without_size(path, find) for path in paths for find in _finders(path))


def _is_path_without_size(path: str, find: _Find) -> bool:
    second = find(path, "/", find(path, "/", 0) + 1)
    has_three_parts = 0 <= find(path, "/", 0) < second and find(path, "/", second + 1) < 0
    return has_three_parts and find(path.rstrip("/").rpartition("/")[2], "-", 0) < 0


def _decoded(packed: str) -> str:
    """Decode Base64 like the most lenient decoder: skip other characters, and need no padding."""
    known = _NOT_BASE64.sub("", packed)
    if len(known) % 4 == 1:
        known = known[:-1]
    try:
        return base64.b64decode(known + "=" * (-len(known) % 4)).decode()
    except UnicodeDecodeError:
        return ""


def _finders(text: str) -> tuple[_Find, ...]:
    """Return the ways in which the apps may search the text for a character."""
    return (str.find,) if text.isascii() else (str.find, _find_unjoined)


def _find_unjoined(text: str, sign: str, start: int) -> int:
    """Find the sign like the iOS app: a sign that is followed by an accent is another character."""
    index = text.find(sign, start)
    while index >= 0 and unicodedata.category(text[index + 1 : index + 2] or sign) in _JOINING:
        index = text.find(sign, index + 1)
    return index
