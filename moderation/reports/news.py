"""Tells moderators of new reports: by an event for webhooks, and by mail, which is noted in the database here
and sent by `mailing`. Neither holds anything that people wrote."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from chat.signals import report_opened
from moderation.models import Report, ReportMail


def tell(report: Report, rule: int | None) -> None:
    """Call it in the transaction in which the report is opened. `rule`: the one that has reported it."""
    told = {
        "id": report.pk,
        "target": report.target,
        "about": report.about,
        "category": report.category,
        "rule": rule,
        "opened": int(report.opened_at.timestamp()),
        "url": url_of(report.pk),
    }
    report_opened.send(sender=None, report=told)
    due_at = timezone.now() + timedelta(seconds=settings.IM66.report_mail_seconds)
    ReportMail.objects.bulk_create(
        ReportMail(report=report, recipient=recipient, due_at=due_at)
        for recipient in settings.IM66.report_mail
    )


def url_of(report_id: int) -> str:
    """The report's page at the desk; empty if the operator has not said where the site is."""
    base: str = settings.IM66.public_url
    return f"{base}{reverse('admin:desk_report', args=[report_id])}" if base else ""


def url_of_queue() -> str:
    base: str = settings.IM66.public_url
    return f"{base}{reverse('admin:desk_reports')}" if base else ""
