"""Notes for the endpoints that want it that somebody, or a rule, has reported something."""

import json
import time
from typing import Any

from django.dispatch import receiver

from chat.signals import report_opened
from notifications.models import Delivery, Endpoint
from notifications.models.endpoints import REPORTED


@receiver(report_opened)
def note(report: dict[str, Any], **_: Any) -> None:
    """In the transaction that opens the report."""
    endpoints = [one for one in Endpoint.objects.filter(is_active=True) if one.wants(REPORTED)]
    now = time.time()
    Delivery.objects.bulk_create(
        Delivery.due_now(
            now,
            endpoint=endpoint,
            event=REPORTED,
            key=f"r:{report['id']}",
            log_id=0,
            body=json.dumps(report, ensure_ascii=False),
        )
        for endpoint in endpoints
    )
