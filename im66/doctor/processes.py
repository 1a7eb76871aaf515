"""Checks the serving processes, by their rows in the database, and the child processes that open uploads."""

import re
import socket
import subprocess
from pathlib import Path

from django.db import Error
from django.utils import timezone
from django.utils.translation import gettext_noop

import im66
from im66.doctor.findings import Fault, Findings
from moderation.counting.heartbeats import MISSING_AFTER
from moderation.models import Process
from uploads.protection import missing_layers

# A process needs a file for each socket, and some more for its database, its children and its files.
MIN_FILES, MAX_USED_SHARE = 4096, 0.8

VERSIONS = Fault(
    "processes.versions",
    gettext_noop("Processes of other versions serve: %(versions)s, and this is %(ours)s."),
    gettext_noop("Finish the upgrade: restart them all with one version."),
)
FEW_FILES = Fault(
    "processes.few_files",
    gettext_noop("Process %(number)d may open %(files)d files, and each socket is one."),
    gettext_noop("Set LimitNOFILE=65536 in its unit, or raise ulimit -n."),
    is_warning=True,
)
FULL_OF_FILES = Fault(
    "processes.full_of_files",
    gettext_noop("Process %(number)d has %(sockets)d sockets and may open %(files)d files."),
    gettext_noop("Raise LimitNOFILE in its unit, or serve with more processes."),
)
NO_CHILD = Fault(
    "confinement.no_child",
    gettext_noop("No child process starts, so no upload is converted: %(why)s."),
    gettext_noop("Raise TasksMax and the memory of the unit, and allow execve and fork in its system calls."),
)
NOT_CONFINED = Fault(
    "confinement.missing",
    gettext_noop("Uploaded files are opened with less protection: %(layers)s."),
    gettext_noop(
        "Use Linux 5.13 or later, and allow landlock_*, seccomp, prctl and capset in the unit or container."
    ),
    is_warning=True,
)


def check() -> Findings:
    try:
        running = list(
            Process.objects.filter(seen_at__gt=timezone.now() - MISSING_AFTER).order_by("host", "number")
        )
    except Error:  # the database check reports it
        return
    versions = {process.version for process in running} - {im66.__version__}
    if versions:
        yield VERSIONS.finding(versions=", ".join(sorted(versions)), ours=im66.__version__)
    for process in running:
        files = _max_files(process)
        values = {"number": process.number, "files": files, "sockets": process.connections}
        if files is None:
            continue
        if process.connections > MAX_USED_SHARE * files:
            yield FULL_OF_FILES.finding(**values)
        elif files < MIN_FILES:
            yield FEW_FILES.finding(**values)


def _max_files(process: Process) -> int | None:
    """Return the process's limit of open files. None if it runs on another machine, in another container, or
    without a limit."""
    if process.host != socket.gethostname()[:100]:
        return None
    try:
        limits = Path(f"/proc/{process.number}/limits").read_text()
    except OSError:
        return None
    match = re.search(r"^Max open files +(\d+)", limits, re.MULTILINE)
    return int(match[1]) if match else None


def check_child_processes() -> Findings:
    try:
        missing = missing_layers()
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        yield NO_CHILD.finding(why=type(error).__name__)
        return
    if missing:
        yield NOT_CONFINED.finding(layers=", ".join(f"{layer.name} ({layer.missing})" for layer in missing))
