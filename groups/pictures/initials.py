"""Initials and a colour for a person without a picture. Pure."""

import hashlib

# Dark enough for white letters.
_COLORS = (
    (229, 115, 115),
    (186, 104, 200),
    (121, 134, 203),
    (79, 147, 206),
    (38, 150, 166),
    (77, 160, 98),
    (140, 150, 60),
    (214, 133, 60),
    (161, 136, 127),
    (120, 144, 156),
)


def initials(name: str) -> str:
    """One or two characters: the first letters of the first and the last of several words, the last digits of
    a number, the first character of anything else."""
    words = name.split()
    if not words:
        return ""
    if name.isdigit():
        return name[-2:]
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()


def color(userid: str) -> tuple[int, int, int]:
    """A colour that is always the same for the same person."""
    return _COLORS[hashlib.sha256(userid.encode()).digest()[0] % len(_COLORS)]
