"""Stores deliveries of events without a row in the log, in the transaction of the event."""

import time
from collections.abc import Mapping
from typing import Any

from django.dispatch import receiver
from msgspec import Struct

from chat.services.cards import Press
from chat.signals import WebhookAction, WebhookReport, moderated, report_opened
from log.rows import conversation_name
from notifications.events import MODERATED, PRESENCE, PRESSED, REPORTED, EventScope, scope_between
from notifications.models import Delivery, Endpoint
from notifications.payloads import WebhookPresence, WebhookPress, body_of

# The prefixes of the audit log's actions that are moderation decisions.
_DECISIONS = ("person.", "people.", "group.", "message.", "rule.", "report.", "user.")


@receiver(report_opened)
def note_report(report: WebhookReport, **_: Any) -> None:
    _note(REPORTED, f"r:{report.id}", report)


@receiver(moderated)
def note_action(line: WebhookAction, **_: Any) -> None:
    if line.action.startswith(_DECISIONS):
        _note(MODERATED, line.target or "people", line)


def note_press(press: Press) -> bool:
    """Store deliveries of the pressed button. Return whether any endpoint gets one."""
    scope = scope_between(press.userid, press.to)
    event = WebhookPress(
        id=press.id,
        sender=press.userid,
        to=conversation_name(press.to),
        message=press.message,
        author=press.author,
        action=press.action,
        time=int(time.time()),
    )
    return _note(PRESSED, scope.key, event, scope)


def _note(event: str, key: str, struct: Struct, scope: EventScope | None = None) -> bool:
    """Store a delivery for each endpoint that wants the event. Return whether there is any."""
    now, body = time.time(), body_of(struct)
    made = [
        Delivery.due_now(now, endpoint=endpoint, event=event, key=key, log_id=0, body=body)
        for endpoint in Endpoint.objects.filter(is_active=True)
        if endpoint.wants(event) and (scope is None or endpoint.is_about(scope))
    ]
    Delivery.objects.bulk_create(made)
    return bool(made)


def has_presence_endpoint() -> bool:
    return any(endpoint.wants(PRESENCE) for endpoint in Endpoint.objects.filter(is_active=True))


def note_presence(changes: Mapping[str, bool], now: float) -> None:
    """Store deliveries of people who came online (True) or went offline (False). They replace waiting
    deliveries of earlier changes of the same people."""
    endpoints = [endpoint for endpoint in Endpoint.objects.filter(is_active=True) if endpoint.wants(PRESENCE)]
    keys = {userid: f"p:{userid}" for userid in changes}
    waiting = Delivery.objects.filter(endpoint__in=endpoints, event=PRESENCE, is_dead=False)
    waiting.filter(key__in=keys.values()).delete()
    Delivery.objects.bulk_create(
        Delivery.due_now(
            now,
            endpoint=endpoint,
            event=PRESENCE,
            key=keys[userid],
            log_id=0,
            body=_presence_body(userid, is_on, now),
        )
        for endpoint in endpoints
        for userid, is_on in changes.items()
    )


def _presence_body(userid: str, is_online: bool, now: float) -> str:
    presence = WebhookPresence(user=userid, online=is_online, time=int(now))
    return body_of(presence, f"{userid}-{int(now * 1000)}")
