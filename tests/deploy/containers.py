"""deploy/container, read as an engine reads it."""

import re
import tarfile
from pathlib import Path, PurePath
from typing import Any, NamedTuple

import yaml

from testkit.server import ROOT

FOLDER = ROOT / "deploy/container"
CONTAINERFILE = (FOLDER / "Containerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "im66"}


class Instruction(NamedTuple):
    name: str
    rest: str


def instructions(text: str = CONTAINERFILE) -> list[Instruction]:
    """The instructions of a container file, in order."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines)).splitlines()
    return [Instruction(*line.split(maxsplit=1)) for line in joined]


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


def pack_context(target: Path) -> None:
    """What an engine is given for `COPY . .`, as a tar."""
    with tarfile.open(target, "w") as archive:
        for path in ROOT.iterdir():
            if path.name == "deploy" or not ignored(path.name):
                archive.add(path, path.name, filter=_chosen)


def _chosen(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    # A folder may hold what is taken all the same.
    return member if member.isdir() or not ignored(member.name) else None
