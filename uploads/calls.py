"""The paths of the upload calls, which kinds of files each takes, and what an API key must be for. Pure."""

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

# In the API one call takes all kinds: what a file is, its content says.
API_PATH = "/api/v1/uploads"
API_KINDS = (TaskKind.PICTURE, TaskKind.VIDEO, TaskKind.VOICE)
# What a message with a file is called, by the media type of the file before the slash.
MESSAGE_KINDS = {"image": "picture", "audio": "audio", "video": "video"}
# A file of any type is of this kind. It arrives in pieces: docs/api.md.
FILE = "file"
FILES_PATH = f"{API_PATH}/files"
_PIECE_PATH = re.compile(rf"{FILES_PATH}/[^/]+")
# A piece is held until it is complete, so a break loses no more than this.
MAX_PIECE_BYTES = 8 * 1024 * 1024

# The scope's key for the bytes of an upload's body that have arrived.
ARRIVED = "im66.arrived"

_PATH = re.compile(rf"/(?:wsim/)?upload/(?P<name>{'|'.join(KINDS)})/?")


def kinds_at(path: str) -> tuple[TaskKind, ...]:
    """What the call at `path` takes; empty if there is no call. Each call of the shipped apps also answers
    below /wsim/, and with a slash at its end."""
    if path == API_PATH:
        return API_KINDS
    match = _PATH.fullmatch(path)
    return KINDS[match["name"]] if match else ()


def is_piece(path: str) -> bool:
    """Whether pieces of files are sent there."""
    return _PIECE_PATH.fullmatch(path) is not None


def takes_files(path: str) -> bool:
    """Whether the body of a request for `path` is a file, or a piece of one."""
    return bool(kinds_at(path)) or is_piece(path)


def scopes_at(path: str) -> tuple[Scope, ...]:
    """What an API key must be for at `path`. An avatar is a file, and changes how others see a person."""
    return (Scope.UPLOADS, Scope.USERS) if is_avatar(path) else (Scope.UPLOADS,)


def is_avatar(path: str) -> bool:
    """Whether the call at `path` takes somebody's avatar."""
    match = _PATH.fullmatch(path)
    return match is not None and match["name"] == "avatar"
