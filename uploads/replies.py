"""The JSON replies of the shipped apps' upload calls, always with HTTP status 200. Pure."""

from typing import NamedTuple

from accounts.codes import Name
from accounts.compact import compact
from uploads.worker.tasks import Reason

OK, BAD_FILE, SERVER_ERROR, TOO_LARGE, NOT_SUPPORTED, NOT_ALLOWED, TOO_FAST = 0, 1, 2, 3, 4, 5, 6


class RejectionReply(NamedTuple):
    """The reply to a rejected file: `code` for the shipped apps, `name` and `status` for the API."""

    code: int
    name: Name
    status: int


REJECTION_REPLIES = {
    Reason.BROKEN: RejectionReply(BAD_FILE, Name.INVALID, 400),
    Reason.TOO_LARGE: RejectionReply(TOO_LARGE, Name.TOO_LONG, 413),
    Reason.UNSUPPORTED: RejectionReply(NOT_SUPPORTED, Name.INVALID, 415),
    Reason.NO_ROOM: RejectionReply(SERVER_ERROR, Name.TRY_AGAIN, 503),
}
CONTENT_TYPE = "application/json"


def reply(code: int, message: str, data: str = "") -> dict[str, int | str]:
    """Return the content of a reply. `data` is the URL of the stored file."""
    return {"code": code, "message": message, "data": data}


def encode(code: int, message: str) -> bytes:
    """Return the body of a refusal."""
    return compact(reply(code, message))
