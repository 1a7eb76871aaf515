"""Notifies a group's owners and admins of requests to join, in the transaction of the request."""

import time
from collections.abc import Iterator
from typing import Any

from django.dispatch import receiver

from accounts.models import User
from groups.selectors import join_request_counts, managers_of, names_of
from groups.signals import join_requested
from log.models import Bot, Conversation
from log.rows import conversation_name
from notifications.events import JOIN_REQUESTED, EventScope
from notifications.models import Delivery, Endpoint
from notifications.notices.due import quiet_ends
from notifications.payloads import WebhookJoinRequest, body_of
from notifications.providers import all_providers


@receiver(join_requested)
def note_request(group_id: int, userid: str, **_: Any) -> None:
    now, managers = time.time(), _managers_of(group_id)
    deliveries = [
        *_push_deliveries(group_id, managers, now),
        *_endpoint_deliveries(group_id, userid, managers, now),
    ]
    ends = quiet_ends(managers, now) if deliveries else {}
    for delivery in deliveries:
        delivery.due_at = ends.get(delivery.key, now)
    Delivery.objects.bulk_create(deliveries)


def _managers_of(group_id: int) -> list[str]:
    """Return the group's owners and admins who have not turned off its notifications."""
    managers = managers_of(group_id)
    muted = Conversation.objects.filter(group=group_id, user__in=managers, muted=True).values("user")
    people = User.objects.filter(pk__in=managers, is_active=True).exclude(pk__in=muted)
    return list(people.exclude(pk__in=Bot.objects.values("pk")).values_list("pk", flat=True))


def _push_deliveries(group_id: int, managers: list[str], now: float) -> Iterator[Delivery]:
    for provider in all_providers():
        if not provider.is_in_lanes:
            continue
        for target in provider.targets(managers):
            fields = {"lane": target.lane, "body": str(group_id), **provider.delivery_fields(target.id)}
            yield Delivery.due_now(now, event=JOIN_REQUESTED, key=target.userid, log_id=0, **fields)


def _endpoint_deliveries(group_id: int, by: str, managers: list[str], now: float) -> Iterator[Delivery]:
    conversation = conversation_name(group_id)
    active = Endpoint.objects.filter(is_active=True)
    wanting = [endpoint for endpoint in active if endpoint.wants(JOIN_REQUESTED)]
    endpoints = [endpoint for endpoint in wanting if endpoint.is_about(EventScope(conversation, group_id))]
    if not endpoints:
        return
    title, count = names_of([group_id])[group_id][0], join_request_counts([group_id])[group_id]
    for userid in managers:
        join_request = WebhookJoinRequest(
            user=userid, conversation=conversation, title=title, by=by, count=count, time=int(now)
        )
        body = body_of(join_request, f"{group_id}-{int(now * 1000)}-{userid}")
        for endpoint in endpoints:
            yield Delivery.due_now(
                now, endpoint=endpoint, event=JOIN_REQUESTED, key=userid, log_id=0, body=body
            )
