"""`manage.py prune`: removes data that is older than its retention period."""

import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chat.services.pruning import ELSEWHERE
from im66.keeping import reporting_refusals, show_row_progress
from im66.startup import require_tables
from keeping.acting import COMMAND
from keeping.pruning import removing
from keeping.pruning.planning import PruneRequest, PruningPlan, plan
from moderation.actions.fields import MAX_RETENTION_DAYS


class Command(BaseCommand):
    help = (
        "Remove messages that are older than they are to be kept, and files that nothing refers to any more. "
        "It may run while the server does. What is under a legal hold stays."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--keep-days",
            type=_days,
            help="the retention period of messages without one of their own; by default, these are kept",
        )
        parser.add_argument("--group", type=int, help="only the messages of the group with this id")
        parser.add_argument(
            "--reports", action="store_true", help="also forget what was said in reports that were resolved"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")

    def handle(
        self, *, keep_days: int | None, group: int | None, reports: bool, dry_run: bool, **options: Any
    ) -> None:
        if reports and keep_days is None:
            raise CommandError("--reports needs --keep-days: for so long reports remember what was said.")
        require_tables()
        now = time.time()
        with reporting_refusals():
            planned = plan(PruneRequest(keep_days, group), now)
            (self._report if dry_run else self._remove)(planned, now)
            if reports and keep_days is not None:
                self._forget(keep_days, now, dry_run=dry_run)
        if planned.held_back:
            upto, who = planned.held_back
            self.stdout.write(f"What comes after row {upto} stays for now: it is needed by {who}.")

    def _report(self, planned: PruningPlan, now: float) -> None:
        self._list(removing.count(planned), "rows would be removed.")

    def _remove(self, planned: PruningPlan, now: float) -> None:
        removed = removing.remove(planned, COMMAND, now, show_row_progress)
        self._list(removed.rows, "rows removed.")
        self.stdout.write(f"{removed.files} files removed.")

    def _list(self, rows: Mapping[int, int], what: str) -> None:
        """Print the counts. Groups without old rows are left out, because there may be thousands of them."""
        for place, count in rows.items():
            if count or place == ELSEWHERE or len(rows) == 1:
                self.stdout.write(f"{'The log' if place == ELSEWHERE else f'Group {place}'}: {count} {what}")

    def _forget(self, keep_days: int, now: float, *, dry_run: bool) -> None:
        if dry_run:
            count = removing.count_reports(keep_days, now)
            self.stdout.write(f"{count} reports would forget what was said.")
        else:
            count = removing.forget_reports(keep_days, COMMAND, now)
            self.stdout.write(f"{count} reports have forgotten what was said.")


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_RETENTION_DAYS):
        raise ArgumentTypeError(f"a whole number from 1 to {MAX_RETENTION_DAYS}")
    return int(text)
