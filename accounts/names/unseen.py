"""Invisible characters, which let one name look like another or change the direction of text. Pure.

Userids and nicknames with them are rejected. From names and notices of groups they are removed, because the
shipped apps could not show an error.
"""

import re

# Bidirectional controls, which change the direction of text until another control ends it.
_BIDI_CONTROLS = "\u202a-\u202e\u2066-\u2069"
_MARKS = re.compile(rf"[{_BIDI_CONTROLS}]")
# Characters without width or ink, fillers of Hangul, the empty pattern of Braille, blank hieroglyphs.
_BLANK = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2060-\u206f\u2800\u3164\ufeff\uffa0"
    "\U00013441\U00013442"
)
# Joiners and variation selectors, which are valid next to characters beyond ASCII, and in emoji.
_JOINING = "\u200c\u200d\ufe00-\ufe0f"
_UNSEEN = re.compile(
    rf"[{_BIDI_CONTROLS}{_BLANK}]|(?<![^\x00-\x7f]|[0-9#*])[{_JOINING}]|(?<=[0-9#*])[{_JOINING}](?!\u20e3)"
)


def without_unseen(name: str) -> str:
    """Return the name without invisible characters."""
    return name if name.isascii() else _UNSEEN.sub("", name)


def without_bidi_controls(text: str) -> str:
    """Return the text, which may have several lines, without bidirectional controls."""
    return text if text.isascii() else _MARKS.sub("", text)


def is_visible(name: str) -> bool:
    """Return whether the name has no invisible characters."""
    return name.isprintable() and without_unseen(name) == name


# Control characters and lone surrogates, which not every database can store.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_CONTROL_ASCII = bytes(code for code in range(128) if _CONTROL.match(chr(code)))
# For longer texts, deleting control characters is faster than searching for one.
_LONG_CHARACTERS = 4096


def is_storable(text: str) -> bool:
    """Return whether the text has no control characters except tabs and line breaks, and no lone
    surrogates."""
    if len(text) > _LONG_CHARACTERS and text.isascii():
        return len(text.encode().translate(None, _CONTROL_ASCII)) == len(text)
    # Most texts are one line, for which `isprintable` is faster.
    return text.isprintable() or _CONTROL.search(text) is None
