"""The size limit of a request body, by path, and the reply to a body that exceeds it."""

from django.conf import settings

from uploads import replies
from uploads.calls import kinds_at
from uploads.services import largest, too_large
from uploads.worker.tasks import NO_ROOM, Kind

# The bytes that a multipart form adds to a file.
FORM_BYTES = 64 * 1024


def body_limit(path: str) -> int:
    """The maximum number of bytes in the body of a request for `path`."""
    if kinds := kinds_at(path):
        return max(map(largest, kinds)) + FORM_BYTES
    if path.startswith("/admin/"):
        return largest(Kind.PICTURE) + FORM_BYTES
    limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return limit


# The HTTP status and the JSON that answer a refused body.


def too_large_reply(path: str) -> tuple[int, bytes]:
    kinds = kinds_at(path)
    message = str(too_large(kinds[0])) if kinds else "The body of the request is too large."
    return _reply(path, 413, replies.TOO_LARGE, message)


def too_slow_reply(path: str) -> tuple[int, bytes]:
    return _reply(path, 408, replies.SERVER_ERROR, "The body of the request comes too slowly.")


def busy_reply(path: str) -> tuple[int, bytes]:
    return _reply(path, 503, replies.SERVER_ERROR, replies.BUSY)


def no_room_reply(path: str) -> tuple[int, bytes]:
    return _reply(path, 507, replies.SERVER_ERROR, NO_ROOM)


def kind_of(path: str) -> Kind | None:
    """The queue in which a file sent to `path` waits; None if the path takes no files."""
    kinds = kinds_at(path)
    return kinds[0] if kinds else None


def _reply(path: str, status: int, code: int, message: str) -> tuple[int, bytes]:
    # Clients of the upload calls read only the JSON.
    return 200 if kinds_at(path) else status, replies.encode(code, message)
