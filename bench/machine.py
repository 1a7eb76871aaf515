"""Describes the machine and the versions that were measured."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version

_PACKAGES = (
    "Django",
    "channels",
    "channels-redis",
    "redis",
    "daphne",
    "Twisted",
    "uvicorn",
    "websockets",
    "uvloop",
    "psycopg",
)


def describe() -> dict[str, str]:
    """Return the machine and the versions on which figures depend."""
    return {
        "machine": f"{os.cpu_count()} cores, {_processor()}, {_gigabytes():.0f} GB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        **{name: version for name in _PACKAGES if (version := _version(name))},
    }


def load() -> float:
    """Return the load average of the last minute."""
    return os.getloadavg()[0]


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def _gigabytes() -> float:
    return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")) / 2**30


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
