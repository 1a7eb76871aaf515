"""The Chinese pages have what the English ones have: headings, code, rows of tables, figures and settings."""

import calendar
import re
from typing import NamedTuple

import pytest

from tests.docs.test_rendering import ROOT, tokens

TWINS = sorted(
    str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.zh-hans.md"), *ROOT.glob("docs/*.zh-hans.md")]
)
MONTHS = calendar.month_name[1:]
FIGURE = re.compile(r"(?<![A-Za-z\d])\d(?:[\d,.]*\d)?")
# Comments are translated, and so is what people say.
COMMENT = re.compile(r"(^| +)(#|//).*$")
CHINESE = re.compile(r"[\u3000-\u9fff]")

every_twin = pytest.mark.parametrize("page", TWINS)


class Section(NamedTuple):
    """What stands below a heading, up to the next one."""

    heading: str
    level: str
    code: list[str]
    rows: list[int]
    figures: set[str]


def english_of(page: str) -> str:
    return page.replace(".zh-hans", "")


def sections(page: str) -> list[Section]:
    result: list[Section] = []
    rendered = tokens(page)
    for before, token in zip([None, *rendered], rendered, strict=False):
        if before and before.type == "heading_open":
            result.append(Section(token.content, before.tag, [], [], set()))
        elif token.type == "fence":
            result[-1].code.extend(token.content.splitlines())
        elif token.type == "table_open":
            result[-1].rows.append(0)
        elif token.type == "tr_open":
            result[-1].rows[-1] += 1
        if token.type == "inline":
            texts = [child.content for child in token.children or [] if child.type == "text"]
            result[-1].figures.update(figures(" ".join(texts)))
    return result


def figures(text: str) -> set[str]:
    dated = re.sub(rf"({'|'.join(MONTHS)}) (?=\d{{4}})", lambda month: f"{MONTHS.index(month[1]) + 1} ", text)
    return set(FIGURE.findall(dated))


def pairs(page: str) -> list[tuple[Section, Section]]:
    return list(zip(sections(page), sections(english_of(page)), strict=True))


def test_translated_pages_are_collected() -> None:
    assert len(TWINS) > 20
    assert [page for page in TWINS if not (ROOT / english_of(page)).exists()] == []


@every_twin
def test_translated_pages_have_the_same_headings(page: str) -> None:
    assert [one.level for one in sections(page)] == [one.level for one in sections(english_of(page))]


@every_twin
def test_translated_pages_have_the_same_code(page: str) -> None:
    for chinese, english in pairs(page):
        assert len(chinese.code) == len(english.code), chinese.heading
        lines = [
            (COMMENT.sub("", a), COMMENT.sub("", b)) for a, b in zip(chinese.code, english.code, strict=True)
        ]
        assert [pair for pair in lines if pair[0] != pair[1] and not CHINESE.search(pair[0])] == []


@every_twin
def test_translated_pages_have_the_same_rows_and_numbers(page: str) -> None:
    for chinese, english in pairs(page):
        assert chinese.rows == english.rows, chinese.heading
        assert chinese.figures == english.figures, chinese.heading


@every_twin
def test_translated_pages_name_the_same_settings_and_commands(page: str) -> None:
    assert named_in(page) == named_in(english_of(page))


def named_in(page: str) -> set[str]:
    parts = [part for token in tokens(page) for part in (token, *(token.children or []))]
    code = "\n".join(part.content for part in parts if part.type in ("code_inline", "fence"))
    return set(re.findall(r"IM66_[A-Z0-9_]+|\bim66 [a-z]+|/[a-z]+z\b", code))
