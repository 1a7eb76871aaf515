"""Aliases for userids that the shipped apps cannot handle. Pure.

The Android app names a database table after the person, and crashes if the userid contains anything but
letters and digits. So such a person has an alias of letters and digits. It is an encoding of the userid: it
is not stored, it is unique and always the same, and it can be decoded to the userid.
"""

import base64
import binascii
from functools import lru_cache

from accounts.names.userids import MAX_LENGTH, is_userid

# The prefix of all aliases. The userid in lower-case Base32 follows: SQLite ignores the case of table names.
_MARK = "im66u"
_MAX_UTF8_BYTES = 4 * MAX_LENGTH
_MAX_CHARACTERS = len(_MARK) + -(-_MAX_UTF8_BYTES * 8 // 5)
_CACHED_ALIASES = 4096


@lru_cache(_CACHED_ALIASES)
def alias_of(userid: str) -> str:
    """Return the name of the person for the shipped apps: the userid itself if it has only letters and
    digits and does not look like an alias in any case, else the alias."""
    if userid.isalnum() and not is_alias(userid.lower()):
        return userid
    return _MARK + base64.b32encode(userid.encode()).decode().rstrip("=").lower()


def userid_of(name: str) -> str:
    """Return the userid of an alias. A name that is no alias is returned unchanged."""
    return (_decode(name) or name) if name.startswith(_MARK) else name


def is_alias(name: str) -> bool:
    """Return whether the name is an alias. A userid that looks like one has its own alias."""
    return name.startswith(_MARK) and _decode(name) is not None


def _decode(alias: str) -> str | None:
    packed = alias[len(_MARK) :]
    if len(alias) > _MAX_CHARACTERS or not packed.isascii() or packed != packed.lower():
        return None
    try:
        userid = base64.b32decode(packed.upper() + "=" * (-len(packed) % 8)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return userid if is_userid(userid) and alias_of(userid) == alias else None
