"""deploy/container, read as an engine reads it."""

import re
from dataclasses import fields
from pathlib import PurePath
from typing import Any

import yaml

from im66.environment import Environment, variable
from testkit.server import ROOT

FOLDER = ROOT / "deploy/container"
CONTAINERFILE = (FOLDER / "Containerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SETTINGS = {variable(field.name) for field in fields(Environment)}
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "im66"}


def ignored(path: str) -> bool:
    """Whether .dockerignore keeps the file or folder out of the image."""
    found = False
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if line and not line.startswith("#"):
            pattern = line.removeprefix("!")
            if any(_matches(str(one), pattern) for one in (PurePath(path), *PurePath(path).parents[:-1])):
                found = not line.startswith("!")
    return found


def _matches(path: str, pattern: str) -> bool:
    escaped = re.escape(pattern).replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")
    return re.fullmatch(escaped, path) is not None
