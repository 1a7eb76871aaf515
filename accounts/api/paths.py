"""The paths of the API. Pure."""

ROOT = "/api/v1/"


def is_api(path: str) -> bool:
    """Whether the path is one of the API, also one that leads nowhere."""
    return path.startswith(ROOT)
