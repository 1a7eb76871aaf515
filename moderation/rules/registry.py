"""The active rules in this process, and how often each was applied.

They are read before an event loop accepts logins, and again as soon as the log has a change: `keep_current`
runs in the background of each event loop. If they cannot be read, the rules read last stay active.
"""

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from chat.delivery.runtime import Runtime
from moderation.models import Rule
from moderation.rules.ruleset import Ruleset, Spec

logger = logging.getLogger(__name__)

# The pause after a failed attempt to read the rules.
RETRY_SECONDS = 1.0
# Rules are also read regularly, because somebody may have changed the table directly.
CHECK_SECONDS = 60.0
HITS_SECONDS = 5.0


class Registry:
    """`rules`: the active rules, empty until they are read. Thread-safe."""

    def __init__(self) -> None:
        self.rules = Ruleset([])
        self.is_read = False
        self._hits: Counter[int] = Counter()
        self._lock = threading.Lock()

    def read(self) -> None:
        """Read the rules from the database and activate them. Raises DatabaseError."""
        rules = Ruleset(active_specs())
        for rule_id, reason in rules.broken.items():
            logger.error("Rule %s is left out: %s", rule_id, reason)
        self.rules = rules
        self.is_read = True

    def count(self, rules: Iterable[int]) -> None:
        """Count an application of these rules to a text."""
        with self._lock:
            self._hits.update(rules)

    def write_hits(self) -> None:
        """Add the counts to the table. Counts that cannot be written are kept. Raises DatabaseError."""
        with self._lock:
            hits, self._hits = self._hits, Counter()
        try:
            _add_hits(hits)
        except Exception:
            self.count(hits.elements())
            raise

    @property
    def has_hits(self) -> bool:
        return bool(self._hits)


current = Registry()


def active_specs() -> list[Spec]:
    """Return the rules that are switched on. Raises DatabaseError."""
    fields = ("pk", "pattern", "match", "effect", "scope", "group_id")
    return [
        Spec(*values) for values in Rule.objects.filter(is_active=True).order_by("pk").values_list(*fields)
    ]


def read_current() -> None:
    """Activate the stored rules in this process. Raises DatabaseError."""
    current.read()


async def keep_current(run: Runtime) -> None:
    """Reload the rules when they change, until cancelled."""
    changed = asyncio.Event()
    run.hub.on_rules.append(changed.set)
    while True:
        changed.clear()
        seconds = CHECK_SECONDS
        try:
            await run.threads.read(current.read)
        except Exception as error:
            logger.error("The rules could not be read, and will be again: %s", error)
            seconds = RETRY_SECONDS
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await changed.wait()


async def keep_writing_hits(run: Runtime) -> None:
    """Write the counts of applied rules regularly, until cancelled."""
    while True:
        await asyncio.sleep(HITS_SECONDS)
        if current.has_hits:
            try:
                await run.threads.mark(current.write_hits)
            except Exception as error:
                logger.error("The hits of rules could not be written, and will be again: %s", error)


def _add_hits(hits: Mapping[int, int]) -> None:
    now = timezone.now()
    with transaction.atomic():
        # Sorted, to avoid deadlocks with other processes that update the same rules.
        for rule_id, count in sorted(hits.items()):
            Rule.objects.filter(pk=rule_id).update(hits=F("hits") + count, last_hit_at=now)
