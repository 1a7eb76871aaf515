"""The paths of the upload calls, the kinds of files that each takes, and the scopes that an API key needs for
them. Pure."""

import re

from accounts.authentication.proofs import Scope
from uploads.worker.tasks import TaskKind

# A file becomes the first of the kinds that it can be.
KINDS = {
    "writev1": (TaskKind.VOICE,),
    "writev2": (TaskKind.PICTURE, TaskKind.VOICE),
    "writev3": (TaskKind.VIDEO,),
    "avatar": (TaskKind.PICTURE,),
}

# In the API one call takes all kinds: the server recognizes the kind by the content.
API_PATH = "/api/v1/uploads"
API_KINDS = (TaskKind.PICTURE, TaskKind.VIDEO, TaskKind.VOICE)
# The kind of a message with a file, by the part of the file's media type before the slash.
MESSAGE_KINDS = {"image": "picture", "audio": "audio", "video": "video"}
# A file of any type is of this kind. It arrives in pieces: docs/api.md.
FILE = "file"
FILES_PATH = f"{API_PATH}/files"
_PIECE_PATH = re.compile(rf"{FILES_PATH}/[^/]+")
# A piece is buffered until it is complete, so a broken connection loses at most this many bytes.
MAX_PIECE_BYTES = 8 * 1024 * 1024

# The scope's key for the bytes of an upload's body that have arrived.
ARRIVED = "im66.arrived"

_PATH = re.compile(rf"/(?:wsim/)?upload/(?P<name>{'|'.join(KINDS)})/?")


def kinds_at(path: str) -> tuple[TaskKind, ...]:
    """Return the kinds of files that the call at `path` takes, empty if it is no upload call.

    Each call of the shipped apps also answers below /wsim/, and with a trailing slash.
    """
    if path == API_PATH:
        return API_KINDS
    match = _PATH.fullmatch(path)
    return KINDS[match["name"]] if match else ()


def is_piece(path: str) -> bool:
    """Return whether `path` takes pieces of files."""
    return _PIECE_PATH.fullmatch(path) is not None


def takes_files(path: str) -> bool:
    """Return whether the body of a request for `path` is a file or a piece of a file."""
    return bool(kinds_at(path)) or is_piece(path)


def required_scopes(path: str) -> tuple[Scope, ...]:
    """Return the scopes that an API key needs at `path`. Uploading an avatar also changes a user's
    profile."""
    return (Scope.UPLOADS, Scope.USERS) if is_avatar(path) else (Scope.UPLOADS,)


def is_avatar(path: str) -> bool:
    """Return whether the call at `path` takes an avatar."""
    match = _PATH.fullmatch(path)
    return match is not None and match["name"] == "avatar"
