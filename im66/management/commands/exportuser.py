"""`manage.py exportuser`: exports a person's data."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from im66 import __version__
from im66.keeping import megabytes, reporting_file_errors, show_row_progress
from im66.startup import require_database, require_tables
from keeping.exporting.making import export


class Command(BaseCommand):
    help = (
        "Write what is kept of a person, and what the person may read, into a ZIP for the person. "
        "It may run while the server does."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("userid", help="whose data")
        parser.add_argument("file", type=Path, help="the file, which must not be there")
        languages = [code for code, _ in settings.LANGUAGES]
        default = settings.IM66.legacy_language
        parser.add_argument(
            "--language", choices=languages, default=default, help=f"of its pages ({default})"
        )
        parser.add_argument(
            "--time-zone", default="UTC", metavar="ZONE", help="of the times on its pages, as Asia/Shanghai"
        )

        parser.add_argument(
            "--reason", default="asked for by the person", help="why; the audit log keeps it (%(default)s)"
        )

    def handle(
        self, *, userid: str, file: Path, language: str, time_zone: str, reason: str, **options: Any
    ) -> None:
        with reporting_file_errors(file), translation.override(language), timezone.override(_zone(time_zone)):
            require_database()
            require_tables()
            done = export(userid, file, __version__, show_row_progress, reason)
        self.stdout.write(
            f"{file}: {done.messages} messages in {done.conversations} conversations, "
            f"and {done.files} files ({megabytes(done.bytes)})."
        )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CommandError(f"There is no time zone {name!r}.") from error
