"""Each page, rendered as GitHub does: tables, lists and code are complete, and links lead somewhere."""

import re
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    str(path.relative_to(ROOT))
    for pattern in ("*.md", "docs/**/*.md", "clients/*/*.md", "deploy/**/*.md", "tests/**/*.md")
    for path in ROOT.glob(pattern)
)
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
# A line that a reader of the source takes for a row, an item or a heading.
BLOCK_MARK = re.compile(r"\||[-*+] |\d[.)] |#+ |```|> ")
# What is left in a text of emphasis, code, links and references that do not render.
INLINE_MARK = re.compile(r"\*\*|__|`|~~|\]\(|\]\[|\]: ")

every_page = pytest.mark.parametrize("page", PAGES)


@cache
def tokens(page: str) -> list[Token]:
    return MARKDOWN.parse((ROOT / page).read_text())


def test_documentation_pages_are_collected() -> None:
    assert len(PAGES) > 80


@every_page
def test_markdown_blocks_render_as_written(page: str) -> None:
    rendered = tokens(page)
    paragraphs = (text for before, text in pairwise(rendered) if before.type == "paragraph_open")
    texts = [paragraph.content for paragraph in paragraphs]
    assert [line for text in texts for line in text.splitlines() if BLOCK_MARK.match(line)] == []
    assert [token.map for token in rendered if token.type == "heading_open" and token.markup in "=-"] == []


@every_page
def test_table_rows_have_the_cells_of_their_header(page: str) -> None:
    """A renderer fills up a short row, and drops what is too much."""
    source = (ROOT / page).read_text().splitlines()
    for table in (token for token in tokens(page) if token.type == "table_open"):
        assert table.map
        rows = [line.strip() for line in source[slice(*table.map)]]
        assert [row for row in rows if _cells(row) != _cells(rows[0])] == []
        assert len(rows) > 2


def _cells(row: str) -> int:
    return len(re.findall(r"(?<!\\)\|", row))


@every_page
def test_code_blocks_are_closed(page: str) -> None:
    source = (ROOT / page).read_text().splitlines()
    for fence in (token for token in tokens(page) if token.type == "fence"):
        assert fence.map
        assert source[fence.map[1] - 1].strip() == fence.markup, fence.map
    assert [token.map for token in tokens(page) if token.type == "code_block"] == []


@every_page
def test_inline_markup_renders(page: str) -> None:
    texts = [child.content for child in _children(page) if child.type == "text"]
    assert [text for text in texts if INLINE_MARK.search(text)] == []
    # A browser shows nothing of `<group>` outside of code.
    assert [token.content for token in tokens(page) if token.type == "html_block"] == []
    assert [child.content for child in _children(page) if child.type == "html_inline"] == []


@every_page
def test_page_has_one_title_and_skips_no_heading_level(page: str) -> None:
    levels = [int(token.tag[1]) for token in tokens(page) if token.type == "heading_open"]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1] == []


@every_page
def test_links_and_images_have_existing_targets(page: str) -> None:
    links = [str(child.attrs["href"]) for child in _children(page) if child.type == "link_open"]
    images = [child for child in _children(page) if child.type == "image"]
    targets = [*links, *(str(image.attrs["src"]) for image in images)]
    assert [target for target in targets if not _leads_somewhere(page, target)] == []
    assert [image.attrs["src"] for image in images if not image.content] == []


def test_links_are_found() -> None:
    assert sum(child.type == "link_open" for page in PAGES for child in _children(page)) > 500


def _children(page: str) -> list[Token]:
    return [child for token in tokens(page) if token.type == "inline" for child in token.children or []]


def _leads_somewhere(page: str, target: str) -> bool:
    if urlsplit(target).scheme:
        return True
    path, _, anchor = unquote(target).partition("#")
    linked = ((ROOT / page).parent / path if path else ROOT / page).resolve()
    return linked.exists() and (not anchor or anchor in _anchors(linked))


@cache
def _anchors(page: Path) -> set[str]:
    """As GitHub makes them: of a title that comes again, the second has `-1`."""
    rendered = tokens(str(page.relative_to(ROOT)))
    texts = [
        "".join(child.content for child in title.children or [])
        for heading, title in pairwise(rendered)
        if heading.type == "heading_open"
    ]
    titles = [re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in texts]
    before = Counter[str]()
    anchors = set()
    for title in titles:
        anchors.add(f"{title}-{before[title]}" if before[title] else title)
        before[title] += 1
    return anchors
