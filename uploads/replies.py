"""What upload calls answer, as clients read it: JSON, always under HTTP status 200. Pure."""

import json

from uploads.worker.tasks import Reason

OK, BAD_FILE, SERVER_ERROR, TOO_LARGE, NOT_SUPPORTED = 0, 1, 2, 3, 4
CODES = {
    Reason.BROKEN: BAD_FILE,
    Reason.TOO_LARGE: TOO_LARGE,
    Reason.UNSUPPORTED: NOT_SUPPORTED,
    Reason.NO_ROOM: SERVER_ERROR,
}
CONTENT_TYPE = "application/json"
BUSY = "The server is busy. Try again."


def encode(code: int, message: str, data: str = "") -> bytes:
    """The body of a reply; `data` is the URL of what was stored."""
    reply = {"code": code, "message": message, "data": data}
    return json.dumps(reply, ensure_ascii=False, separators=(",", ":")).encode()
