"""Sends events of the log to an endpoint again, from a position on: some rows at a time, and no more than the
endpoint accepts. The position is stored with the deliveries, so another process can continue."""

from chat.readers.reader import cursor_of, next_rows
from log.rows import LogId
from notifications import lease
from notifications.models import Delivery, Endpoint
from notifications.notices.reading import NAME, deliveries_of

# A replay pauses while this many deliveries of the endpoint wait.
MAX_WAITING = 1000


def begin_replay(endpoint_id: int, after: LogId, upto: LogId | None = None) -> None:
    """Begin a replay of the rows after `after`, up to `upto` or to the last row that was already processed.
    It replaces a running replay."""
    position = cursor_of(NAME)
    last = position if upto is None else min(upto, position)
    Endpoint.objects.filter(pk=endpoint_id).update(replay_after=after, replay_upto=last)


def stop_replay(endpoint_id: int) -> None:
    """Stop the replay. Deliveries that are already stored are still sent."""
    Endpoint.objects.filter(pk=endpoint_id).update(replay_after=None)


def replay_portions(holder: str) -> bool:
    """Store the next deliveries of each running replay. Return whether there were any rows. Raises
    lease.LeaseLost."""
    replaying = Endpoint.objects.filter(is_active=True, replay_after__isnull=False)
    return sum(_replay_portion(endpoint, holder) for endpoint in replaying) > 0


def _replay_portion(endpoint: Endpoint, holder: str) -> bool:
    after, upto = endpoint.replay_after, endpoint.replay_upto
    waiting = Delivery.objects.filter(endpoint=endpoint, is_dead=False)
    if after is None or waiting[:MAX_WAITING].count() == MAX_WAITING:
        return False
    rows = [row for row in next_rows(after) if row.id <= upto]
    made = list(deliveries_of(rows, [endpoint]))
    is_over = not rows or rows[-1].id == upto
    with lease.fenced(holder):
        stored = Endpoint.objects.filter(pk=endpoint.pk, replay_after=after, replay_upto=upto)
        if stored.update(replay_after=None if is_over else rows[-1].id):
            Delivery.objects.bulk_create(made)
    return bool(rows)
