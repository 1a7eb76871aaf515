"""The chat client's scripts and styles, as browsers get them: compressed, from memory, below a path that
names their version. So a browser keeps them for good, and never mixes those of two versions.

They are read once in the life of a process. All scripts are also one script, and styles are two stylesheets:
that is what the page asks for. EARLY is the few scripts that ask for what the first view shows, while the
large script is on its way. Below LATER are those that the page asks for when they are used.
"""

import gzip
import hashlib
import json
import mimetypes
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from posixpath import dirname

from django.contrib.staticfiles import finders

from web import page_words
from web.modules import LATER, bundled

_ROOT = "im66"
_PATTERNS = ("vendor/*.js", "client/*.js", "chat/**/*.js", "chat/css/*.css", "chat/css/later/*.css")
SCRIPT, EARLY, EMBED, OFFLINE, STYLE, LATE_STYLE = (
    "chat.js",
    "early.js",
    "embed.js",
    "offline.js",
    "chat.css",
    "late.css",
)
_ENTRIES = {SCRIPT: "chat/main.js", **{name: f"chat/{name}" for name in (EARLY, EMBED, OFFLINE)}}
# The second one is for who has signed in.
_STYLES = {STYLE: "chat/css", LATE_STYLE: "chat/css/later"}
# Few bytes, for a page that everybody waits for.
_LEVEL = 9


@dataclass(frozen=True)
class Asset:
    content_type: str
    plain: bytes

    @cached_property
    def compressed(self) -> bytes:
        # Only of those that are asked for: the page asks for three of some hundred.
        return gzip.compress(self.plain, _LEVEL, mtime=0)


@cache
def assets() -> dict[str, Asset]:
    """By path below static/im66/, in the order of their names; after them what is made of them."""
    root = Path(str(finders.find(_ROOT)))
    sources = {path.relative_to(root).as_posix(): path.read_text() for path in _files(root)}
    styles = {name: _style(sources, folder) for name, folder in _STYLES.items()}
    scripts = {name: bundled(sources, entry) for name, entry in _ENTRIES.items()}
    later = scripts[SCRIPT].later
    built = {**{name: script.first for name, script in scripts.items()}, **styles, **later, **_texts()}
    built[SCRIPT] = page_words.script() + built[SCRIPT]
    return {name: _asset(name, text) for name, text in (sources | built).items()}


def _texts() -> dict[str, str]:
    """What the page says in other languages than English."""
    return {
        f"{language}.json": json.dumps(page_words.translations(language), ensure_ascii=False)
        for language in page_words.LANGUAGES
    }


@cache
def version() -> str:
    """Another one as soon as anything in them differs."""
    digest = hashlib.sha256()
    for name, asset in assets().items():
        digest.update(f"{name}\0{len(asset.plain)}\0".encode() + asset.plain)
    return digest.hexdigest()[:16]


def _style(sources: Mapping[str, str], folder: str) -> str:
    return "".join(
        _bare(text) for name, text in sources.items() if name.endswith(".css") and dirname(name) == folder
    )


def _bare(style: str) -> str:
    """Without comments and indentation."""
    return re.sub(r"^\s+", "", re.sub(r"/\*.*?\*/", "", style, flags=re.S), flags=re.M)


def is_later(name: str) -> bool:
    """Whether it only fits the script of its own version."""
    return name.startswith(f"{LATER}/")


def page_files() -> list[str]:
    """Those that the page asks for, and the page that is shown without a network."""
    return [name for name in assets() if "/" not in name or is_later(name)]


def _files(root: Path) -> Iterator[Path]:
    for pattern in _PATTERNS:
        yield from sorted(root.glob(pattern))


def _asset(name: str, text: str) -> Asset:
    type_ = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(f"{type_}; charset=utf-8", text.encode())
