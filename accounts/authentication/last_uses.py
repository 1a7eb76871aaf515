"""One thread that writes when API keys were used last, so that no call waits for it."""

import logging
import threading
from datetime import datetime, timedelta
from functools import partial

from django.db import connection, transaction
from django.db.models import Q

from accounts.models import ApiKey

logger = logging.getLogger(__name__)

# How old what is written may be.
EVERY = timedelta(minutes=1)


class LastUses:
    """What is not written when the process ends is lost."""

    def __init__(self) -> None:
        self._arrived = threading.Condition()
        self._waiting: dict[str, datetime] = {}
        self._thread: threading.Thread | None = None

    def note(self, key: ApiKey, at: datetime) -> None:
        """Have it written, once the transaction ends that the caller may be in, unless what is written is
        young enough. Never waits."""
        if key.seen_at is None or key.seen_at < at - EVERY:
            transaction.on_commit(partial(self._add, key.pk, at))

    def _add(self, public_id: str, at: datetime) -> None:
        with self._arrived:
            self._waiting[public_id] = at
            self._arrived.notify()
            if self._thread is None:
                # A daemon: a process that ends should not wait for it.
                self._thread = threading.Thread(target=self._run, name="im66-last-uses", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            public_id, at = self._next()
            try:
                _write(public_id, at)
            except Exception as error:
                logger.error("The last use of an API key could not be written: %s", error)
            finally:
                connection.close()

    def _next(self) -> tuple[str, datetime]:
        with self._arrived:
            self._arrived.wait_for(lambda: bool(self._waiting))
            return self._waiting.popitem()


def _write(public_id: str, at: datetime) -> None:
    # Another process may have written meanwhile.
    is_old = Q(seen_at=None) | Q(seen_at__lt=at - EVERY)
    ApiKey.objects.filter(is_old, pk=public_id).update(seen_at=at)


last_uses = LastUses()
