"""Connects the server's intake of request bodies to the limits of uploads."""

from collections.abc import Callable

from django.conf import settings

from accounts.limits.callers import Caller, caller_at
from im66 import cors
from im66.cors import Headers
from uploads import bodies, disk_space, heads
from uploads.arriving import SMALL_BYTES, TURN_BYTES, UploadBody, arriving
from uploads.body_buffers import BUFFERED
from uploads.calls import takes_files


class UploadsIntake:
    """Implements server.intake.Intake."""

    mark = BUFFERED
    small_bytes, turn_bytes = SMALL_BYTES, TURN_BYTES

    limit = staticmethod(bodies.body_limit)
    too_large = staticmethod(bodies.too_large_reply)
    too_slow = staticmethod(bodies.too_slow_reply)
    refusal = staticmethod(heads.refusal)
    busy = staticmethod(bodies.busy_reply)
    busy_late = staticmethod(bodies.busy_reply_late)
    no_room = staticmethod(bodies.no_room_reply)

    def __init__(self) -> None:
        self.folder = str(settings.FILE_UPLOAD_TEMP_DIR)

    def caller(self, address: str, forwarded: bytes) -> Caller:
        # The caller that `im66.forwarded` puts into the scope, which does not exist yet.
        return caller_at(*settings.IM66.proxies.client_of(address, forwarded.decode("latin-1")))

    def headers(self, path: str, origin: str, status: int) -> Headers:
        return (*cors.headers_for(path, origin), *bodies.extra_headers(status))

    def begin(self, path: str, caller: Caller, on_slow: Callable[[], None]) -> UploadBody | None:
        return arriving().begin(caller, on_slow, is_upload=takes_files(path))

    def wait_turn(self, caller: Caller, resume: Callable[[], None]) -> None:
        arriving().pacer.schedule(caller, resume)

    def has_room(self) -> bool:
        return not disk_space.is_short_for_uploads()

    def needs_room(self, path: str) -> bool:
        return takes_files(path)
