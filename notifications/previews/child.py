"""Parses the metadata of a page in a process of its own: the page on stdin, one line of JSON on stdout.

It runs as a script with only the standard library. Before it parses, it limits its CPU time and its memory,
and makes it impossible to open files or sockets.
"""

import codecs
import json
import re
import resource
import sys
import unicodedata
from html.parser import HTMLParser

CPU_SECONDS, MEMORY_BYTES = 2, 512 * 1024 * 1024
LONGEST = {"title": 200, "description": 300, "site": 60, "picture": 2000}
# The rest of a longer value is ignored.
MAX_RAW_CHARACTERS = 4000
# Combining marks on a letter; some scripts need two.
MAX_MARKS = 2
_NAMES = {
    "og:title": "title",
    "twitter:title": "title",
    "og:description": "description",
    "description": "description",
    "twitter:description": "description",
    "og:site_name": "site",
    "og:image": "picture",
    "og:image:secure_url": "picture",
    "twitter:image": "picture",
}
_CHARSET = re.compile(rb"charset=[\"']?([A-Za-z0-9_-]{1,40})")


class Page(HTMLParser):
    """The metadata of a page. The first value of each property counts, but `og:title` replaces the title."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.properties: dict[str, str] = {}
        self.title = ""
        self._is_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_title = tag == "title" and not self.title
        if tag == "meta":
            attributes = dict(attrs)
            name = _NAMES.get((attributes.get("property") or attributes.get("name") or "").lower())
            if name and attributes.get("content"):
                self.properties.setdefault(name, attributes["content"] or "")

    def handle_endtag(self, tag: str) -> None:
        self._is_title = False

    def handle_data(self, data: str) -> None:
        if self._is_title and len(self.title) < MAX_RAW_CHARACTERS:
            self.title += data


def clean(text: str, longest: int) -> str:
    """Return the text on one line, without control and formatting characters, cut to `longest` characters."""
    letters, marks = [], 0
    for letter in text[:MAX_RAW_CHARACTERS]:
        category = unicodedata.category(letter)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks > MAX_MARKS:
            continue
        letters.append(" " if letter.isspace() or category[0] == "C" else letter)
    return " ".join("".join(letters).split())[:longest]


def read(content: bytes, type_: str) -> dict[str, str]:
    """Return the properties of the page. `type_`: its Content-Type."""
    page = Page()
    page.feed(_decoded(content, type_))
    properties = {"title": page.title} | page.properties
    return {name: clean(properties.get(name, ""), longest) for name, longest in LONGEST.items()}


def _decoded(content: bytes, type_: str) -> str:
    match = _CHARSET.search(type_.encode("latin-1", "replace")) or _CHARSET.search(content[:2048])
    try:
        charset = codecs.lookup(match[1].decode()).name if match else "utf-8"
        return content.decode(charset, "replace")
    except (LookupError, ValueError):  # unknown, or a codec that is not for text
        return content.decode("utf-8", "replace")


def main() -> None:
    type_, _, content = sys.stdin.buffer.read().partition(b"\n")
    # Decoded once before files are forbidden, because Python loads codecs from files.
    _decoded(content[:2048], type_.decode("latin-1"))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    sys.stdout.write(json.dumps(read(content, type_.decode("latin-1"))))


if __name__ == "__main__":
    main()
