"""`manage.py movedatabase`: moves all data from SQLite to PostgreSQL."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection

from chat.delivery.cluster.installation import database_description
from im66.keeping import reporting_file_errors, reporting_refusals, show_row_progress
from im66.startup import CannotStart, require_database
from keeping.moving import moving
from keeping.unfinished import MOVED

_NEITHER = (
    "DATABASE_URL must name the PostgreSQL database to move to. There is no way from PostgreSQL to SQLite."
)


class Command(BaseCommand):
    help = (
        "Move all data from a SQLite database to the empty PostgreSQL database that DATABASE_URL names. No "
        "server may run. Interrupted, it goes on when it is run again."
    )
    # The new database has no tables yet.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", help="the SQLite database (im66.sqlite3 in IM66_DATA_DIR)")
        parser.add_argument(
            "--check", action="store_true", help="only look whether all of it can be moved; servers may run"
        )
        parser.add_argument(
            "--mend",
            action="store_true",
            help="store values that PostgreSQL refuses as nearly as it can, and name each",
        )
        parser.add_argument(
            "--reopen",
            action="store_true",
            help="give the move up: let servers use the SQLite database again",
        )

    def handle(self, *, file: str | None, check: bool, mend: bool, reopen: bool, **options: Any) -> None:
        path = Path(file) if file else settings.IM66.data_dir / "im66.sqlite3"
        with reporting_file_errors(path), reporting_refusals():
            if reopen:
                self._reopen(path)
                return
            if connection.vendor != "postgresql" or "://" in str(file):
                raise CannotStart(_NEITHER)
            require_database()
            self._check(path, mend=mend) if check else self._move(path, mend=mend)

    def _check(self, path: Path, *, mend: bool) -> None:
        rows = moving.check(path, show_row_progress, self._say, mend=mend)
        self.stdout.write(f"{path} can be moved to {database_description()}: {rows} rows.")

    def _move(self, path: Path, *, mend: bool) -> None:
        moved = moving.move(path, show_row_progress, self._say, mend=mend)
        self.stdout.write(
            f"Moved to {database_description()}: {moved.rows} rows of {moved.tables} tables, each compared "
            f"on both sides, and {moved.documents} texts of the search index. {path} is as it was, and no "
            "server serves from it any more."
        )

    def _reopen(self, path: Path) -> None:
        state = moving.reopen(path)
        written = "What was written to PostgreSQL since is not in it." if state == MOVED else ""
        self.stdout.write(f"Servers may use {path} again. {written}".rstrip())

    def _say(self, line: str) -> None:
        encoding = sys.stderr.encoding or "utf-8"
        self.stderr.write(line.encode(encoding, "backslashreplace").decode(encoding))
