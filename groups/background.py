"""One thread that makes group pictures, so that no request waits for one.

What is asked of it and not done when the process ends is asked again by whoever next looks at the group.
"""

import logging
import threading
from collections.abc import Sequence
from queue import Queue

from django.conf import settings
from django.db import connection

from groups import mosaic
from groups.models import Group
from groups.selectors import Member

logger = logging.getLogger(__name__)


class Painter:
    """Does one group after the other, each once however often it was asked for meanwhile."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: set[int] = set()
        self._queue: Queue[int] = Queue()
        self._thread: threading.Thread | None = None

    def ask(self, group_id: int) -> None:
        """Have the picture of that group made anew if it has to be. Never waits."""
        if not settings.IM66_MOSAICS:
            return
        with self._lock:
            if group_id in self._waiting:
                return
            self._waiting.add(group_id)
            self._queue.put(group_id)
            if self._thread is None:
                # A daemon: nothing is lost with it, and a process that ends should not wait for it.
                self._thread = threading.Thread(target=self._run, name="im66-mosaic", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            group_id = self._queue.get()
            with self._lock:
                # Before the work: what changes during it has to be asked for again.
                self._waiting.discard(group_id)
            try:
                mosaic.refresh(group_id)
            except Exception:
                logger.exception("The picture of group %s could not be made", group_id)
            finally:
                connection.close()


painter = Painter()


def look_at(group: Group, members: Sequence[Member]) -> None:
    """Ask for the group's picture if what it has does not show its members, all of whom are given, in the
    order they came."""
    users = members[: mosaic.FACES]
    if users and group.snap != mosaic.name_for(users):
        painter.ask(group.pk)
