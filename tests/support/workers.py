"""The media fork servers and their children."""

from pathlib import Path

from testkit.cpu import children

MODULES = (b"uploads.worker", b"brief_fork_server", b"failing_fork_server")


def workers(of: int) -> list[int]:
    """Return the pids of a process's fork server and its children, without those of servers that it has
    started."""
    return [pid for server in children(of) if _is_one(server) for pid in (server, *children(server))]


def _is_one(pid: int) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return False
    return any(module in command for module in MODULES)
