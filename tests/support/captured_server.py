"""`python -m tests.support.captured_server MODULE …`: manage.py, with child processes from another module."""

import sys

from im66.command_line import manage
from uploads import fork_server
from uploads.worker import tasks

if __name__ == "__main__":
    fork_server.WORKER = sys.argv.pop(1)
    # The children of that module report arbitrary texts.
    tasks.MessageTemplate = str  # type: ignore[assignment,attr-defined]
    manage()
