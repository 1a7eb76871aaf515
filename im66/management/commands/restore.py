"""`manage.py restore`: restores a backup into an empty installation."""

from argparse import ArgumentParser
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from im66.keeping import megabytes, reporting_file_errors, show_byte_progress, show_row_progress
from keeping.backups.restoring import restore
from keeping.erasing import records
from keeping.erasing.background import erase_again


class Command(BaseCommand):
    help = "Restore a backup into an empty place, which need not be migrated. No server may run there."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the backup")
        parser.add_argument(
            "--erased",
            type=Path,
            metavar="LIST",
            help="erase again what the newest list of `im66 erasures` names",
        )

    def handle(self, *, file: Path, erased: Path | None, **options: Any) -> None:
        with reporting_file_errors(file):
            targets = [] if erased is None else records.read_list(erased)
            checked = restore(file, show_byte_progress, partial(erase_again, targets, show_row_progress))
        manifest, seal = checked.manifest, checked.seal
        self.stdout.write(
            f"Restored as it was at {manifest.made}: {sum(manifest.rows.values())} rows, "
            f"{seal.media_files} files of media ({megabytes(seal.media_bytes)})."
        )
        if manifest.media_elsewhere:
            self.stdout.write(f"The media are not in the backup: they were in {manifest.media_elsewhere}.")
        self.stdout.write("Browsers must log in again.")
        if erased is None:
            self.stdout.write(
                "Whoever was erased since is here again: where there is a list of `im66 erasures`, "
                "restore anew with --erased, before anybody uses this place."
            )
        else:
            self.stdout.write(f"Erased again: {len(targets)} people and messages, as far as they were here.")
