"""`manage.py backup`: one file with the database and the media."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from im66 import __version__
from im66.keeping import megabytes, reporting_file_errors, show_byte_progress
from im66.startup import require_database
from keeping.backups import making
from keeping.backups.checking import Checked


class Command(BaseCommand):
    help = "Write the database and the media into one file. It may run while the server does."
    # A backup must be possible after an upgrade, before the database is migrated.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the file, which must not be there")
        parser.add_argument("--verify", action="store_true", help="only read a backup through that is there")

    def handle(self, *, file: Path, verify: bool, **options: Any) -> None:
        with reporting_file_errors(file):
            checked = self._verify(file) if verify else self._back_up(file)
        self.stdout.write(_summary(file, checked))

    def _verify(self, path: Path) -> Checked:
        with path.open("rb") as file:
            return making.verify(file, path.stat().st_size, show_byte_progress)

    def _back_up(self, path: Path) -> Checked:
        require_database()
        return making.back_up(path, __version__, show_byte_progress)


def _summary(file: Path, checked: Checked) -> str:
    manifest, seal = checked.manifest, checked.seal
    rows = sum(manifest.rows.values())
    media = f"{seal.media_files} files of media ({megabytes(seal.media_bytes)})"
    if manifest.media_elsewhere:
        media = f"no media, which are in {manifest.media_elsewhere}"
    return (
        f"{file} is whole: im66 {manifest.version}, {manifest.made}, {rows} rows "
        f"({megabytes(manifest.database_bytes)}), and {media}."
    )
