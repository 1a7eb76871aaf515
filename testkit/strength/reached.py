"""What a record says: which tests reach which code."""

import ast
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

# A file that every process measures.
_ALWAYS = "/im66/__init__.py"


class Arc(NamedTuple):
    """A step from one line to another; negative where a block of code is entered or left."""

    start: int
    end: int


class Record:
    """A folder that `record` has written."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = folder = Path(folder)
        self.commit = (folder / "commit").read_text().strip()
        self._reached = sqlite3.connect(f"file:{folder / 'reached'}?mode=ro", uri=True)
        [root] = self._reached.execute("SELECT path FROM file WHERE path LIKE ?", [f"%{_ALWAYS}"]).fetchone()
        self._root: str = root.removesuffix(_ALWAYS)

    @cached_property
    def files(self) -> dict[str, int]:
        """The number of each file, by its path in the repository."""
        found = self._reached.execute("SELECT path, id FROM file").fetchall()
        return {
            path.removeprefix(self._root + "/"): number
            for path, number in found
            if path.startswith(self._root + "/")
        }

    @cached_property
    def tests(self) -> dict[int, str]:
        """The ids of the tests, by the numbers of their contexts. Of what no test does there is none."""
        found = self._reached.execute("SELECT id, context FROM context WHERE context <> ''")
        return dict(found.fetchall())

    @cached_property
    def sizes(self) -> Counter[str]:
        """The number of arcs that each test reaches."""
        found = self._reached.execute("SELECT context_id, count(*) FROM arc GROUP BY context_id")
        return Counter({self.tests[number]: count for number, count in found if number in self.tests})

    @cached_property
    def outcomes(self) -> dict[str, tuple[str, float]]:
        """The outcome of each test and the seconds that it took. Who failed once has failed."""
        noted: dict[str, tuple[str, float]] = {}
        for line in (self.folder / "outcomes").read_text().splitlines():
            outcome, seconds, test = line.split(" ", 2)
            if noted.get(test, ("passed", 0.0))[0] != "failed":
                noted[test] = (outcome, float(seconds))
        return noted

    def tests_at(self, file: str, lines: Collection[int] = ()) -> set[str]:
        """Those that reach one of the lines, or any if none is given; without those that failed then."""
        if file not in self.files:
            return set()
        marks = ", ".join("?" * len(lines))
        which = f"AND (fromno IN ({marks}) OR tono IN ({marks}))" if lines else ""
        found = self._reached.execute(
            f"SELECT DISTINCT context_id FROM arc WHERE file_id = ? {which}",
            [self.files[file], *lines, *lines],
        )
        tests = {self.tests[number] for [number] in found if number in self.tests}
        return {test for test in tests if self.outcomes.get(test, ("passed", 0.0))[0] == "passed"}

    def is_reached_without_test(self, file: str, lines: Collection[int]) -> bool:
        """Whether it is when the module is imported that some of the lines run."""
        return any(abs(line) in lines for arc in self.arcs(file, {""}) for line in arc)

    def arcs(self, file: str, tests: Collection[str] | None = None) -> set[Arc]:
        """Those that these tests reach, or all."""
        if file not in self.files:
            return set()
        found = self._reached.execute(
            "SELECT fromno, tono, context_id FROM arc WHERE file_id = ?", [self.files[file]]
        )
        return {
            Arc(start, end)
            for start, end, number in found
            if tests is None or self.tests.get(number, "") in tests
        }


def within_functions(arcs: Iterable[Arc], source: str) -> set[Arc]:
    """Without those that run at the import of the module, which count for the test that came first."""
    inside: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inside |= set(range(node.body[0].lineno, (node.end_lineno or 0) + 1))
    return {arc for arc in arcs if abs(arc.start) in inside or abs(arc.end) in inside}


def lost(
    before: Record, remaining: Collection[str], after: Sequence[Record], tree: Path
) -> Iterator[tuple[str, list[Arc], list[str]]]:
    """Of each file that has any, the arcs that only tests which do not remain reached before, and nothing
    reaches in the records after; and some of those tests. Code that has changed is not compared.

    `tree`: the code that was recorded.
    """
    for file in sorted(before.files):
        if not (tree / file).exists():
            continue
        gone = before.arcs(file) - before.arcs(file, {*remaining, ""})
        for record in after:
            gone -= record.arcs(file)
        if arcs := sorted(within_functions(gone, (tree / file).read_text())):
            lines = {abs(line) for arc in arcs for line in arc}
            yield file, arcs, sorted(before.tests_at(file, lines) - set(remaining))[:3]
