"""Settings that are paths, and the folders that they want."""

import os
from collections.abc import Callable
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from environs import Env

from im66.variables import Before, setting

# What the wheel has in place of the project's folder (pyproject.toml).
_IN_WHEEL = "im66_server"


def data_folder(program: Path) -> Path:
    """The default of IM66_DATA_DIR: `var` of a program that was unpacked or cloned; in the user's data folder
    if the program was installed as a package."""
    if program.name != _IN_WHEEL:
        return program / "var"
    try:
        return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser() / "im66"
    except RuntimeError as error:
        raise ImproperlyConfigured("IM66_DATA_DIR must be set, because this user has no home.") from error


def folder(default: Callable[[Before], Path]) -> Path:
    """A folder, or one that can be made."""

    def read(env: Env, name: str, before: Before) -> Path:
        path: Path = env.path(name, default=default(before))
        nearest = next(folder for folder in (path, *path.resolve().parents) if folder.exists())
        # The empty name would be whatever folder the process happens to run in.
        if os.environ.get(name) == "" or not nearest.is_dir():
            raise ImproperlyConfigured(f"{name} must be a folder, or one that can be made.")
        return path

    return setting(read)


def make_folder(name: str, path: Path) -> None:
    """Make the folder that the variable `name` wants, if it is not there. Raises ImproperlyConfigured."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{name} must be a folder that can be made: {error.strerror}.") from error


def file(meaning: str) -> str:
    """The absolute path of a file that is there, which is what `meaning` says; none by default."""

    def read(env: Env, name: str, _before: Before) -> str:
        path: str = env.str(name, default="")
        if path and not Path(path).is_file():
            raise ImproperlyConfigured(f"{name} must be the path of {meaning}.")
        # Child processes run in other folders.
        return os.path.abspath(path) if path else ""

    return setting(read)
