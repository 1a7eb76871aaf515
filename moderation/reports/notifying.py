"""Notifies moderators of new reports: by a webhook event, and by mail, which is queued in the database here
and sent by `mailing`. Neither contains anything that people wrote."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.access import Role
from chat.services.service_texts import in_both
from chat.services.service_texts import send_text as send_notice
from chat.signals import WebhookReport, report_opened
from log.models import Membership
from moderation.models import Report, ReportMail
from moderation.reports import targets
from moderation.reports.targets import GROUP


def notify_moderators(report: Report, rule: int | None) -> None:
    """Send the webhook event and queue mail about a new report, in the transaction that opens it.

    `rule`: the rule that has filed it, if any. Reports by people also notify the group's owners, if enabled.
    """
    event = WebhookReport(
        report.pk,
        report.target,
        report.about,
        report.category,
        rule,
        int(report.opened_at.timestamp()),
        url_of(report.pk),
    )
    report_opened.send(sender=None, report=event)
    if settings.IM66.report_to_owners and rule is None:
        _notify_owners(report)
    due_at = timezone.now() + timedelta(seconds=settings.IM66.report_mail_seconds)
    ReportMail.objects.bulk_create(
        ReportMail(report=report, recipient=recipient, due_at=due_at)
        for recipient in settings.IM66.report_mail
    )


def _notify_owners(report: Report) -> None:
    """Notify the owners of the group of the reported message, except its author. They receive neither the
    message nor the reporter's name."""
    target = targets.parse(report.snapshot.get("conversation", ""))
    if target is None or target.kind != GROUP:
        return
    owners = Membership.objects.current().filter(group=target.number, role=Role.OWNER)
    english, chinese = CATEGORY_NOTICES[report.category]
    name = report.snapshot["title"]
    for owner in owners.exclude(user=report.about).values_list("user_id", flat=True):
        text = in_both(
            f"A message in your group “{name}” was reported: {english}.",
            f"你的群“{name}”里有一条消息被举报：{chinese}。",
        )
        send_notice(owner, text)


# The texts for owners, in English and Chinese.
CATEGORY_NOTICES = {
    "spam": ("spam", "垃圾信息"),
    "abuse": ("insults or threats", "辱骂或威胁"),
    "sexual": ("sexual content", "色情内容"),
    "violence": ("violence", "暴力内容"),
    "illegal": ("illegal content", "违法内容"),
    "other": ("other", "其他"),
}


def url_of(report_id: int) -> str:
    """Return the URL of the report's page; empty if the operator has not set the public URL."""
    base: str = settings.IM66.public_url
    return f"{base}{reverse('admin:desk_report', args=[report_id])}" if base else ""


def url_of_queue() -> str:
    base: str = settings.IM66.public_url
    return f"{base}{reverse('admin:desk_reports')}" if base else ""
