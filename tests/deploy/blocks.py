"""The code blocks of the operators' pages, and what each of them is."""

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = (
    "install.md",
    "containers.md",
    "upgrade.md",
    "sign-in.md",
    "limits.md",
    "troubleshoot.md",
    "backup.md",
    "keeping.md",
    "monitoring.md",
    "webhooks.md",
    "import.md",
    "clients.md",
    "postgresql.md",
    "switch.md",
    "scaling.md",
    "bots.md",
    "moderation.md",
    "media.md",
)
_BLOCK = re.compile(r"^( *)```([^\n]*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


class Block(NamedTuple):
    """`number`: the place among the blocks below its heading, from 0."""

    page: str
    heading: str
    number: int
    language: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.page}, “{self.heading}”, block {self.number + 1}"


class Kind(StrEnum):
    # Run by the walk through a throwaway root.
    COMMANDS = "commands"
    # Read by the walk with the program that reads it.
    NGINX = "a part of nginx's configuration"
    SETTINGS = "lines of im66.env"
    APACHE = "run by tests/deploy/test_saml.py"
    PYTHON = "what an application does"
    LOG = "a line of the log"
    # Read by tests/deploy/test_pages.py.
    JSON = "what im66 says"
    PROGRAM = "a bot"
    # Run by somebody else.
    SWITCH = "run by tests/deploy/test_switch_page.py"
    PACKAGE = "run by tests/make/test_wheel.py"
    # Not run.
    CONTAINER = "needs a container engine: tests/deploy/test_image.py runs those of Docker"
    MEASURES = "measures for minutes, in a clone and not on the installed host"


_BY_LANGUAGE = {
    "nginx": Kind.NGINX,
    "apache": Kind.APACHE,
    "ini": Kind.SETTINGS,
    "python": Kind.PYTHON,
    "": Kind.LOG,
    "json": Kind.JSON,
    "jsonl": Kind.JSON,
}
_ENGINE = re.compile(r"^(docker|podman)\b", re.MULTILINE)


def kind_of(block: Block) -> Kind | None:
    """None if nobody knows."""
    in_containers = block.page == "containers.md" or "container" in block.heading.lower()
    if in_containers or (block.language == "sh" and _ENGINE.search(block.text)):
        return Kind.CONTAINER
    if block.language == "python" and "import " in block.text:
        return Kind.PROGRAM
    if block.language != "sh":
        return _BY_LANGUAGE.get(block.language)
    if "pip install im66\n" in block.text:
        return Kind.PACKAGE
    if block.text.startswith("make bench "):
        return Kind.MEASURES
    return Kind.SWITCH if block.page == "switch.md" else Kind.COMMANDS


def blocks(page: str) -> Iterator[Block]:
    text = (DOCS / page).read_text()
    # Comments in a block look like headings.
    bare = _BLOCK.sub(lambda found: " " * len(found[0]), text)
    headings = [(found.start(), found[1]) for found in _HEADING.finditer(bare)]
    counted: dict[str, int] = {}
    for found in _BLOCK.finditer(text):
        heading = [title for start, title in headings if start < found.start()][-1]
        number = counted[heading] = counted.get(heading, -1) + 1
        yield Block(page, heading, number, found[2], dedent(found[3]))


def every_block() -> list[Block]:
    return [block for page in PAGES for block in blocks(page)]
