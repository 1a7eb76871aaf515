"""One thread that makes group pictures, so that no request waits for one.

Requests that are not done when the process ends are lost. The next look at such a group asks again.
"""

import logging
import threading
from collections.abc import Callable, Sequence

from django.conf import settings
from django.db import connection

from accounts.limits.turns import Turns
from groups.models import Group
from groups.pictures import mosaic
from groups.selectors import Member
from uploads.attempts import Remembered
from uploads.worker.tasks import Reason, UploadRejected

logger = logging.getLogger(__name__)


class Painter:
    """Makes the pictures one after the other, in turn for all who ask. A request that is already waiting is
    not added again."""

    def __init__(self) -> None:
        self._arrived = threading.Condition()
        self._known: set[tuple[str, int]] = set()
        self._waiting: Turns[tuple[str, int]] = Turns()
        self._current: int | None = None
        self._listeners: dict[int | None, list[Callable[[], object]]] = {}
        self._thread: threading.Thread | None = None

    def ask(self, group_id: int, who: str) -> None:
        """Have the group's picture made again if it is not current. `who` owns the group, or caused the
        change. Never waits."""
        if not settings.IM66.mosaics:
            return
        wish = (who, group_id)
        with self._arrived:
            if wish in self._known:
                return
            self._known.add(wish)
            self._waiting.add([who], wish)
            self._arrived.notify_all()
            if self._thread is None:
                # A daemon: nothing is lost when it ends, and a process that ends should not wait for it.
                self._thread = threading.Thread(target=self._run, name="im66-mosaic", daemon=True)
                self._thread.start()

    def tell_when_made(self, group_id: int, tell: Callable[[], object]) -> bool:
        """Call `tell` once, in another thread, when the group's picture that was asked for is made, or could
        not be made. It must not wait or raise. False, and it is never called, if none was asked for."""
        with self._arrived:
            is_asked = self._is_asked(group_id)
            if is_asked:
                self._listeners.setdefault(group_id, []).append(tell)
            return is_asked

    def wait(self, seconds: float) -> bool:
        """Wait until every picture is made that was asked for, at most so long. Whether they are."""
        with self._arrived:
            return self._arrived.wait_for(lambda: not self._waiting and self._current is None, seconds)

    def _run(self) -> None:
        while True:
            group_id = self._next()
            try:
                mosaic.refresh(group_id)
            except Remembered:
                pass  # the first failure was logged
            except UploadRejected as refused:
                # That there is no space was logged once. The next look at the group asks again.
                if refused.reason != Reason.NO_ROOM:
                    logger.error("The picture of group %s could not be made: %s", group_id, refused)
            except Exception:
                logger.exception("The picture of group %s could not be made", group_id)
            finally:
                connection.close()
                self._rest()

    def _next(self) -> int:
        with self._arrived:
            self._arrived.wait_for(lambda: bool(self._waiting))
            wish = self._waiting.take()
            # Removed before the work: a change during the work must be able to ask again.
            self._known.discard(wish)
            self._current = wish[1]
            return self._current

    def _rest(self) -> None:
        with self._arrived:
            group_id, self._current = self._current, None
            self._arrived.notify_all()
            is_made = group_id is not None and not self._is_asked(group_id)
            listeners = self._listeners.pop(group_id, ()) if is_made else ()
        for tell in listeners:
            tell()

    def _is_asked(self, group_id: int) -> bool:
        return group_id == self._current or any(known == group_id for _, known in self._known)


painter = Painter()


def refresh_if_stale(group: Group, members: Sequence[Member]) -> None:
    """Ask for a new picture if the group's present one does not show `members`: all of them, in the order in
    which they joined."""
    users = members[: mosaic.MAX_AVATARS]
    if users and not group.picture and group.snap != mosaic.name_for(users):
        painter.ask(group.pk, group.creator_id)
