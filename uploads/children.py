"""Starts child processes without this process's environment, which holds secrets, and its open files."""

import sys

# The whole environment of a child.
ENVIRONMENT = {"PYTHONDONTWRITEBYTECODE": "1"}


def command(module: str, *arguments: str) -> list[str]:
    """Return the command that runs the module. Run it in the project's folder, where Python finds it."""
    return [sys.executable, "-m", module, *arguments]
