"""Child processes: started with neither the environment, which holds secrets, nor open files."""

import sys

# All that a child finds in its environment.
ENVIRONMENT = {"PYTHONDONTWRITEBYTECODE": "1"}


def command(module: str, *arguments: str) -> list[str]:
    """To be run in the project's folder, where the module is found."""
    return [sys.executable, "-m", module, *arguments]
