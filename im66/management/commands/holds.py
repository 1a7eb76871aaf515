"""`manage.py holds`: lists the legal holds."""

from typing import Any

from django.core.management.base import BaseCommand

from im66.startup import require_tables
from keeping.legal_holds import holds, target_of


class Command(BaseCommand):
    help = "List what is under a legal hold: one a line, with when, by whom and why."

    def handle(self, **options: Any) -> None:
        require_tables()
        for hold in holds():
            made = hold.made_at.isoformat(timespec="seconds")
            reason = " ".join(hold.reason.split())
            self.stdout.write("\t".join([target_of(hold), made, hold.made_by, reason]))
