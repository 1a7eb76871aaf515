"""What the shipped apps call people whose userids they cannot bear. Pure.

The Android app names a table of its database after the person, and crashes if the userid has a sign in it.
So such a person has an alias, of letters and digits. It is the userid itself in other characters: nothing is
stored, every process makes the same one, no two people have the same one, and what an app sends to it leads
back to the person.
"""

import base64
import binascii
from functools import lru_cache

from accounts.names.userids import MAX_LENGTH, is_userid

# What all aliases begin with. Base32 of the userid follows, in small letters, because SQLite takes names that
# differ only in case for the same name.
_MARK = "im66u"
_MAX_UTF8_BYTES = 4 * MAX_LENGTH
_MAX_CHARACTERS = len(_MARK) + -(-_MAX_UTF8_BYTES * 8 // 5)
_REMEMBERED = 4096


@lru_cache(_REMEMBERED)
def alias_of(userid: str) -> str:
    """What the shipped apps call the person: the userid, if it has letters and digits only, and is no alias,
    in capitals or not."""
    if userid.isalnum() and not is_alias(userid.lower()):
        return userid
    return _MARK + base64.b32encode(userid.encode()).decode().rstrip("=").lower()


def userid_of(name: str) -> str:
    """The person whom an app means by `name`: that of this alias; what is no alias is returned as it is."""
    return (_meant_by(name) or name) if name.startswith(_MARK) else name


def is_alias(name: str) -> bool:
    """Whether it is the alias of somebody. A userid that looks like one has an alias of its own."""
    return name.startswith(_MARK) and _meant_by(name) is not None


def _meant_by(alias: str) -> str | None:
    packed = alias[len(_MARK) :]
    if len(alias) > _MAX_CHARACTERS or not packed.isascii() or packed != packed.lower():
        return None
    try:
        userid = base64.b32decode(packed.upper() + "=" * (-len(packed) % 8)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return userid if is_userid(userid) and alias_of(userid) == alias else None
