"""Progress bars and error messages of the commands of `keeping`."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management.base import CommandError
from django.db import Error as AnyDatabaseError
from tqdm import tqdm

from im66.startup import INTERRUPTED, CannotStart
from keeping.backups.progress import Advance
from keeping.errors import MaintenanceRefused


@contextmanager
def show_byte_progress(what: str, total: int | None) -> Iterator[Advance]:
    """Show a progress bar for `total` bytes, if the output is a terminal."""
    with tqdm(total=total, desc=what, unit="B", unit_scale=True, disable=None) as bar:
        yield bar.update


@contextmanager
def show_row_progress(what: str, total: int | None) -> Iterator[Advance]:
    """Show a progress bar for `total` rows, if the output is a terminal."""
    with tqdm(total=total, desc=what, unit="", disable=None) as bar:
        yield bar.update


@contextmanager
def reporting_refusals() -> Iterator[None]:
    """Report a MaintenanceRefused of the block as one sentence, and tell how to resume after Ctrl-C."""
    try:
        yield
    except MaintenanceRefused as refused:
        raise CannotStart(str(refused)) from refused
    except KeyboardInterrupt as error:
        raise CommandError("Interrupted. Run it again to do the rest.", returncode=INTERRUPTED) from error


@contextmanager
def reporting_file_errors(file: Path) -> Iterator[None]:
    """Report an error of the block that an operator can fix as one sentence, with the file's name."""
    try:
        yield
    except MaintenanceRefused as refused:
        raise CannotStart(f"{file}: {refused}") from refused
    except (sqlite3.Error, AnyDatabaseError) as error:
        first_line = str(error).partition("\n")[0].rstrip(".")
        raise CannotStart(f"{file}: the database cannot be used: {first_line}.") from error
    except OSError as error:
        name = error.filename or file
        raise CannotStart(f"{name} cannot be used: {error.strerror or error}.") from error
    except KeyboardInterrupt as error:
        raise CommandError("Interrupted.", returncode=INTERRUPTED) from error


def megabytes(size: int) -> str:
    return f"{size / 10**6:.1f} MB"
