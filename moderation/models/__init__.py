"""Models of the desk."""

from moderation.models.announcements import Announcement
from moderation.models.audit import AuditEntry, KeyUse, LastAddress, Role
from moderation.models.counters import GroupHour, Minute, Process
from moderation.models.reports import Complaint, ReasonTemplate, Report, ReportMail, ReportNote
from moderation.models.rules import Rule

__all__ = [
    "Announcement",
    "AuditEntry",
    "Complaint",
    "GroupHour",
    "KeyUse",
    "LastAddress",
    "Minute",
    "Process",
    "ReasonTemplate",
    "Report",
    "ReportMail",
    "ReportNote",
    "Role",
    "Rule",
]
