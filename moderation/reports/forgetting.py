"""What old reports have kept of what was said: it is forgotten, and that there was a report is not."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Concat

from chat.services.pruning import Kept
from moderation.erasing import near
from moderation.models import Complaint, Report, ReportNote

PORTION = 100
_SAYS_NOTHING: dict[str, Any] = {}


def count(before: datetime, kept: Kept) -> int:
    """How many reports `forget` would empty now."""
    return _old(before, kept).count()


def forget(before: datetime, kept: Kept) -> Iterator[int]:
    """Empty the snapshots, and the notes of those who have reported and of moderators, of reports that were
    resolved before that time. `kept`: whose reports, and of which groups, stay as they are. Yields after
    each portion how many there were."""
    while ids := list(_old(before, kept).values_list("pk", flat=True)[:PORTION]):
        with transaction.atomic():
            Complaint.objects.filter(report__in=ids).update(note="")
            ReportNote.objects.filter(report__in=ids).delete()
            yield Report.objects.filter(pk__in=ids).update(snapshot=_SAYS_NOTHING)


def is_kept(userid: str, kept: Kept) -> bool:
    """Whether reports of these people, about them, or of these groups say something of the person, or by
    them."""
    noted = Complaint.objects.filter(reporter=userid).exclude(note="").values("report")
    says = Q(pk__in=noted) | Q(pk__in=near(userid).values("pk"))
    return _placed().filter(_is_kept(kept)).filter(says).exists()


def _old(before: datetime, kept: Kept) -> QuerySet[Report]:
    is_noted = Exists(ReportNote.objects.filter(report=OuterRef("pk")))
    found = _placed().filter(~Q(snapshot=_SAYS_NOTHING) | is_noted, resolved_at__lt=before)
    return found.exclude(_is_kept(kept)).order_by("pk")


def _placed() -> QuerySet[Report]:
    where = Coalesce(KeyTextTransform("conversation", "snapshot"), Value("", TextField()))
    return Report.objects.annotate(where=where)


def _is_kept(kept: Kept) -> Q:
    name = Concat(Value("g:", TextField()), Cast("pk", TextField()))
    groups = kept.groups.annotate(name=name).values("name")
    told = Complaint.objects.filter(reporter__in=kept.people).values("report")
    return Q(about__in=kept.people) | Q(pk__in=told) | Q(target__in=groups) | Q(where__in=groups)
