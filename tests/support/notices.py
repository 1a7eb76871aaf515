"""Stores notices without a server."""

import json
import time
from collections.abc import Sequence
from typing import Any

from chat.readers.reader import step
from log.appending import Draft, append
from log.rows import LogId, Recipient
from notifications import pushing
from notifications.exchange import OutgoingRequest
from notifications.models import Delivery, Endpoint, PushDevice
from notifications.notices.due import store_due
from notifications.notices.reading import Notices
from notifications.providers.web_push import WebPush
from notifications.providers.webhook import endpoint_provider

HOLDER = "this process"
# Later than any message of a test is due.
LATER_SECONDS = 40.0


def write(sender: str, to: Recipient, text: str = "hello") -> LogId:
    return append([Draft("text", sender, to, text, "")]).batch.last


def catch_up() -> None:
    """Let the reader read the whole log."""
    reader = Notices()
    cursor = None
    while (now := step(reader)) != cursor:
        cursor = now


def look_later(seconds: float = LATER_SECONDS) -> None:
    """Store the notices that are due in this many seconds."""
    catch_up()
    while store_due(HOLDER, time.time() + seconds):
        pass


def subscribe(userid: str, url: str, **fields: Any) -> PushDevice:
    """Register the browser of this URL for the person."""
    device = pushing.NewDevice(WebPush.name, url, WebPush().host_for("", url), **fields)
    return pushing.register(userid, pushing.digest_of(WebPush.name, "", url), device)


def notices() -> list[tuple[str, list[tuple[str, int, int]]]]:
    """Return all stored notices in their order: the person, and each conversation with the number of messages
    and the last one."""
    deliveries = Delivery.objects.filter(endpoint__isnull=False, event="notice.due").order_by("id")
    return [
        (one.key, [(event["conversation"], event["count"], event["last"]) for event in json.loads(one.body)])
        for one in deliveries
    ]


def requests_for(endpoint: Endpoint, deliveries: Sequence[Delivery]) -> dict[int, OutgoingRequest | None]:
    """Return the request for each delivery by its id."""
    return endpoint_provider(endpoint).requests_to(endpoint, deliveries)
