"""`manage.py hold`: puts a person or a group under a legal hold."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from im66.keeping import reporting_refusals
from im66.startup import require_tables
from keeping import legal_holds
from keeping.acting import COMMAND


class Command(BaseCommand):
    help = "Keep all of a person, or of a group, whatever else is pruned or erased."
    act = staticmethod(legal_holds.hold)
    success_text = "{target} is held: nothing of it is pruned or erased."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", help="u:<userid> or g:<id>")
        parser.add_argument("--reason", required=True, help="why, for the audit log")

    def handle(self, *, target: str, reason: str, **options: Any) -> None:
        require_tables()
        with reporting_refusals():
            self.act(COMMAND, target, reason)
        self.stdout.write(self.success_text.format(target=target))
