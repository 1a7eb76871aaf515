"""What a userid is. Pure: no Django, so that the protocol can use it too."""

from accounts.names.normalizing import plain
from accounts.names.unseen import is_seen

MAX_LENGTH = 64

# `_` separates the fields of a frame, `,` the userids of an HTTP parameter, `/` the parts of a path.
_SEPARATORS = frozenset("_,/")


def is_userid(value: str) -> bool:
    """Whether `value` is 1 to 64 printable characters without `_`, `,`, `/` or white space."""
    return (
        0 < len(value) <= MAX_LENGTH
        and value.isprintable()
        and " " not in value
        and _SEPARATORS.isdisjoint(value)
    )


def may_be_chosen(value: str) -> bool:
    """Whether people may give themselves this userid: letters and digits of any script, and `.` and `-` after
    the first, in the plain spelling. So there are no two that look alike, except by letters that do."""
    return (
        is_userid(value)
        and value == plain(value)
        and _is_seen_letter(value[0])
        and all(character in ".-" or _is_seen_letter(character) for character in value)
    )


def _is_seen_letter(character: str) -> bool:
    # Some of what counts as a letter is not seen.
    return character.isalnum() and is_seen(character)
