"""Empties the snapshots and notes of old reports. The reports themselves are kept."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Concat

from chat.services.pruning import Protected
from moderation.erasing import near
from moderation.models import Complaint, Report, ReportNote

PORTION = 100
_SAYS_NOTHING: dict[str, Any] = {}


def count(before: datetime, held: Protected) -> int:
    """Return how many reports `forget` would empty now."""
    return _old(before, held).count()


def forget(before: datetime, held: Protected) -> Iterator[int]:
    """Empty snapshots and notes of reports resolved before that time, in batches; yield each batch's size.

    `held`: people and groups under legal hold, whose reports are not emptied.
    """
    while ids := list(_old(before, held).values_list("pk", flat=True)[:PORTION]):
        with transaction.atomic():
            Complaint.objects.filter(report__in=ids).update(note="")
            ReportNote.objects.filter(report__in=ids).delete()
            yield Report.objects.filter(pk__in=ids).update(snapshot=_SAYS_NOTHING)


def is_on_hold(userid: str, held: Protected) -> bool:
    """Return whether a report under legal hold contains data about the person, or a note by them."""
    noted = Complaint.objects.filter(reporter=userid).exclude(note="").values("report")
    says = Q(pk__in=noted) | Q(pk__in=near(userid).values("pk"))
    return _placed().filter(_on_hold(held)).filter(says).exists()


def _old(before: datetime, held: Protected) -> QuerySet[Report]:
    is_noted = Exists(ReportNote.objects.filter(report=OuterRef("pk")))
    old = _placed().filter(~Q(snapshot=_SAYS_NOTHING) | is_noted, resolved_at__lt=before)
    return old.exclude(_on_hold(held)).order_by("pk")


def _placed() -> QuerySet[Report]:
    where = Coalesce(KeyTextTransform("conversation", "snapshot"), Value("", TextField()))
    return Report.objects.annotate(where=where)


def _on_hold(held: Protected) -> Q:
    name = Concat(Value("g:", TextField()), Cast("pk", TextField()))
    groups = held.groups.annotate(name=name).values("name")
    reported = Complaint.objects.filter(reporter__in=held.people).values("report")
    return Q(about__in=held.people) | Q(pk__in=reported) | Q(target__in=groups) | Q(where__in=groups)
