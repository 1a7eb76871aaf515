"""`manage.py syncusers`: creates and changes people as a file describes them."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from im66.keeping import reporting_file_errors
from im66.startup import require_tables
from keeping.acting import COMMAND
from keeping.people.decoding import Problem
from keeping.people.files import parse_lines
from keeping.people.syncing import RESULTS, SyncOutcome, sync

# Further errors are only counted.
MAX_LISTED = 100


class Command(BaseCommand):
    help = (
        "Make and change people as a file says: CSV whose first line has the names of columns, or lines of "
        "JSON. It may run while the server does, and may be run again. A wrong line does not stop the others."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="store nothing, and say what would be")

    def handle(self, *, file: Path, dry_run: bool, **options: Any) -> None:
        require_tables()
        with reporting_file_errors(file):
            counts = self._sync(file, dry_run=dry_run)
        done = ", ".join(f"{counts[result]} {result}" for result in RESULTS)
        self.stdout.write(f"{done}, {counts['']} wrong.{' Nothing was stored.' if dry_run else ''}")
        if counts[""]:
            raise CommandError(f"{counts['']} lines were wrong.")

    def _sync(self, file: Path, *, dry_run: bool) -> Counter[str]:
        counts: Counter[str] = Counter()
        # The numbers of the lines that were read, but are not processed yet.
        numbers: list[int] = []

        def descriptions(source: BinaryIO, bar: "tqdm[Any]") -> Iterator[Any]:
            for line in parse_lines(_with_progress(source, bar)):
                numbers.append(line.number)
                yield line.parsed

        size = file.stat().st_size
        with (
            file.open("rb") as source,
            closing(tqdm(total=size, unit="B", unit_scale=True, disable=None)) as bar,
        ):
            for outcomes in sync(descriptions(source, bar), COMMAND, dry_run=dry_run):
                for number, outcome in zip(numbers, outcomes, strict=True):
                    counts[outcome.result] += 1
                    if outcome.problem and counts[""] <= MAX_LISTED:
                        with bar.external_write_mode():
                            self.stderr.write(_problem_line(number, outcome, outcome.problem))
                numbers.clear()
        return counts


def _with_progress(source: BinaryIO, bar: "tqdm[Any]") -> Iterator[bytes]:
    for line in source:
        bar.update(len(line))
        yield line


def _problem_line(number: int, outcome: SyncOutcome, problem: Problem) -> str:
    who = f" ({outcome.userid})" if outcome.userid else ""
    field = f"{problem.field}: " if problem.field else ""
    return f"Line {number}{who}: {field}{problem.reason}"
