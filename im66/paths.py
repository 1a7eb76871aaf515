"""Settings whose values are paths, and the creation of their folders."""

import os
from collections.abc import Callable
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from environs import Env

from im66.variables import Before, setting

# The name of the project's folder in the wheel (pyproject.toml).
_IN_WHEEL = "im66_server"


def data_folder(program: Path) -> Path:
    """Return the default of IM66_DATA_DIR: `var` in an unpacked or cloned program; a folder in the user's
    data folder if the program was installed as a package."""
    if program.name != _IN_WHEEL:
        return program / "var"
    try:
        return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser() / "im66"
    except RuntimeError as error:
        raise ImproperlyConfigured("IM66_DATA_DIR must be set, because this user has no home.") from error


def folder(default: Callable[[Before], Path]) -> Path:
    """A folder that exists or can be created."""

    def read(env: Env, name: str, before: Before) -> Path:
        path: Path = env.path(name, default=default(before))
        existing = next(folder for folder in (path, *path.resolve().parents) if folder.exists())
        # The empty path would mean the current folder of the process.
        if os.environ.get(name) == "" or not existing.is_dir():
            raise ImproperlyConfigured(f"{name} must be a folder, or one that can be made.")
        return path

    return setting(read)


def make_folder(name: str, path: Path) -> None:
    """Create the folder that the variable `name` is set to, if it is missing. Raises ImproperlyConfigured."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{name} must be a folder that can be made: {error.strerror}.") from error


def file(description: str) -> str:
    """The absolute path of an existing file; none by default. `description`: of the file, for the error."""

    def read(env: Env, name: str, _before: Before) -> str:
        path: str = env.str(name, default="")
        if path and not Path(path).is_file():
            raise ImproperlyConfigured(f"{name} must be the path of {description}.")
        # Absolute, because child processes run in other folders.
        return os.path.abspath(path) if path else ""

    return setting(read)
