"""What stands for a person who has no picture. Pure."""

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
    """One or two characters: of several words the first letters of the first and the last, of a number its
    last digits, of anything else the first character."""
    words = name.split()
    if not words:
        return ""
    if name.isdigit():
        return name[-2:]
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()


def color(userid: str) -> tuple[int, int, int]:
    """Always the same for the same person."""
    return _COLORS[hashlib.sha256(userid.encode()).digest()[0] % len(_COLORS)]
