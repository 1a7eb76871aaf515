"""Erases a person or a message from reports. The reports themselves and the audit log are kept."""

import json
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from log.rows import LogId
from moderation.models import Complaint, LastAddress, Report, ReportNote
from uploads.names import stems_in


def stems_in_snapshots(userid: str) -> set[str]:
    """Return the files referred to in the person's profile and messages in snapshots."""
    parts = (part for report in reports_naming(userid) for part in _parts_about(report.snapshot, userid))
    return {stem for part in parts for text in _texts(part) for stem in stems_in(text)}


def blank_message(id_: LogId) -> None:
    """Blank the message's content in all snapshots."""
    with transaction.atomic():
        for report in _reports_containing(f'"id": {id_}').select_for_update():
            for message in report.snapshot.get("messages", ()):
                if message["id"] == id_:
                    message["content"] = ""
            report.save(update_fields=["snapshot"])


def erase_person(userid: str) -> None:
    """Erase the person from reports and last addresses. Safe to repeat."""
    # Notes of others on these reports may quote or identify the person.
    about = Report.objects.filter(about=userid)
    ReportNote.objects.filter(report__in=about).delete()
    Complaint.objects.filter(report__in=about).exclude(note="").update(note="")
    about.exclude(reason="").update(reason="")
    for pk in list(reports_naming(userid).values_list("pk", flat=True)):
        _blank_person(pk, userid)
    Complaint.objects.filter(reporter=userid).exclude(note="").update(note="")
    LastAddress.objects.filter(user=userid).delete()


def _blank_person(pk: int, userid: str) -> None:
    with transaction.atomic():
        report = Report.objects.select_for_update().get(pk=pk)
        for part in _parts_about(report.snapshot, userid):
            part.update(dict.fromkeys(_PERSONAL_FIELDS.intersection(part), ""))
        report.save(update_fields=["snapshot"])


# The fields of a snapshot's person or message that are personal.
_PERSONAL_FIELDS = {"nickname", "avatar", "name", "content"}


def _parts_about(snapshot: dict[str, Any], userid: str) -> Iterator[dict[str, Any]]:
    """Yield the snapshot's profile of the person, and each of their messages."""
    if snapshot.get("person", {}).get("userid") == userid:
        yield snapshot["person"]
    yield from (message for message in snapshot.get("messages", ()) if message["from"] == userid)


def _texts(part: dict[str, Any]) -> Iterator[str]:
    return (str(part[field]) for field in _PERSONAL_FIELDS.intersection(part))


def reports_naming(userid: str) -> QuerySet[Report]:
    """Return the reports whose snapshots contain the person's userid."""
    # JSON is stored with escapes by one database, without by the other.
    return _reports_containing(json.dumps(userid), json.dumps(userid, ensure_ascii=False))


def _reports_containing(*texts: str) -> QuerySet[Report]:
    # No index supports this. Erasing is rare.
    is_near = Q()
    for text in texts:
        is_near |= Q(text__contains=text)
    return Report.objects.annotate(text=Cast("snapshot", TextField())).filter(is_near).order_by("pk")
