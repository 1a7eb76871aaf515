"""The resource limits of the process that opens a file: processor time, memory and files."""

import resource
import signal

from uploads.worker.tasks import Limits

OPEN_FILES = 64


def restrict(limits: Limits, quick_seconds: float = 0.0) -> None:
    """Set this process's resource limits permanently."""
    signal.setitimer(signal.ITIMER_PROF, quick_seconds)
    for kind, amount in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.output_bytes),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (amount, amount))
    # The first value is the soft limit, which can be raised up to the second.
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.encode_seconds))


def allow_encoding(limits: Limits) -> None:
    """Raise the limit of processor time, once the file has proved to be a sound or a video."""
    resource.setrlimit(resource.RLIMIT_CPU, (limits.encode_seconds,) * 2)
