"""What the shipped apps make of a frame: their receiving rules, as pure functions.

`android` and `ios` are stricter than the apps where it is not known what an app does: then they crash.
"""

import base64
import binascii
import json
import re
import unicodedata
from typing import Any, NamedTuple

KINDS = ("emotion", "video", "picture", "text", "audio")
# The socket library of the Android app refuses a message of more bytes, and the app connects again at once.
ANDROID_PAYLOAD = 131_072

_NEEDED = ("sender", "senderAvartar", "conversation", "conversationAvartar")
_LARGEST_INT = 2**31 - 1


class Shown(NamedTuple):
    """The user sees it. `title`: the name of the conversation; None if the app has no name for it."""

    kind: str
    sender: str
    content: str
    conversation: str
    title: str | None


class Ignored(NamedTuple):
    """A frame that is no message for the app."""

    why: str


class Dropped(NamedTuple):
    """A message that its user never sees."""

    why: str


class Crash(NamedTuple):
    """The app ends, now or when it shows the message."""

    why: str


Outcome = Shown | Ignored | Dropped | Crash


def android(frame: str) -> Outcome:
    """What the Android app makes of it."""
    fields = java_split(frame)
    if len(fields) <= 6:
        return Ignored("six fields or fewer")
    kind, sender, content, type_, origin, _time, extension = fields[:7]
    said = _java_object(extension)
    if said is None:
        return Dropped("the extension cannot be read")
    if kind not in KINDS:
        return Crash("saves a message that it did not make")
    if kind == "audio" and not _has_java_duration(content):
        return Crash("the length of the recording is no number")
    is_group = type_ == "group"
    title = _java_string(said["conversation" if is_group else "sender"])
    return Shown(kind, sender, content, origin if is_group else sender, title)


def ios(frame: str) -> Outcome:
    """What the iOS app makes of it."""
    fields = frame.split("_")
    if len(fields) <= 4:
        return Ignored("four fields or fewer")
    if fields[0] not in KINDS:
        return Dropped("makes a conversation of it, without a message")
    if len(fields) == 5:
        return Crash("reads a sixth field")
    kind, sender, content, _type, origin = fields[:5]
    said = _ios_object(fields[-1])
    if any(not isinstance(said.get(key), str | None) for key in _NEEDED):
        return Crash("shows as text what is none")
    if why := _IOS_CRASHES[kind](content):
        return Crash(why)
    return Shown(kind, sender, content, origin, said.get("conversation"))


def extension(sender: str, conversation: str | None = None) -> str:
    """What an app sends as extension: `sender` is its user's name, `conversation` the group's, if it is to a
    group."""
    said = {
        "sender": sender,
        "senderID": sender,
        "senderAvartar": "",
        "conversation": conversation or sender,
        "conversationAvartar": "",
    }
    return base64.encodebytes(json.dumps(said).encode()).decode()


def java_split(frame: str) -> list[str]:
    """As Java splits it at each `_`: empty fields at the end are dropped."""
    fields = frame.split("_")
    while fields and not fields[-1]:
        fields.pop()
    return fields


def is_java_int(text: str) -> bool:
    """Whether Java's Integer.parseInt reads it: digits of any script, and a sign before them."""
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not digits or any(ord(digit) > 0xFFFF or not digit.isdecimal() for digit in digits):
        return False
    value = 0
    for digit in digits:
        value = min(10 * value + unicodedata.decimal(digit), _LARGEST_INT + 2)
    return value <= _LARGEST_INT + (text[0] == "-")


def _has_java_duration(url: str) -> bool:
    _before, hyphen, rest = url.partition("-")
    duration, dot, _ = rest.partition(".")
    return bool(hyphen and dot) and is_java_int(duration)


def _java_object(extension: str) -> dict[str, Any] | None:
    packed = re.sub(r"[ \t\r\n]", "", extension)
    try:
        said = json.loads(base64.b64decode(packed, validate=True).decode(errors="replace"))
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) and all(key in said for key in _NEEDED) else None


def _java_string(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _ios_object(extension: str) -> dict[str, Any]:
    said = None
    if (text := _ios_base64(extension)) is not None:
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            return {}
    return said if isinstance(said, dict) else {}


def _ios_base64(packed: str) -> str | None:
    """As the most lenient of the decoders reads it: it skips what is no Base64, and needs no padding."""
    known = re.sub(r"[^A-Za-z0-9+/]", "", packed)
    try:
        return base64.b64decode(known + "=" * (-len(known) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _ios_picture(content: str) -> str | None:
    hyphen = _ios_index(content, "-", 0)
    if hyphen >= 0 and _ios_index(content, ".", hyphen + 1) < 0:
        return "the size of the picture has no end"
    return None


def _ios_video(content: str) -> str | None:
    if len(content.encode("utf-16-le")) // 2 < 5:
        return "the name of the video is shorter than its ending"
    return _ios_picture(content)


def _ios_emotion(content: str) -> str | None:
    decoded = _ios_base64(content.replace("~", "+").replace("-", "/"))
    if decoded is None or len(_ios_split(decoded, "/")) != 3:
        return None
    name = decoded.rstrip("/").rpartition("/")[2]
    return "the size of the emotion is missing" if len(_ios_split(name, "-")) < 2 else None


def _nothing(content: str) -> str | None:
    return None


_IOS_CRASHES = {
    "text": _nothing,
    "audio": _nothing,
    "picture": _ios_picture,
    "video": _ios_video,
    "emotion": _ios_emotion,
}


def _ios_index(text: str, character: str, start: int) -> int:
    """Where the character is, -1 if nowhere. One with an accent after it is another character."""
    at = text.find(character, start)
    while at >= 0 and unicodedata.category(text[at + 1 : at + 2] or " ").startswith("M"):
        at = text.find(character, at + 1)
    return at


def _ios_split(text: str, character: str) -> list[str]:
    parts = []
    while (at := _ios_index(text, character, 0)) >= 0:
        parts.append(text[:at])
        text = text[at + 1 :]
    return [*parts, text]
