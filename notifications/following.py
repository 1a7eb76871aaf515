"""Reads events of the log for a terminal, in the form of webhooks."""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from chat.readers.reader import next_rows
from log.rows import LogId
from notifications.events import EVENTS, NOT_IN_LOG
from notifications.models import Delivery, Endpoint
from notifications.notices.reading import deliveries_of
from notifications.providers.webhook import event_of
from notifications.serializing import payloads_of

# Events with a row in the log.
LOG_EVENTS = tuple(event for event in EVENTS if event not in NOT_IN_LOG)
# The fields of an event that name people.
_PEOPLE = ("from", "by", "user")


class EventFilter(NamedTuple):
    """`types`: the types of events. `conversations`: as an endpoint names them; empty: all. `person`: only
    events by or about this person; empty: anybody. `with_text`: include the texts of messages."""

    types: Collection[str] = LOG_EVENTS
    conversations: str = ""
    person: str = ""
    with_text: bool = False


class EventPage(NamedTuple):
    """The events of some rows. `last`: the id of the last of these rows; None: there are no new rows."""

    last: LogId | None
    events: list[dict[str, Any]]


def events_after(after: LogId, filter_: EventFilter) -> EventPage:
    """Return the events of the next rows after this id. Raises DatabaseError."""
    rows = next_rows(after)
    endpoint = Endpoint(
        events=" ".join(filter_.types), groups=filter_.conversations, with_text=filter_.with_text
    )
    deliveries = list(deliveries_of(rows, [endpoint]))
    for number, delivery in enumerate(deliveries):
        delivery.pk = number
    # The time of the event, not of the delivery, which is now.
    times = {row.id: float(row.time) for row in rows}
    return EventPage(rows[-1].id if rows else None, list(_events(deliveries, times, filter_)))


def _events(
    deliveries: list[Delivery], times: dict[LogId, float], filter_: EventFilter
) -> Iterator[dict[str, Any]]:
    payloads = payloads_of(deliveries, with_text=filter_.with_text)
    for delivery in deliveries:
        data = payloads[delivery.pk]
        if data is not None and (not filter_.person or filter_.person in _people_in(data)):
            yield event_of(delivery.event, times[delivery.log_id], data)


def _people_in(data: dict[str, Any]) -> set[str]:
    named = {data[name] for name in _PEOPLE if name in data}
    return named | set(data.get("users", ())) | {str(data.get("to", ""))[2:]}
