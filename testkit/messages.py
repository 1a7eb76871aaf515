"""The texts of replies and pages, and their translations.

`python -m testkit.messages` brings the catalog up to date with the code, and compiles it. The compiled one is
kept with the code, because the machines that serve have no tools to make it.
"""

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from testkit.traditional import EMOJI, PAGE, emoji, in_traditional, page

ROOT = Path(__file__).resolve().parents[1]
TRADITIONAL = ROOT / "locale" / "zh_Hant" / "LC_MESSAGES" / "django.po"
CATALOG = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
COMPILED = CATALOG.with_suffix(".mo")

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


def collected() -> Catalog:
    """What the code marks for translation."""
    found = Catalog(charset="utf-8")
    for folder in _FOLDERS:
        marked = extract_from_dir(ROOT / folder, [("**.py", "python")], keywords=_KEYWORDS)
        for _file, _line, text, _comments, context in marked:
            found.add(text, context=context)
    for template in (ROOT / "templates").rglob("*.html"):
        for _line, text, _comments, _context in _marked_in(template):
            found.add(text)
    return found


def _marked_in(template: Path) -> Iterable[tuple[Any, ...]]:
    # Django writes a template as code, in which the extractor of code finds the texts. It would stumble over
    # the indentation.
    code = "\n".join(line.strip() for line in templatize(template.read_text()).splitlines())
    return extract("python", BytesIO(code.encode()), keywords=_KEYWORDS)


def stored(path: Path = CATALOG, locale: str = "zh_Hans") -> Catalog:
    """What is translated."""
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def _update() -> None:
    catalog = stored()
    catalog.update(collected(), no_fuzzy_matching=True, update_creation_date=False)
    catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = ""
    _write(catalog, CATALOG)
    _compile(stored(), CATALOG)
    made = in_traditional(stored())
    _write(made, TRADITIONAL)
    _compile(made, TRADITIONAL)
    PAGE.write_text(page())
    EMOJI.write_text(emoji())


def _write(catalog: Catalog, path: Path) -> None:
    with path.open("wb") as file:
        write_po(file, catalog, width=110, sort_output=True, ignore_obsolete=True, no_location=True)


def _compile(catalog: Catalog, path: Path) -> None:
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalog)


if __name__ == "__main__":
    _update()
