"""The command lines: `im66`, with the commands that operators need, and `manage.py`, with all of Django's."""

import gc
import os
import sys
from pathlib import Path

# Imports create many objects, nearly all of which stay. With Python's default threshold, garbage collection
# takes a tenth of the start-up time.
GC_THRESHOLD = 250_000


def im66() -> None:
    """Run `im66`. In the wheel its module has another name (pyproject.toml), so the packages' folder must be
    added to sys.path."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    _run(for_operators=True)


def manage() -> None:
    """Run `manage.py`."""
    _run(for_operators=False)


def _run(for_operators: bool) -> None:
    gc.set_threshold(GC_THRESHOLD)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "im66.settings")
    # Imported after the threshold is set.
    from django.core.management import ManagementUtility

    from im66.operators import OperatorsUtility
    from im66.startup import NEED_DATABASE, complaints, require_database, require_terminal

    utility = OperatorsUtility() if for_operators else ManagementUtility(sys.argv)
    try:
        require_terminal(sys.argv[1:])
        with complaints():
            if NEED_DATABASE.intersection(sys.argv[1:2]) and not {"-h", "--help"}.intersection(sys.argv):
                require_database()
            utility.execute()
    finally:
        # Skip the garbage collection at exit, which would take a third of the time of most commands.
        gc.freeze()
