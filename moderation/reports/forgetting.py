"""Empties the snapshots and notes of old reports. The reports themselves are kept."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Concat

from chat.services.pruning import Protected
from moderation.erasing import reports_naming
from moderation.models import Complaint, Report, ReportNote

PORTION = 100
_EMPTY_SNAPSHOT: dict[str, Any] = {}


def count_emptyable(before: datetime, held: Protected) -> int:
    """Return how many reports `empty_reports` would empty now."""
    return _emptyable(before, held).count()


def empty_reports(before: datetime, held: Protected) -> Iterator[int]:
    """Empty snapshots and notes of reports resolved before that time, in batches; yield each batch's size.

    `held`: people and groups under legal hold, whose reports are not emptied.
    """
    while ids := list(_emptyable(before, held).values_list("pk", flat=True)[:PORTION]):
        with transaction.atomic():
            Complaint.objects.filter(report__in=ids).update(note="")
            ReportNote.objects.filter(report__in=ids).delete()
            yield Report.objects.filter(pk__in=ids).update(snapshot=_EMPTY_SNAPSHOT)


def is_on_hold(userid: str, held: Protected) -> bool:
    """Return whether a report under legal hold contains data about the person, or a note by them."""
    noted = Complaint.objects.filter(reporter=userid).exclude(note="").values("report")
    says = Q(pk__in=noted) | Q(pk__in=reports_naming(userid).values("pk"))
    return _with_conversation().filter(_hold_filter(held)).filter(says).exists()


def _emptyable(before: datetime, held: Protected) -> QuerySet[Report]:
    is_noted = Exists(ReportNote.objects.filter(report=OuterRef("pk")))
    old = _with_conversation().filter(~Q(snapshot=_EMPTY_SNAPSHOT) | is_noted, resolved_at__lt=before)
    return old.exclude(_hold_filter(held)).order_by("pk")


def _with_conversation() -> QuerySet[Report]:
    where = Coalesce(KeyTextTransform("conversation", "snapshot"), Value("", TextField()))
    return Report.objects.annotate(where=where)


def _hold_filter(held: Protected) -> Q:
    name = Concat(Value("g:", TextField()), Cast("pk", TextField()))
    groups = held.groups.annotate(name=name).values("name")
    reported = Complaint.objects.filter(reporter__in=held.people).values("report")
    return Q(about__in=held.people) | Q(pk__in=reported) | Q(target__in=groups) | Q(where__in=groups)
