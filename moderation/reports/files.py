"""Tells uploads which files are evidence: those that snapshots of reports refer to."""

import json
from typing import Any

from django.dispatch import receiver

from moderation.models import Report
from uploads.names import stems_in
from uploads.signals import references_wanted


@receiver(references_wanted)
def tell_of_snapshots(stems: frozenset[str], **_: Any) -> set[str]:
    snapshots = Report.objects.values_list("snapshot", flat=True).iterator(chunk_size=500)
    return {found for snapshot in snapshots for found in stems_in(json.dumps(snapshot))}.intersection(stems)
