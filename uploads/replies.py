"""The replies of upload calls, as clients read them: JSON, always under HTTP status 200. Pure."""

from accounts.compact import compact
from uploads.worker.tasks import Reason

OK, BAD_FILE, SERVER_ERROR, TOO_LARGE, NOT_SUPPORTED, NOT_ALLOWED, TOO_FAST = 0, 1, 2, 3, 4, 5, 6
CODES = {
    Reason.BROKEN: BAD_FILE,
    Reason.TOO_LARGE: TOO_LARGE,
    Reason.UNSUPPORTED: NOT_SUPPORTED,
    Reason.NO_ROOM: SERVER_ERROR,
}
CONTENT_TYPE = "application/json"


def reply(code: int, message: str, data: str = "") -> dict[str, int | str]:
    """The reply's content; `data` is the URL of the stored file."""
    return {"code": code, "message": message, "data": data}


def encode(code: int, message: str) -> bytes:
    """The body of a refusal."""
    return compact(reply(code, message))
