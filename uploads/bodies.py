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
from uploads.services import largest, too_large
from uploads.worker.tasks import TaskKind
from uploads.worker.texts import MessageTemplate

# The bytes that a multipart form adds to a file.
FORM_BYTES = 64 * 1024

_ADMIN = "/admin/"


def body_limit(path: str) -> int:
    """The maximum number of bytes in the body of a request for `path`."""
    if kinds := kinds_at(path):
        return max(map(largest, kinds)) + FORM_BYTES
    if is_piece(path):
        return MAX_PIECE_BYTES
    if path.startswith(_ADMIN):
        return largest(TaskKind.PICTURE) + FORM_BYTES
    limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return limit


# Says a refusal with that HTTP status and that text in the JSON of other calls.
Encode = Callable[[int, str], bytes]
_others: list[tuple[Callable[[str], bool], Encode, bool]] = []


def answer_as(is_call: Callable[[str], bool], encode: Encode, *, is_always_200: bool = False) -> None:
    """From now on, refuse the bodies of calls whose paths `is_call` finds with what `encode` makes.
    `is_always_200`: the HTTP status says nothing, because the clients of these calls read only the JSON."""
    _others.append((is_call, encode, is_always_200))


# The HTTP status and the JSON that answer a refused body.


def too_large_reply(path: str) -> tuple[int, bytes]:
    kinds = kinds_at(path)
    if not kinds or path == API_PATH:
        return _reply(path, 413, replies.TOO_LARGE, wording.BODY_TOO_LARGE)
    refused = too_large(kinds[0])
    return _reply(path, 413, replies.TOO_LARGE, refused.text, refused.numbers, refused.kind)


def too_slow_reply(path: str) -> tuple[int, bytes]:
    return _reply(path, 408, replies.SERVER_ERROR, wording.BODY_TOO_SLOW)


def not_allowed_reply(path: str, text: str, status: int = 403) -> tuple[int, bytes]:
    return _reply(path, status, replies.NOT_ALLOWED, text)


def headers_with(status: int) -> tuple[tuple[bytes, bytes], ...]:
    """What a reply with this status says besides."""
    return ((b"www-authenticate", challenge().encode()),) if status == 401 else ()


def too_fast_reply(path: str, refused: TooFast) -> tuple[int, bytes]:
    with _language(path):
        return _reply(path, 429, replies.TOO_FAST, in_words(refused))


def busy_reply(path: str) -> tuple[int, bytes]:
    return _reply(path, 503, replies.SERVER_ERROR, Cause.BUSY.text)


async def busy_reply_late(path: str) -> tuple[int, bytes]:
    """After a while, because a client that was refused at once would ask again at once."""
    await late_replies.wait_late()
    return busy_reply(path)


def no_room_reply(path: str) -> tuple[int, bytes]:
    return _reply(path, 507, replies.SERVER_ERROR, MessageTemplate.NO_ROOM)


def kind_of(path: str) -> TaskKind | None:
    """The queue in which a file sent to `path` waits; None if the path takes no files."""
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
        for is_call, encode, is_always_200 in _others:
            if is_call(path):
                return 200 if is_always_200 else status, encode(status, body)
    # Clients of the upload calls read only the JSON.
    return 200 if kinds_at(path) else status, replies.encode(code, body)


def _language(path: str) -> AbstractContextManager[None]:
    # What the admin sends, and what the API is sent, is not answered in the language of the apps.
    return nullcontext() if path.startswith((_ADMIN, ROOT)) else reply_language()
