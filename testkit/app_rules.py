"""How the shipped apps interpret a received frame: their rules as pure functions.

All examined branches of the Android app, 1.0 to 1.9, receive by the same rules; `BRANCHES` lists them. If an
app's behaviour is not known, `android` and `ios` return Crash, so they are stricter than the apps.
"""

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

KINDS = ("emotion", "video", "picture", "text", "audio")
# The socket library of the Android app refuses a larger message, and the app reconnects immediately.
MAX_ANDROID_PAYLOAD_BYTES = 131_072

_REQUIRED_KEYS = ("sender", "senderAvartar", "conversation", "conversationAvartar")
_MAX_JAVA_INT = 2**31 - 1


class VisibleMessage(NamedTuple):
    """A message that the user sees. `title` is the conversation's name, or None if the app has none."""

    kind: str
    sender: str
    content: str
    conversation: str
    title: str | None


class Ignored(NamedTuple):
    """A frame that the app does not take for a message."""

    why: str


class Dropped(NamedTuple):
    """A message that the user never sees."""

    why: str


class Crash(NamedTuple):
    """The app crashes, immediately or when it shows the message."""

    why: str


class Loop(NamedTuple):
    """The app hangs when it shows the message, until the user ends it."""

    why: str


class BogusConversation(NamedTuple):
    """The app lists a conversation that does not exist, or lists one under a wrong name."""

    why: str


Outcome = VisibleMessage | Ignored | Dropped | Crash | Loop | BogusConversation
# The outcomes that no message to an app may have.
HARMFUL_OUTCOMES = (Dropped, Crash, Loop, BogusConversation)


def android(frame: str) -> Outcome:
    """Return how the Android app interprets the frame."""
    fields = java_split(frame)
    if len(fields) <= 6:
        return Ignored("six fields or fewer")
    kind, sender, content, type_, origin, _time, extension = fields[:7]
    extras = _java_object(extension)
    if extras is None:
        return Dropped("the extension cannot be read")
    if kind not in KINDS:
        return Crash("saves a message that it did not make")
    is_group = type_ == "group"
    if not is_group and not sender.isalnum():
        return Crash("names a table after the sender")
    if harm := _ANDROID_CHECKS.get(kind, _no_harm)(content):
        return harm
    title = _java_string(extras["conversation" if is_group else "sender"])
    return VisibleMessage(kind, sender, content, origin if is_group else sender, title)


def ios(frame: str) -> Outcome:
    """Return how the iOS app interprets the frame."""
    fields = frame.split("_")
    if len(fields) <= 4:
        return Ignored("four fields or fewer")
    if fields[0] not in KINDS:
        return BogusConversation("takes a verb that it does not know for a message")
    if len(fields) == 5:
        return Crash("reads a sixth field")
    kind, sender, content, type_, origin = fields[:5]
    extras = _ios_object(fields[-1])
    if any(not isinstance(extras.get(key), str | None) for key in _REQUIRED_KEYS):
        return Crash("shows as text what is none")
    if harm := _IOS_CHECKS.get(kind, _no_harm)(content):
        return harm
    if type_ not in ("unicast", "group"):
        return BogusConversation(f"takes {origin!r} for a group")
    return VisibleMessage(kind, sender, content, origin, extras.get("conversation"))


BRANCHES: Mapping[str, Callable[[str], Outcome]] = {
    **{f"Android {version}": android for version in ("1.0", "1.2", "1.6", "1.7", "1.9")},
    "iOS": ios,
}


def extension(sender: str, conversation: str | None = None) -> str:
    """Return the extension that an app sends. `sender` is the user's name, `conversation` a group's name."""
    extras = {
        "sender": sender,
        "senderID": sender,
        "senderAvartar": "",
        "conversation": conversation or sender,
        "conversationAvartar": "",
    }
    return base64.encodebytes(json.dumps(extras).encode()).decode()


def java_split(frame: str) -> list[str]:
    """Split the frame at each `_` as Java does: without empty fields at the end."""
    fields = frame.split("_")
    while fields and not fields[-1]:
        fields.pop()
    return fields


