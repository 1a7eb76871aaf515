"""`python -m tests.support.captured_server MODULE …`: manage.py, with child processes of another module."""

import sys

from im66.command_line import manage
from uploads import fork_server
from uploads.worker import tasks

if __name__ == "__main__":
    fork_server.WORKER = sys.argv.pop(1)
    # Such a child reports in words of its own.
    tasks.MessageTemplate = str  # type: ignore[assignment,attr-defined]
    manage()
