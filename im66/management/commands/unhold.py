"""`manage.py unhold`: ends a legal hold."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from im66.keeping import refusing
from im66.startup import require_tables
from keeping import legal_holds
from keeping.acting import COMMAND


class Command(BaseCommand):
    help = "End a legal hold: what it kept goes when something is pruned the next time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", help="u:<userid> or g:<id>")
        parser.add_argument("--reason", required=True, help="why, for the audit log")

    def handle(self, *, target: str, reason: str, **options: Any) -> None:
        require_tables()
        with refusing():
            legal_holds.lift(COMMAND, target, reason)
        self.stdout.write(f"{target} is no longer held.")
