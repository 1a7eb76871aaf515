"""What a group id is. Pure: no Django, so that the protocol can use it too."""

import re

# Every number of at most 18 digits fits the database's 64-bit integers.
_GROUP_ID = re.compile(r"[1-9][0-9]{0,17}")


def is_group_id(value: str) -> bool:
    """Whether `value` is a positive decimal integer in its canonical form."""
    return _GROUP_ID.fullmatch(value) is not None
