"""Events of the log for a terminal, in the form that webhooks have."""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from chat.readers.reader import next_rows
from log.rows import LogId
from notifications.events import EVENTS, NOT_IN_LOG
from notifications.models import Delivery, Endpoint
from notifications.notices.reading import deliveries_of
from notifications.providers.webhook import event_of
from notifications.serializing import payloads_of

# Events that rows of the log are.
LOG_EVENTS = tuple(event for event in EVENTS if event not in NOT_IN_LOG)
# The fields of an event that name people.
_PEOPLE = ("from", "by", "user")


class EventFilter(NamedTuple):
    """Which events: of these types, in these conversations as endpoints name them (empty: all), and by or
    about this person (empty: anybody). `with_text`: with what people wrote."""

    types: Collection[str] = LOG_EVENTS
    conversations: str = ""
    person: str = ""
    with_text: bool = False


class EventPage(NamedTuple):
    """Events of the next rows, of which `last` is the last; None: there are none yet."""

    last: LogId | None
    events: list[dict[str, Any]]


def events_after(after: LogId, filter_: EventFilter) -> EventPage:
    """The events of the next rows. Raises DatabaseError."""
    rows = next_rows(after)
    endpoint = Endpoint(
        events=" ".join(filter_.types), groups=filter_.conversations, with_text=filter_.with_text
    )
    deliveries = list(deliveries_of(rows, [endpoint]))
    for number, one in enumerate(deliveries):
        one.pk = number
    # Not when it is shown, which is now.
    times = {row.id: float(row.time) for row in rows}
    return EventPage(rows[-1].id if rows else None, list(_events(deliveries, times, filter_)))


def _events(
    deliveries: list[Delivery], times: dict[LogId, float], filter_: EventFilter
) -> Iterator[dict[str, Any]]:
    payloads = payloads_of(deliveries, with_text=filter_.with_text)
    for one in deliveries:
        data = payloads[one.pk]
        if data is not None and (not filter_.person or filter_.person in _people_in(data)):
            yield event_of(one.event, times[one.log_id], data)


def _people_in(data: dict[str, Any]) -> set[str]:
    named = {data[name] for name in _PEOPLE if name in data}
    return named | set(data.get("users", ())) | {str(data.get("to", ""))[2:]}
