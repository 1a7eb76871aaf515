"""API calls that report something, and those about the queue of reports."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.account_status import second_of
from accounts.api.errors import invalid
from accounts.api.fields import LARGEST_ID, MessageId, Second, TextField, Userid
from accounts.api.shapes import list_of, listed
from chat.api.base import ChatView
from chat.api.forms import PrintableText
from moderation import audit
from moderation.actions.acting import report_target, target_id
from moderation.actions.fields import GroupId, Until
from moderation.api.base import DeskView, Done, Reason, done_response, path_id
from moderation.models import AuditEntry, Complaint, ReasonTemplate, Report
from moderation.models.reports import CATEGORIES, NOTE_LENGTH, OPEN, OUTCOMES, STATES
from moderation.moderators import HANDLE_REPORTS, READ_DESK, SEE_REPORTERS
from moderation.reports import filing, notes, outcomes, queue, snapshots, targets
from moderation.reports.targets import GROUP, PARAMETER_NAMES, ReportTarget

# Fewer than in other lists, because each item has its snapshot.
DEFAULT_ITEMS, MAX_ITEMS = 20, 100
STATE_NAMES = [name for name, _ in STATES]
OUTCOME_NAMES = [name for name, _ in OUTCOMES]


class ReportedGroup(PrintableText):
    default_error_messages = {"groupid": "Not a group id."}

    def to_internal_value(self, data: Any) -> str:
        value = super().to_internal_value(data)
        if targets.parse(f"{GROUP}:{value}") is None:
            self.fail("groupid")
        return value


class NewReport(serializers.Serializer[Any]):
    """One of `message`, `user` and `group`."""

    message = MessageId(required=False)
    user = Userid(required=False)
    group = ReportedGroup(required=False)
    category = serializers.ChoiceField([name for name, _ in CATEGORIES])
    note = PrintableText(required=False, allow_blank=True, max_length=NOTE_LENGTH, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        named = [
            ReportTarget(kind, str(attrs[name])) for kind, name in PARAMETER_NAMES.items() if name in attrs
        ]
        if len(named) != 1:
            raise serializers.ValidationError({"message": "Name one: message, user or group."})
        return {**attrs, "target": str(named[0])}


class Reports(ChatView):
    @extend_schema(request=NewReport, responses={204: None})
    def post(self, request: Request) -> Response:
        """Report a message that one may read, a person, or a group that one is or was in, to the moderators.
        A second report of the same changes nothing."""
        body = self.valid_body(NewReport)
        filing.file_report(self.userid, body["target"], body["category"], body["note"], self.address)
        return Response(status=204)


class QueueQuery(serializers.Serializer[Any]):
    state = serializers.ChoiceField(STATE_NAMES, required=False, default=OPEN)
    after = serializers.IntegerField(
        required=False, min_value=1, max_value=LARGEST_ID, help_text="The last report of the page before."
    )
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_ITEMS, default=DEFAULT_ITEMS)
    category = serializers.ChoiceField([name for name, _ in CATEGORIES], required=False)
    group = GroupId(required=False, help_text="What was reported there: the group, or messages in it.")
    about = TextField(required=False, help_text="The userid of the person whom it concerns.")
    reporter = TextField(required=False, help_text="Who has reported it, for whoever may see that.")


class Resolving(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(OUTCOME_NAMES, required=False)
    outcomes = serializers.ListField(
        child=serializers.ChoiceField(OUTCOME_NAMES),
        required=False,
        max_length=len(OUTCOMES),
        help_text="Instead of `outcome`: several, all of which are done, or none.",
    )
    reason = Reason(required=False, allow_blank=True, default="", help_text="Of `resolve`, which needs one.")
    until = Until(
        required=False,
        help_text="Of the outcomes `mute` and `ban`: a second since 1970; null or none: for good.",
    )


class ReportAction(Resolving):
    action = serializers.ChoiceField(["claim", "release", "resolve", "note"])
    note = TextField(required=False, max_length=NOTE_LENGTH, help_text="Of `note`: for moderators only.")


class SeveralReports(Resolving):
    action = serializers.ChoiceField(["claim", "resolve"])
    reports = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID), min_length=1, max_length=MAX_ITEMS
    )


class ReportShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(STATE_NAMES)
    category = serializers.ChoiceField([name for name, _ in CATEGORIES], help_text="The most frequent one.")
    target = serializers.CharField(help_text="`m:<id>` of a message, `u:<userid>` or `g:<groupid>`.")
    about = serializers.CharField(help_text="The person whom it concerns; empty for a group.")
    strikes = serializers.SerializerMethodField(
        help_text="Reports about this person that were not dismissed."
    )
    count = serializers.IntegerField(help_text="How many have reported it.")
    oldest = Second(source="opened_at", help_text="When it was reported first: whole seconds since 1970.")
    latest = Second(source="last_at", help_text="When it was reported last.")
    claimed_by = serializers.CharField(help_text="Empty: nobody.")
    outcome = serializers.CharField(help_text="Empty until it is resolved; of several, the gravest.")
    outcomes_done = serializers.ListField(
        source="came_of_it", child=serializers.CharField(), help_text="All that came of it."
    )
    resolved_by = serializers.CharField()
    resolved = Second(source="resolved_at", allow_null=True, help_text="When.")
    reason = serializers.CharField(help_text="Why the outcome is what it is.")
    earlier = serializers.IntegerField(
        source="earlier_id", allow_null=True, help_text="The report before, of the same."
    )
    snapshot = serializers.JSONField(
        help_text="What was there when it was reported first. Lists leave out messages between two people."
    )

    class Meta:
        ref_name = "Report"

    def get_strikes(self, report: Report) -> int:
        strikes: dict[str, int] = self.context["strikes"]
        return strikes.get(report.about, 0)


class ComplaintShape(serializers.Serializer[Any]):
    category = serializers.ChoiceField([name for name, _ in CATEGORIES])
    note = serializers.CharField()
    time = serializers.IntegerField()
    reporter = serializers.CharField(required=False, help_text="For whoever may see it.")
    rule = serializers.IntegerField(required=False, help_text="It was a rule that has reported it.")

    class Meta:
        ref_name = "Complaint"


class NoteShape(serializers.Serializer[Any]):
    author = serializers.CharField()
    note = serializers.CharField(source="text")
    time = Second(source="at")

    class Meta:
        ref_name = "ReportNote"


class DoneToOne(Done):
    report = serializers.IntegerField()


class NotDone(serializers.Serializer[Any]):
    report = serializers.IntegerField()
    name = serializers.CharField(help_text="Of the error, as it is if one report is asked for.")
    reason = serializers.CharField()


class DoneToSeveral(serializers.Serializer[Any]):
    done = DoneToOne(many=True)
    failed = NotDone(many=True, help_text="Those to which it was not done, and why.")


class ReasonShape(serializers.Serializer[Any]):
    title = serializers.CharField()
    text = serializers.CharField()

    class Meta:
        ref_name = "ReasonTemplate"


class OtherReportShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(STATE_NAMES)
    target = serializers.CharField()
    category = serializers.CharField()
    outcome = serializers.CharField()
    oldest = Second(source="opened_at")

    class Meta:
        ref_name = "OtherReport"


class FullReport(ReportShape):
    complaints = ComplaintShape(many=True, help_text="The last ones, the latest first.")
    others = OtherReportShape(many=True, help_text="The last others of the same, or about the same person.")
    outcomes = serializers.ListField(child=serializers.CharField(), help_text="Those that fit it.")
    notes = NoteShape(
        many=True, required=False, help_text="Of moderators, the oldest first; not for those concerned."
    )

    class Meta:
        ref_name = "WholeReport"


class ReportList(serializers.Serializer[Any]):
    items = ReportShape(many=True)
    more = serializers.BooleanField(help_text="There are more.")
    after = serializers.IntegerField(
        allow_null=True, help_text="Of the next page. Of some reports only, a page may be short, or empty."
    )


class QueueView(DeskView):
    def resolve(self, report_ids: list[int], body: dict[str, Any]) -> list[AuditEntry]:
        """Resolve reports about one person with the outcomes that the body names."""
        chosen = _requested_outcomes(body)
        if not chosen:
            raise invalid("outcome", "This field is required.")
        reason, until = body["reason"], body.get("until")
        return outcomes.resolve_together(self.moderator, report_ids, chosen, reason, until)


class DeskReports(QueueView):
    @extend_schema(parameters=[QueueQuery], responses=ReportList)
    def get(self, request: Request) -> Response:
        """The reports in a state: what waits longest comes first, of resolved ones what was resolved last."""
        self.moderator.require(READ_DESK, "report.read")
        query = self.valid_query(QueueQuery)
        if "reporter" in query:
            self.moderator.require(SEE_REPORTERS, "report.read")
        only = queue.Filters(
            query.get("category", ""), query.get("group"), query.get("about", ""), query.get("reporter", "")
        )
        page = queue.report_page(query["state"], query.get("after"), query["limit"], only)
        strikes = queue.strikes_of({report.about for report in page.items})
        after = page.next_cursor or (page.items[-1].pk if page.items else None)
        items = listed([_list_item(report, strikes) for report in page.items], more=page.has_more)
        return Response({**items, "after": after if page.has_more else None})

    @extend_schema(request=SeveralReports, responses=DoneToSeveral)
    def post(self, request: Request) -> Response:
        """Claim or resolve several reports, and say of each what came of it. What is done to a person is done
        once, and is one strike, however many of the reports are about the person."""
        self.moderator.require(HANDLE_REPORTS, "report.resolve")
        body = self.valid_body(SeveralReports)
        results: dict[str, list[dict[str, Any]]] = {"done": [], "failed": []}
        for reports in self._portions(body):
            try:
                entries = self._act(reports, body)
            except Exception as error:
                # The other reports are answered all the same.
                failed = self.as_error(error)
                if failed is None:
                    raise
                why = {"name": failed.name, "reason": failed.reason}
                results["failed"] += [{"report": report, **why} for report in reports]
            else:
                results["done"] += [
                    {"report": path_id(target_id(entry)), "id": entry.log_id, "entry": entry.pk}
                    for entry in entries
                ]
        return Response(results)

    def _portions(self, body: dict[str, Any]) -> list[list[int]]:
        reports = list(dict.fromkeys(body["reports"]))
        if body["action"] == "claim":
            return [[report] for report in reports]
        return outcomes.grouped_by_person(self.moderator, reports, _requested_outcomes(body))

    def _act(self, reports: list[int], body: dict[str, Any]) -> list[AuditEntry]:
        if body["action"] == "claim":
            return [outcomes.claim(self.moderator, report) for report in reports]
        return self.resolve(reports, body)


class ReasonTemplates(DeskView):
    @extend_schema(responses=list_of(ReasonShape))
    def get(self, request: Request) -> Response:
        """The reasons to choose from, which administrators have written."""
        self.moderator.require(READ_DESK, "template.read")
        return Response(listed(ReasonTemplate.objects.values("title", "text")))


class DeskReport(QueueView):
    @extend_schema(responses=FullReport)
    def get(self, request: Request, report: str) -> Response:
        """One report, with what was said of it. Who has reported it is only for those who may see that. If it
        has messages between two people, the audit log gets a line."""
        self.moderator.require(READ_DESK, "report.read")
        row = queue.get_report(path_id(report))
        if snapshots.is_private(row.snapshot):
            audit.record(self.moderator, audit.READ, report_target(row.pk), snapshots.reason_to_read(row))
        sees = SEE_REPORTERS in self.moderator.may
        return Response(
            {
                **_representation(row, queue.strikes_of([row.about])),
                "complaints": [_complaint(complaint, sees=sees) for complaint in queue.complaints_of(row)],
                "others": OtherReportShape(queue.related_to(row), many=True).data,
                "outcomes": outcomes.possible_outcomes(row),
                **self._noted(row),
            }
        )

    def _noted(self, report: Report) -> dict[str, Any]:
        visible = notes.visible_to(self.moderator, report)
        return {} if visible is None else {"notes": NoteShape(visible, many=True).data}

    @extend_schema(request=ReportAction, responses=Done)
    def post(self, request: Request, report: str) -> Response:
        """Claim a report, release it, note something on it for other moderators, or resolve it: then what the
        outcomes say is done, and those who have reported it are told that it was dealt with."""
        return done_response(self._act(path_id(report), self.valid_body(ReportAction)))

    def _act(self, report_id: int, body: dict[str, Any]) -> AuditEntry:
        if body["action"] == "claim":
            return outcomes.claim(self.moderator, report_id)
        if body["action"] == "release":
            return outcomes.release(self.moderator, report_id)
        if body["action"] == "note":
            if "note" not in body:
                raise invalid("note", "This field is required.")
            return notes.add_note(self.moderator, report_id, body["note"])
        return self.resolve([report_id], body)[0]


def _requested_outcomes(body: dict[str, Any]) -> list[str]:
    return body.get("outcomes") or [outcome for outcome in [body.get("outcome")] if outcome]


def _representation(report: Report, strikes: dict[str, int]) -> dict[str, Any]:
    return dict(ReportShape(report, context={"strikes": strikes}).data)


def _list_item(report: Report, strikes: dict[str, int]) -> dict[str, Any]:
    fields = _representation(report, strikes)
    if snapshots.is_private(report.snapshot):
        fields["snapshot"] = {**report.snapshot, "messages": []}
    return fields


def _complaint(complaint: Complaint, *, sees: bool) -> dict[str, Any]:
    fields = {"category": complaint.category, "note": complaint.note, "time": second_of(complaint.at)}
    if complaint.rule is not None:
        return {**fields, "rule": complaint.rule}
    return {**fields, "reporter": complaint.reporter_id} if sees else fields
