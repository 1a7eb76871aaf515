"""`manage.py prunemedia`: removes media that no message, avatar or group refers to."""

from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from tqdm import tqdm

from uploads import pruning
from uploads.documents import documents

GRACE_DAYS = 30


class Command(BaseCommand):
    help = "Remove media that no message, avatar or group refers to. It may run while the server does."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--grace-days",
            type=float,
            default=GRACE_DAYS,
            help=f"keep what was uploaded so recently, for it may be about to be sent ({GRACE_DAYS})",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")

    def handle(self, *, grace_days: float, dry_run: bool, **options: Any) -> None:
        before = timezone.now() - timedelta(days=grace_days)
        unused = pruning.unused_names(before, _progress("messages read"))
        if dry_run:
            for name in unused:
                self.stdout.write(name)
            self.stdout.write(f"{len(unused)} files would be removed.")
            return
        rows = _progress("files removed")(unused, len(unused))
        removed = sum(pruning.remove(name, before) for name in rows)
        pruning.remove_abandoned(before)
        documents.sweep()
        pruning.forget_failures(before)
        self.stdout.write(f"{removed} files removed.")


def _progress(what: str) -> Any:
    def show(rows: Iterable[Any], total: int) -> Iterable[Any]:
        # disable=None: no progress bar where the output is not a terminal.
        return tqdm(rows, total=total, desc=what, unit="", disable=None)

    return show
