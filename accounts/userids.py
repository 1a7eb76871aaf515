"""What a userid is. Pure: no Django, so that the protocol can use it too."""

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
