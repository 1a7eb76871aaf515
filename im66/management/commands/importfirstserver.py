"""`manage.py importfirstserver`: imports the data of the first server."""

from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from firstserver.errors import CannotImport
from firstserver.importing import import_everything
from im66.startup import INTERRUPTED, CannotStart, require_tables


class Command(BaseCommand):
    help = "Import the people, groups and waiting messages of the first server. Both servers must be stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("redis", help="the first server's Redis: redis://HOST:PORT/1")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be imported")

    def handle(self, *, redis: str, dry_run: bool, **options: Any) -> None:
        require_tables()
        try:
            import_everything(redis, dry_run=dry_run, write_line=self._say, track=_track)
        except CannotImport as error:
            raise CannotStart(str(error)) from error
        except KeyboardInterrupt as error:
            raise CommandError(
                "Interrupted. Run it again: it says what is left to do.", returncode=INTERRUPTED
            ) from error

    def _say(self, line: str) -> None:
        # An import must not fail because an example has characters that the terminal cannot show.
        encoding = self.stdout.encoding or "utf-8"
        self.stdout.write(line.encode(encoding, "backslashreplace").decode(encoding))


def _track(rows: Iterable[Any], total: int, what: str) -> Iterable[Any]:
    # disable=None: no progress bar where the output is not a terminal.
    return tqdm(rows, total=total, desc=what, unit="", disable=None)
