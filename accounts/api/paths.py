"""The paths of the API. Pure."""

ROOT = "/api/v1/"
# Where bots write. Their secret is in the header; as a part of the path it is still taken.
HOOKS = "/hooks/"
# Where identity providers keep people and groups in step.
SCIM = "/scim/"


def is_api(path: str) -> bool:
    """Whether the path is one of the API, also one that leads nowhere."""
    return path.startswith((ROOT, HOOKS, SCIM))