def java_int(text: str) -> int | None:
    """Return the result of Java's Integer.parseInt, which reads digits of any script after a sign, or
    None."""
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not digits or any(ord(digit) > 0xFFFF or not digit.isdecimal() for digit in digits):
        return None
    value = 0
    for digit in digits:
        value = min(10 * value + unicodedata.decimal(digit), _MAX_JAVA_INT + 2)
    if value > _MAX_JAVA_INT + (text[0] == "-"):
        return None
    return -value if text[0] == "-" else value


def _android_recording(content: str) -> Crash | None:
    dimensions = _android_dimensions(content)
    if dimensions is None or java_int(dimensions) is None:
        return Crash("the length of the recording is no number")
    return None


def _android_picture(content: str) -> Crash | Loop | None:
    dimensions = _android_dimensions(content)
    sides = [] if dimensions is None else [java_int(side) for side in dimensions.split("x")]
    if len(sides) != 2 or None in sides:
        return Crash("the size of the picture is no two numbers")
    if sides == [0, 0]:
        return Loop("doubles nothing until it is large enough")
    return None if all(side and side > 0 for side in sides) else Crash("a side of the picture is not above 0")


def _android_dimensions(content: str) -> str | None:
    """Return the text between the first `-` and the next `.`, or None if one is missing."""
    _before, hyphen, rest = content.partition("-")
    dimensions, dot, _ = rest.partition(".")
    return dimensions if hyphen and dot else None


def _java_object(extension: str) -> dict[str, Any] | None:
    packed = re.sub(r"[ \t\r\n]", "", extension)
    try:
        decoded = json.loads(base64.b64decode(packed, validate=True).decode(errors="replace"))
    except (ValueError, RecursionError):
        return None
    return decoded if isinstance(decoded, dict) and all(key in decoded for key in _REQUIRED_KEYS) else None


def _java_string(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _ios_object(extension: str) -> dict[str, Any]:
    decoded = None
    if (text := _ios_base64(extension)) is not None:
        try:
            decoded = json.loads(text)
        except (ValueError, RecursionError):
            return {}
    return decoded if isinstance(decoded, dict) else {}


def _ios_base64(packed: str) -> str | None:
    """Decode like the most lenient decoder, which skips other characters and needs no padding."""
    alphabet_only = re.sub(r"[^A-Za-z0-9+/]", "", packed)
    try:
        return base64.b64decode(alphabet_only + "=" * (-len(alphabet_only) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _ios_picture(content: str) -> Crash | None:
    hyphen = _ios_index(content, "-", 0)
    if hyphen >= 0 and _ios_index(content, ".", hyphen + 1) < 0:
        return Crash("the size of the picture has no end")
    return None


def _ios_video(content: str) -> Crash | None:
    if len(content.encode("utf-16-le")) // 2 < 5:
        return Crash("the name of the video is shorter than its ending")
    return _ios_picture(content)


def _ios_emotion(content: str) -> Crash | None:
    decoded = _ios_base64(content.replace("~", "+").replace("-", "/"))
    if decoded is None or len(_ios_split(decoded, "/")) != 3:
        return None
    name = decoded.rstrip("/").rpartition("/")[2]
    return Crash("the size of the emotion is missing") if len(_ios_split(name, "-")) < 2 else None


def _no_harm(content: str) -> None:
    return None


_HarmCheck = Callable[[str], Crash | Loop | None]
_ANDROID_CHECKS: Mapping[str, _HarmCheck] = {
    "audio": _android_recording,
    "picture": _android_picture,
    "video": _android_picture,
}
_IOS_CHECKS: Mapping[str, _HarmCheck] = {
    "picture": _ios_picture,
    "video": _ios_video,
    "emotion": _ios_emotion,
}


def _ios_index(text: str, character: str, start: int) -> int:
    """Return the index of the character, or -1. With a combining mark after it, it is another character."""
    index = text.find(character, start)
    while index >= 0 and unicodedata.category(text[index + 1 : index + 2] or " ").startswith("M"):
        index = text.find(character, index + 1)
    return index


def _ios_split(text: str, character: str) -> list[str]:
    parts = []
    while (index := _ios_index(text, character, 0)) >= 0:
        parts.append(text[:index])
        text = text[index + 1 :]
    return [*parts, text]
