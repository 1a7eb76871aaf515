"""How large the body of an HTTP request may be, by its path, and what is said of one that is larger."""

import re

from django.conf import settings

from uploads import replies
from uploads.services import largest, too_large
from uploads.tasks import Kind

# What a form puts around a file.
FORM_BYTES = 64 * 1024

_CALL = re.compile(r"(?:/wsim)?/upload/(?P<name>[a-z0-9]+)/?")
_KINDS = {
    "writev1": (Kind.VOICE,),
    "writev2": (Kind.PICTURE, Kind.VOICE),
    "writev3": (Kind.VIDEO,),
    "avatar": (Kind.PICTURE,),
}


def body_limit(path: str) -> int:
    """The most bytes that the body of a request for `path` may have."""
    if kinds := _kinds(path):
        return max(map(largest, kinds)) + FORM_BYTES
    if path.startswith("/admin/"):
        return largest(Kind.PICTURE) + FORM_BYTES
    limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return limit


def too_large_reply(path: str) -> tuple[int, bytes]:
    """The HTTP status and the JSON that answer a larger one. Clients of upload calls read only the JSON."""
    kinds = _kinds(path)
    message = str(too_large(kinds[0])) if kinds else "The body of the request is too large."
    return 200 if kinds else 413, replies.encode(replies.TOO_LARGE, message)


def kind_of(path: str) -> Kind | None:
    """In which queue a file waits that is sent there; None if none is."""
    kinds = _kinds(path)
    return kinds[0] if kinds else None


def _kinds(path: str) -> tuple[Kind, ...]:
    match = _CALL.fullmatch(path)
    return _KINDS.get(match["name"], ()) if match else ()
