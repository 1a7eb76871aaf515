"""The chat client's scripts and styles, compressed and in memory, below a path that contains their version.
So browsers cache them forever, and never mix the files of two versions.

The files are read once per process. All scripts are bundled into one script, and the styles into two
stylesheets, which the page loads. EARLY is a small script that requests the data of the first view while the
large script is loading. The scripts below LATER are loaded on demand.
"""

import gzip
import hashlib
import json
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from posixpath import dirname

from django.contrib.staticfiles import finders

from web import page_words
from web.modules import LATER, bundle

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
# The second stylesheet is for signed-in users.
_STYLES = {STYLE: "chat/css", LATE_STYLE: "chat/css/later"}
# The gzip level. Compression runs once, so the smallest size is worth its time.
_GZIP_LEVEL = 9


@dataclass(frozen=True)
class Asset:
    content_type: str
    plain: bytes

    @cached_property
    def compressed(self) -> bytes:
        # Computed on the first request: a page requests only three of some hundred files.
        return gzip.compress(self.plain, _GZIP_LEVEL, mtime=0)


@cache
def assets() -> dict[str, Asset]:
    """Return all files by their path below static/im66/, the sources in order of their names, then the
    bundles."""
    root = Path(str(finders.find(_ROOT)))
    sources = {
        path.relative_to(root).as_posix(): path.read_text()
        for pattern in _PATTERNS
        for path in sorted(root.glob(pattern))
    }
    styles = {name: _style(sources, folder) for name, folder in _STYLES.items()}
    scripts = {name: bundle(sources, entry) for name, entry in _ENTRIES.items()}
    later = scripts[SCRIPT].later
    built = {**{name: script.first for name, script in scripts.items()}, **styles, **later, **_texts()}
    built[SCRIPT] = page_words.script() + built[SCRIPT]
    return {name: _asset(name, text) for name, text in (sources | built).items()}


def _texts() -> dict[str, str]:
    """Return the JSON files with the page's texts in languages other than English."""
    return {
        f"{language}.json": json.dumps(page_words.translations(language), ensure_ascii=False)
        for language in page_words.LANGUAGES
    }


@cache
def version() -> str:
    """Return a hash of all assets."""
    digest = hashlib.sha256()
    for name, asset in assets().items():
        digest.update(f"{name}\0{len(asset.plain)}\0".encode() + asset.plain)
    return digest.hexdigest()[:16]


def _style(sources: Mapping[str, str], folder: str) -> str:
    return "".join(
        _minified(text) for name, text in sources.items() if name.endswith(".css") and dirname(name) == folder
    )


def _minified(style: str) -> str:
    """Return the stylesheet without comments and indentation."""
    return re.sub(r"^\s+", "", re.sub(r"/\*.*?\*/", "", style, flags=re.S), flags=re.M)


def is_later(name: str) -> bool:
    """Return whether the file is a part of the main script that is loaded on demand.

    Such a file only fits the script of its own version.
    """
    return name.startswith(f"{LATER}/")


def page_files() -> list[str]:
    """Return the names of the files that the page or the offline page loads."""
    return [name for name in assets() if "/" not in name or is_later(name)]


def _asset(name: str, text: str) -> Asset:
    type_ = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(f"{type_}; charset=utf-8", text.encode())
