"""The texts of replies, pages and the chat client, and their translations.

`python -m testkit.messages` updates the catalogs from the code, and compiles them. The compiled catalogs are
committed, because servers have no tools to compile them.
"""

import json
import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from testkit.traditional import EMOJI, EMOTIONS, emoji, emotions, traditional_catalog

ROOT = Path(__file__).resolve().parents[1]
TRADITIONAL = ROOT / "locale" / "zh_Hant" / "LC_MESSAGES" / "django.po"
CATALOG = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
COMPILED = CATALOG.with_suffix(".mo")
PAGE_TEXTS = ROOT / "web" / "page_texts.json"

# A text, or its singular and plural.
Text = str | tuple[str, ...]

_FOLDERS = [
    *("accounts", "groups", "log", "uploads", "chat", "moderation", "notifications", "keeping", "web"),
    "im66",
]
_KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "pgettext_lazy": ((1, "c"), 2),
}
SCRIPTS = ROOT / "static" / "im66" / "chat"
# The calls that mark texts in scripts: `t("English")` and `counted(count, "singular", "plural")`.
_CALLS = {"t": None, "counted": (2, 3)}
_CALL = re.compile(r"(?<!function )\b(?:t\((?P<argument>\s*[^\s\"])?|counted\()")
# The texts that the server sends to the page in English and the page translates, such as the names of message
# kinds.
_KIND = {"Kind": (2,)}
_MODULES_WITH_PAGE_TEXTS = [
    *(ROOT / "chat" / "protocol" / "kinds").glob("*.py"),
    *(ROOT / "log" / f"{name}.py" for name in ("group_changes", "group_choices", "person_choices")),
    *(ROOT / "uploads" / name for name in ("worker/texts.py", "documents/documents.py", "api/files.py")),
]


def collect() -> Catalog:
    """Return a catalog of the texts that the code marks for translation, and of the page's texts."""
    catalog = Catalog(charset="utf-8")
    for folder in _FOLDERS:
        marked = extract_from_dir(ROOT / folder, [("**.py", "python")], keywords=_KEYWORDS)
        for _file, _line, text, _comments, context in marked:
            catalog.add(text, context=context)
    for template in (ROOT / "templates").rglob("*.html"):
        for _line, text, _comments, context in _marked_in(template):
            catalog.add(text, context=context)
    for text in collect_page_texts():
        catalog.add(text)
    return catalog


def collect_page_texts() -> list[Text]:
    """Return the chat client's texts: those marked in its scripts, and those that the server sends in
    English."""
    texts: set[Text] = set()
    for script in SCRIPTS.rglob("*.js"):
        texts.update(marked_in_script(script.read_text()))
    for module in _MODULES_WITH_PAGE_TEXTS:
        with module.open("rb") as file:
            marked = {text for _line, text, _comments, _context in extract("python", file, _KEYWORDS | _KIND)}
        texts.update(text for text in marked if "%(" not in text)
    return sorted(texts, key=lambda text: (text,) if isinstance(text, str) else text)


def marked_in_script(source: str) -> Iterator[Text]:
    """Yield the texts that a script marks. Raises ValueError for a text that is not a literal.

    Each call is parsed separately, because Babel misses calls inside template literals.
    """
    for call in _CALL.finditer(source):
        code = BytesIO(source[call.start() :].encode())
        marked = next(iter(extract("javascript", code, _CALLS)), None)
        if marked is None or call["argument"]:
            raise ValueError(f"not a literal: {source[call.start() :][:60]}")
        yield marked[1]


def page_texts_json() -> str:
    """Return the content of the file that lists the page's texts."""
    lines = (json.dumps(text, ensure_ascii=False) for text in collect_page_texts())
    return "[\n" + ",\n".join(lines) + "\n]\n"


def _marked_in(template: Path) -> Iterable[tuple[Any, ...]]:
    # Django converts a template to code for the extractor, which would fail on the indentation.
    code = "\n".join(line.strip() for line in templatize(template.read_text()).splitlines())
    return extract("python", BytesIO(code.encode()), keywords=_KEYWORDS)


def read_catalog(path: Path = CATALOG, locale: str = "zh_Hans") -> Catalog:
    """Return the committed catalog."""
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def _update() -> None:
    catalog = read_catalog()
    catalog.update(collect(), no_fuzzy_matching=True, update_creation_date=False)
    catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = ""
    _write(catalog, CATALOG)
    _compile(read_catalog(), CATALOG)
    made = traditional_catalog(read_catalog())
    _write(made, TRADITIONAL)
    _compile(made, TRADITIONAL)
    PAGE_TEXTS.write_text(page_texts_json())
    EMOTIONS.write_text(emotions())
    EMOJI.write_text(emoji())


def _write(catalog: Catalog, path: Path) -> None:
    with path.open("wb") as file:
        write_po(file, catalog, width=110, sort_output=True, ignore_obsolete=True, no_location=True)


def _compile(catalog: Catalog, path: Path) -> None:
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalog)


if __name__ == "__main__":
    _update()
