"""An export, as whoever gets it reads it."""

import json
import zipfile
from pathlib import Path
from typing import Any

Message = dict[str, Any]


class Exported:
    """What is in the file."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as file:
            assert file.testzip() is None
            self.content = {name: file.read(name) for name in file.namelist()}
            assert len(self.content) == len(file.namelist()), "a name is there twice"
        self.me: dict[str, Any] = json.loads(self.content["me.json"])

    def conversation(self, name: str) -> dict[str, Any]:
        (conversation,) = [one for one in self.me["conversations"] if one["conversation"] == name]
        return dict(conversation)

    def rows(self, name: str) -> list[Message]:
        """All of the conversation, oldest first."""
        pages = [json.loads(self.content[page]) for page in self.conversation(name)["json"]]
        assert all(page["conversation"] == name for page in pages)
        return [row for page in pages for row in page["messages"]]

    def contents(self, name: str) -> list[str]:
        """What is said in its messages."""
        return [row["content"] for row in self.rows(name) if row["kind"] != "notice"]

    def page(self, name: str, number: int = 1) -> str:
        """A page of it."""
        return self.content[self.conversation(name)["pages"][number - 1]].decode()

    @property
    def everything(self) -> str:
        """The text of all pages and all JSON."""
        names = [name for name in self.content if not name.startswith("files/")]
        return "\n".join(self.content[name].decode() for name in names)
