"""Validation of userids. Pure, without Django, so that the protocol can use it too."""

from accounts.names.normalizing import plain
from accounts.names.unseen import is_visible

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
    """Return whether people may choose this userid at sign-up: letters and digits of any script, and `.`
    and `-` after the first, in the plain spelling. So two userids look alike only if their letters do."""
    return (
        is_userid(value)
        and value == plain(value)
        and _is_visible_letter(value[0])
        and all(character in ".-" or _is_visible_letter(character) for character in value)
    )


def _is_visible_letter(character: str) -> bool:
    # Some letters are invisible.
    return character.isalnum() and is_visible(character)
