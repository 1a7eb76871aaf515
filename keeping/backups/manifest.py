"""What a backup says of itself: in its first part, and of its media in its last one.

The database's digest is known before anything is written. That of the media is known afterwards.
"""

from typing import TypeVar

import msgspec

from keeping.errors import MaintenanceRefused

# Of the file. A version of im66 that writes another one tells by it which files it cannot read.
FORMAT = 1


class Manifest(msgspec.Struct, frozen=True):
    """`version`: that of im66. `database`: its kind. `migrations`: those that were applied. `rows`: how many
    each table has. `media_elsewhere`: where media are that are not in the backup; empty if they are."""

    format: int
    version: str
    made: str
    database: str
    database_bytes: int
    database_sha256: str
    migrations: list[str]
    rows: dict[str, int]
    media_elsewhere: str


class Seal(msgspec.Struct, frozen=True):
    """The end of a whole backup."""

    manifest_sha256: str
    media_files: int
    media_bytes: int
    media_sha256: str


_Part = TypeVar("_Part", Manifest, Seal)


def encode(part: Manifest | Seal) -> bytes:
    return msgspec.json.format(msgspec.json.encode(part), indent=1)


def decode(content: bytes, part: type[_Part]) -> _Part:
    """Raises MaintenanceRefused."""
    try:
        return msgspec.json.decode(content, type=part)
    except msgspec.DecodeError as error:
        raise MaintenanceRefused("It is not a backup of im66 that this version can read.") from error
