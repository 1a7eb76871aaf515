"""The paths of the API. Pure."""

ROOT = "/api/v1/"
# Where bots write, each at a path of its own.
HOOKS = "/hooks/"


def is_api(path: str) -> bool:
    """Whether the path is one of the API, also one that leads nowhere."""
    return path.startswith((ROOT, HOOKS))
