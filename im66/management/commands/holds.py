"""`manage.py holds`: what is under a legal hold."""

from typing import Any

from django.core.management.base import BaseCommand

from im66.startup import require_tables
from keeping.legal_holds import holds, target_of


class Command(BaseCommand):
    help = "List what is under a legal hold: one a line, with when, by whom and why."

    def handle(self, **options: Any) -> None:
        require_tables()
        for one in holds():
            made = one.made_at.isoformat(timespec="seconds")
            self.stdout.write("\t".join([target_of(one), made, one.made_by, " ".join(one.reason.split())]))
