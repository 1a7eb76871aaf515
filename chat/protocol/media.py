"""Media as the shipped apps read them. Pure.

The apps take the length of a recording and the size of a picture from its URL or code, and crash if it is not
there. A message that crashes an app comes again when the app is started, and crashes it again.
"""

import base64
import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

_Find = Callable[[str, str, int], int]

# The Android app reads what stands between the first `-` of the whole text and the next `.`: an integer of 32
# bits, into which nine digits always fit, or two of them. With a side of 0 it never ends. The sides of the
# largest JPEG have five digits.
_AUDIO_LENGTH = re.compile(r"[^-]*-[0-9]{1,9}\.")
_PICTURE_SIZE = re.compile(r"[^-]*-[1-9][0-9]{0,4}x[1-9][0-9]{0,4}\.")
# What the web's emotions begin with. No code of the apps does: in Base64 it is no beginning of UTF-8.
WEB_EMOTION = "~"
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
# A longer code is none, and neither is a longer URL that must be looked through.
_MAX_CHARACTERS = 4096
# What joins the character before it: accents, joiners, skin tones.
_JOINING = {"Mn", "Mc", "Me", "Cf", "Sk"}


class Addresses(NamedTuple):
    """Where what a message refers to is. `base_url`: the address of this server, as `http://host:port`.
    `media_path`, `media_url`: at which path of it media are, and their own address, if they have one."""

    base_url: str = ""
    media_path: str = ""
    media_url: str = ""

    def absolute(self, url: str) -> str:
        """What a client that is at no address needs for `url`, which may be a path."""
        if not url.startswith("/") or not self.base_url:
            return url
        if url.startswith("//"):
            return self.base_url.partition("//")[0] + url
        if self.media_url and url.startswith(self.media_path):
            return f"{self.media_url}/{url[len(self.media_path) :]}"
        return self.base_url + url


NO_ADDRESSES = Addresses()


def is_showable(kind: str, content: str) -> bool:
    """Whether both apps can show it."""
    if len(content) > _MAX_CHARACTERS and (kind == "emotion" or not content.isascii()):
        return kind == "text"
    if kind == "audio":
        return _AUDIO_LENGTH.match(content) is not None
    if kind in ("picture", "video"):
        # If it begins with a size, it is as long as the iOS app needs a video's URL to be.
        return _PICTURE_SIZE.match(content) is not None and all(
            _has_size_end(content, find) for find in _finders(content)
        )
    return kind != "emotion" or (not content.startswith(WEB_EMOTION) and _is_harmless_code(content))


def _has_size_end(content: str, find: _Find) -> bool:
    """Whether the size, which begins at the first `-`, has an end."""
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
