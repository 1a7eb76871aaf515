"""Finds the tests of each rule of the two dialects.

A rule has an id on its page, and each test of the rule names the id: `@pytest.mark.promise("socket-1")`.
`python -m testkit.promises` writes tests/PROMISES.md, which lists the tests of each rule.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("docs/protocol.md", "tests/json/RULES.md")
PAGE = ROOT / "tests" / "PROMISES.md"
_ID = r"[a-z]+(?:-[a-z]+)*-\d+"
_BULLET = re.compile(rf"^- \*\*({_ID})\*\* (.*)$")
_ROW = re.compile(rf"^\| (.*) \| ({_ID}) \|$")
# Relative links of a page would be wrong in PROMISES.md.
_LINK = re.compile(r"\[([^]]+)\]\([^)]+\)")
_IN_TEXT = re.compile(rf" \(({_ID})\)")
_HEAD = """# Which tests hold which rule

For people who change the code. `python -m testkit.promises` makes this page from the rules on the pages and
from the markers of the tests; do not edit it.
"""


def rules(source: str) -> dict[str, str]:
    """Return the text of each rule on the page by its id. Raises AssertionError if an id occurs twice."""
    rules_of_text: list[tuple[str, str]] = []
    for paragraph in _paragraphs((ROOT / source).read_text()):
        if bullet := _BULLET.match(paragraph):
            rules_of_text.append((bullet[1], bullet[2]))
        elif row := _ROW.match(paragraph):
            rules_of_text.append((row[2], row[1].removeprefix("|").replace(" | ", ": ").strip()))
        rules_of_text += [
            (match[1], _last_sentence(paragraph[: match.start()])) for match in _IN_TEXT.finditer(paragraph)
        ]
    twice = [name for number, (name, _) in enumerate(rules_of_text) if name in dict(rules_of_text[:number])]
    assert not twice, f"{source}: {twice}"
    return dict(rules_of_text)


def promises() -> dict[str, list[str]]:
    """Return the tests that name each id, as `path::Class::test`."""
    tests_of: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text()
        if "mark.promise(" in text:
            for test, name in _marked_tests(ast.parse(text).body, path.relative_to(ROOT).as_posix()):
                tests_of.setdefault(name, []).append(test)
    return tests_of


def page() -> str:
    held = promises()
    parts = [_HEAD]
    for source in SOURCES:
        parts.append(f"\n## {source}\n\n")
        for name, text in rules(source).items():
            tests = ", ".join(f"`{test.removeprefix('tests/')}`" for test in held.get(name, []))
            unlinked = _LINK.sub(r"\1", text)
            parts.append(f"- **{name}** {unlinked}\n  {tests}\n")
    return "".join(parts)


def _paragraphs(text: str) -> Iterator[str]:
    """Yield the table rows, bullets and paragraphs, each as one line, without code blocks."""
    bare = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    for part in re.split(r"\n\n|\n(?=- |\|)", bare):
        yield " ".join(part.split())


def _last_sentence(text: str) -> str:
    """Return the last sentence."""
    return re.split(r"[.;:] ", text)[-1].removeprefix("- ")


def _marked_tests(body: list[ast.stmt], owner: str) -> Iterator[tuple[str, str]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _marked_tests(node.body, f"{owner}::{node.name}")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for name in _promise_ids(node):
                yield f"{owner}::{node.name}", name


def _promise_ids(test: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for decorator in test.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.promise":
            yield from (ast.literal_eval(argument) for argument in decorator.args)


if __name__ == "__main__":
    PAGE.write_text(page())
