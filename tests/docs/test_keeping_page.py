"""docs/keeping.md: what it says of an export's JSON is so."""

import re
from typing import get_args

import msgspec

from chat.reading.pages import CurrentMessage
from keeping.exporting import machine
from keeping.exporting.files import Attached
from keeping.exporting.messages import ExportedItem, Version
from keeping.exporting.shapes import PersonRecord
from keeping.exporting.talks import Talk
from log.reactions import Reactions
from log.rows import Entry
from testkit.server import ROOT

SECTION = (
    (ROOT / "docs" / "keeping.md").read_text().partition("\n### For programs\n")[2].partition("\n## ")[0]
)
FIELDS = msgspec.structs.fields(PersonRecord)
ROWS = re.findall(r"^\| (`.*?) \| (.*) \|$", SECTION, re.MULTILINE)
EVERYTHING = ExportedItem(
    CurrentMessage(
        Entry(2, "video", "alice", "bob", "x", "", 3, 1, "cid"), True, 4, Reactions({}, {"👍": 21}), True
    ),
    (Version(3, "x"),),
)


def quoted(text: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", text))


def test_keeping_page_names_every_field() -> None:
    assert set().union(*(quoted(names) for names, _ in ROWS)) == {field.name for field in FIELDS}


def test_keeping_page_names_the_content_of_each_field() -> None:
    unnamed = {}
    for field in FIELDS:
        (event,) = [event for names, event in ROWS if field.name in quoted(names)]
        (kind,) = get_args(field.type) or (field.type,)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            unnamed[field.name] = {inner.name for inner in msgspec.structs.fields(kind)} - quoted(event)
    assert unnamed
    assert {name: inner for name, inner in unnamed.items() if inner} == {}


def test_keeping_page_names_every_field_of_a_message() -> None:
    page = machine.page(Talk(1, "bob", "Bob"), 1, [(EVERYTHING, Attached("files/x", "files/y"))], "alice")
    text = msgspec.json.decode(page)
    paragraph = SECTION.rpartition("\n\n")[2]
    assert quoted(paragraph) >= {*text, *text["messages"][0], *text["messages"][0]["earlier"][0]}
