"""Checks that the nightly backup succeeded. The alert Im66BackupOld notices one that was not made."""

from django.utils.translation import gettext_noop

from im66.doctor.findings import Fault, Findings
from keeping.backups import latest

FAILED = Fault(
    "backups.failed",
    gettext_noop("The last nightly backup failed in one of its steps."),
    gettext_noop("journalctl -u im66-daily says which; systemctl start im66-daily tries again."),
)


def look() -> Findings:
    if latest.has_failed():
        yield FAILED.finding()
