"""What moderators do and see."""

from moderation.models.addresses import LastAddress
from moderation.models.announcements import Announcement
from moderation.models.audit import AuditEntry
from moderation.models.counters import GroupHour, Minute, Process
from moderation.models.keys import KeyUse
from moderation.models.reports import Complaint, ReasonTemplate, Report, ReportMail, ReportNote
from moderation.models.role import Role
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
