"""`serve --processes`: the number of processes, and the supervisor that starts them."""

import logging
import os
import re
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from django.conf import settings
from django.db import connection

from im66.environment import PROCESSES as PROCESSES_PATTERN
from im66.environment import variable
from im66.startup import listener
from server import supervisor
from server.supervisor.plan import BACKLOG, Plan

logger = logging.getLogger(__name__)

AUTO = "auto"
PROCESSES = re.compile(PROCESSES_PATTERN)

# The longest shutdown, without IM66_DRAIN_SECONDS: docs/monitoring.md.
STOP_SECONDS = 45.0
MAX_SILENT_SECONDS = 30.0
# In CPU time: no step of a healthy event loop takes this long.
MAX_HUNG_SECONDS = 3.0
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def process_count(requested: str) -> int:
    """Return the number of serving processes. Log the reason if it is lower than requested."""
    number = _processors() if requested == AUTO else int(requested)
    if number > 1 and connection.vendor == "sqlite":
        logger.warning("One process serves: several need PostgreSQL (docs/scaling.md), and this is SQLite.")
        return 1
    if number > 1 and not settings.IM66.redis_url:
        if requested == AUTO:
            logger.warning("One process serves: several need REDIS_URL (docs/scaling.md).")
            return 1
        logger.warning(
            "Without REDIS_URL, messages between processes arrive up to %g seconds late.",
            settings.IM66.poll_seconds,
        )
    return number


def supervise(host: str, port: int, processes: int) -> NoReturn:
    """Replace this process by the supervisor of this number of processes. Raises CannotStart."""
    serving = listener(host, port)
    serving.listen(BACKLOG)
    metrics_port = settings.IM66.metrics_port
    figures = listener(settings.IM66.metrics_host, metrics_port) if metrics_port else None
    for sock in (serving, figures):
        if sock:
            sock.set_inheritable(True)
    folder = os.environ.get("RUNTIME_DIRECTORY", "").partition(":")[0] or tempfile.mkdtemp(prefix="im66-")

    # All processes share the processors.
    jobs = max(1, settings.IM66.media_jobs // processes)
    os.environ.setdefault(variable("media_jobs"), str(jobs))
    plan = Plan(
        processes=processes,
        command=_command(),
        listener=serving.fileno(),
        metrics=figures.fileno() if figures else -1,
        url=_url(*serving.getsockname()[:2]),
        folder=folder,
        stop_seconds=settings.IM66.drain_seconds + STOP_SECONDS,
        max_silent_seconds=MAX_SILENT_SECONDS,
        max_hung_seconds=MAX_HUNG_SECONDS,
        logs_json=settings.IM66.log_format == "json",
    )
    sys.stdout.flush()
    sys.stderr.flush()
    program = str(Path(supervisor.__file__).parent)
    os.execv(sys.executable, [sys.executable, "-I", "-S", program, plan.dump()])


def _command() -> list[str]:
    """Return the command that starts a process. deploy/manage sets MANAGE_PROGRAM to a link, so that after an
    upgrade the command starts the new version."""
    if program := os.environ.get("MANAGE_PROGRAM"):
        return [program, "serve"]
    started = sys.orig_argv
    before = started[1 : started.index("serve")] if "serve" in started else [os.path.abspath(sys.argv[0])]
    return [sys.executable, *before, "serve"]


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _processors() -> int:
    """Return the number of processors that this process may use, also in a container."""
    usable = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    with suppress(OSError, ValueError):
        quota, period = _QUOTA.read_text().split()
        usable = min(usable, int(quota) // int(period))
    return max(1, usable)
