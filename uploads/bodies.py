"""The size limit of a request body, by path, and the reply to a body that is refused."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

from django.conf import settings

from accounts import late_replies
from accounts.api.paths import ROOT
from accounts.codes import Cause
from accounts.language import reply_language
from accounts.limits.limits import TooFast
from accounts.services import challenge
from accounts.wording import in_words
from uploads import replies, wording
from uploads.calls import API_PATH, MAX_PIECE_BYTES, is_piece, kinds_at
from uploads.services import max_file_bytes, too_large_error
from uploads.worker.tasks import TaskKind
from uploads.worker.texts import MessageTemplate

# The bytes that a multipart form adds to a file.
FORM_BYTES = 64 * 1024

_ADMIN = "/admin/"


def body_limit(path: str) -> int:
    """Return the maximum number of bytes in the body of a request for `path`."""
    if kinds := kinds_at(path):
        return max(map(max_file_bytes, kinds)) + FORM_BYTES
    if is_piece(path):
        return MAX_PIECE_BYTES
    if path.startswith(_ADMIN):
        return max_file_bytes(TaskKind.PICTURE) + FORM_BYTES
    limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return limit


# Encodes a refusal, given its HTTP status and text, as the JSON of the calls that do not take uploads.
Encode = Callable[[int, str], bytes]
_encoders: list[tuple[Callable[[str], bool], Encode, bool]] = []


def register_refusal_encoder(
    matches_path: Callable[[str], bool], encode: Encode, *, is_always_200: bool = False
) -> None:
    """Encode refusals of bodies with `encode` for paths for which `matches_path` is true.

    `is_always_200`: answer with HTTP status 200, because the clients of these calls read only the JSON.
    """
    _encoders.append((matches_path, encode, is_always_200))


# The following functions return the HTTP status and the JSON of the reply to a refused body.


def too_large_reply(path: str) -> tuple[int, bytes]:
    kinds = kinds_at(path)
    if not kinds or path == API_PATH:
        return _reply(path, 413, replies.TOO_LARGE, wording.BODY_TOO_LARGE)
    refused = too_large_error(kinds[0])
    return _reply(path, 413, replies.TOO_LARGE, refused.text, refused.numbers, refused.kind)


def too_slow_reply(path: str) -> tuple[int, bytes]:
    return _reply(path, 408, replies.SERVER_ERROR, wording.BODY_TOO_SLOW)


def not_allowed_reply(path: str, text: str, status: int = 403) -> tuple[int, bytes]:
    return _reply(path, status, replies.NOT_ALLOWED, text)


def extra_headers(status: int) -> tuple[tuple[bytes, bytes], ...]:
    """Return the additional headers of a reply with this status."""
    return ((b"www-authenticate", challenge().encode()),) if status == 401 else ()


def too_fast_reply(path: str, refused: TooFast) -> tuple[int, bytes]:
    with _language(path):
        return _reply(path, 429, replies.TOO_FAST, in_words(refused))


def busy_reply(path: str) -> tuple[int, bytes]:
    return _reply(path, 503, replies.SERVER_ERROR, Cause.BUSY.text)


async def busy_reply_late(path: str) -> tuple[int, bytes]:
    """Return the busy reply after a delay: a client refused immediately would retry immediately."""
    await late_replies.wait_late()
    return busy_reply(path)


def no_room_reply(path: str) -> tuple[int, bytes]:
    return _reply(path, 507, replies.SERVER_ERROR, MessageTemplate.NO_ROOM)


def queue_kind(path: str) -> TaskKind | None:
    """Return the kind whose queue a file sent to `path` waits in, or None if the path takes no files."""
    kinds = kinds_at(path)
    return kinds[0] if kinds else None


def _reply(
    path: str,
    status: int,
    code: int,
    text: str,
    numbers: Mapping[str, int] | None = None,
    kind: TaskKind | None = None,
) -> tuple[int, bytes]:
    with _language(path):
        body = wording.message(code, text, numbers, kind)
        for matches_path, encode, is_always_200 in _encoders:
            if matches_path(path):
                return 200 if is_always_200 else status, encode(status, body)
    # Clients of the upload calls read only the JSON.
    return 200 if kinds_at(path) else status, replies.encode(code, body)


def _language(path: str) -> AbstractContextManager[None]:
    # Replies to the admin and to the API are not in the language of the shipped apps.
    return nullcontext() if path.startswith((_ADMIN, ROOT)) else reply_language()
