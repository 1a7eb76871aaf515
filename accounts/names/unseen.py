"""Signs that are not seen, and yet let one name look like another or turn the text around it. Pure.

Userids and nicknames are refused with them, names of groups and notices kept without them: the shipped apps
could not show why a call was refused.
"""

import re

# They turn a direction round until another one ends it.
_TURNING = "\u202a-\u202e\u2066-\u2069"
_MARKS = re.compile(rf"[{_TURNING}]")
# Of no width or of no ink; fillers of Hangul, an empty pattern of Braille, blanks among the hieroglyphs.
_BLANK = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2060-\u206f\u2800\u3164\ufeff\uffa0"
    "\U00013441\U00013442"
)
# What joins, parts or draws another way belongs between signs of other scripts, and into emoji.
_JOINING = "\u200c\u200d\ufe00-\ufe0f"
_UNSEEN = re.compile(
    rf"[{_TURNING}{_BLANK}]|(?<![^\x00-\x7f]|[0-9#*])[{_JOINING}]|(?<=[0-9#*])[{_JOINING}](?!\u20e3)"
)


def without_unseen(name: str) -> str:
    """What is kept of a name."""
    return name if name.isascii() else _UNSEEN.sub("", name)


def without_turning(text: str) -> str:
    """What is kept of a text of several lines."""
    return text if text.isascii() else _MARKS.sub("", text)


def is_seen(name: str) -> bool:
    """Whether all of it can be seen."""
    return name.isprintable() and without_unseen(name) == name


# Neither seen nor stored by every database: control characters, and what is half a character.
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_UNFIT_ASCII = bytes(code for code in range(128) if _UNFIT.match(chr(code)))
# From here on, it is quicker to take out what is unfit than to look at each character.
_LONG_CHARACTERS = 4096


def is_fit(text: str) -> bool:
    """Whether newer clients may send it: it has no control characters but those that break lines."""
    if len(text) > _LONG_CHARACTERS and text.isascii():
        return len(text.encode().translate(None, _UNFIT_ASCII)) == len(text)
    # Most texts are one line, of which this is the quicker question.
    return text.isprintable() or _UNFIT.search(text) is None
