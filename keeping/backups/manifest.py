"""The manifest and the seal of a backup, its first and its last part.

The manifest has the digest of the database, which is known before anything is written. The seal has the
digest of the media, which is known only afterwards.
"""

from typing import TypeVar

import msgspec

from keeping.errors import MaintenanceRefused

# The version of the file's format.
FORMAT = 1


class Manifest(msgspec.Struct, frozen=True):
    """`version`: the version of im66. `database`: `sqlite` or `postgresql`. `migrations`: the applied ones.
    `rows`: the number of rows by table. `media_elsewhere`: the storage of media that the backup does not
    have; empty if it has them."""

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
    """The end of a complete backup."""

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
