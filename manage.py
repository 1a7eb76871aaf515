#!/usr/bin/env python
"""The command line of im66: every command of Django's and its own."""

import gc
import os
import sys

# Modules make many objects when they are imported, and nearly all of them stay. With Python's default, the
# search for the others takes a tenth of the time until a server serves.
COLLECT_AFTER = 250_000


def main() -> None:
    gc.set_threshold(COLLECT_AFTER)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "im66.settings")
    from django.core.management import execute_from_command_line

    from im66.startup import NEED_DATABASE, complaints, require_database

    try:
        with complaints():
            if NEED_DATABASE.intersection(sys.argv[1:2]) and not {"-h", "--help"}.intersection(sys.argv):
                require_database()
            execute_from_command_line(sys.argv)
    finally:
        # The system takes all memory back. To look for what could be freed first would take a third of the
        # time of most commands.
        gc.freeze()


if __name__ == "__main__":
    main()
