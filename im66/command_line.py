"""The command lines: `im66`, with the commands that operators need, and `manage.py`, with all of Django's."""

import gc
import os
import sys
from pathlib import Path

# Modules make many objects when they are imported, and nearly all of them stay. With Python's default, the
# search for the others takes a tenth of the time until a server serves.
COLLECT_AFTER = 250_000


def im66() -> None:
    """Run `im66`. In the wheel its module has another name (pyproject.toml), so Python must be told where the
    packages are."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    _run(for_operators=True)


def manage() -> None:
    """Run `manage.py`."""
    _run(for_operators=False)


def _run(for_operators: bool) -> None:
    gc.set_threshold(COLLECT_AFTER)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "im66.settings")
    # After the threshold is set.
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
        # The system takes all memory back. To look for what could be freed first would take a third of the
        # time of most commands.
        gc.freeze()
