"""What commands that keep and restore show to an operator."""

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
def progress(what: str, total: int | None) -> Iterator[Advance]:
    """A bar for so many bytes, where the output is a terminal."""
    with tqdm(total=total, desc=what, unit="B", unit_scale=True, disable=None) as bar:
        yield bar.update


@contextmanager
def counted(what: str, total: int | None) -> Iterator[Advance]:
    """A bar for so many rows."""
    with tqdm(total=total, desc=what, unit="", disable=None) as bar:
        yield bar.update


@contextmanager
def refusing() -> Iterator[None]:
    """In the block, a refusal is printed as one sentence, and an interrupted command may be resumed."""
    try:
        yield
    except MaintenanceRefused as refused:
        raise CannotStart(str(refused)) from refused
    except KeyboardInterrupt as error:
        raise CommandError("Interrupted. Run it again to do the rest.", returncode=INTERRUPTED) from error


@contextmanager
def complaining(file: Path) -> Iterator[None]:
    """In the block, an error that an operator can mend is printed as one sentence."""
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
