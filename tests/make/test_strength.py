"""testkit.strength: which code tests reach, and which defects they notice."""

import subprocess
import sys
from collections.abc import Iterable
from difflib import unified_diff
from pathlib import Path

import pytest
from coverage import CoverageData

from testkit.server import ROOT
from testkit.strength.choosing import rounds
from testkit.strength.mutating import mutants_of
from testkit.strength.reached import Arc, Record, lost
from testkit.strength.scratch import changed_lines
from testkit.strength.trials import NOTICED, Change, Trial, Trials

FILE = "chat/example.py"
SOURCE = """\
MAX_WORDS = 3


async def send(words, room, lock):
    if words is None or not room:
        return False
    async with lock:
        try:
            room.text = " ".join(words[:MAX_WORDS])
        except ValueError:
            return True
        await room.tell(1 + 1)
    if room.full:
        raise ValueError
    return len(words) < MAX_WORDS
"""
BEFORE, OTHER = "tests/chat/test_example.py::test_before", "tests/chat/test_other.py::test_other"


def code_of(patch: str | None) -> list[str]:
    """The lines that it puts in."""
    assert patch
    return [line[1:].strip() for line in patch.splitlines() if line.startswith("+") and line[1] != "+"]


def patch(file: str, before: str, after: str) -> str:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return "".join(unified_diff(old, new, f"a/{file}", f"b/{file}"))


def make_record(folder: Path, arcs: dict[str, list[tuple[int, int]]], failed: Iterable[str] = ()) -> Record:
    """Of tests that reach these arcs of FILE."""
    folder.mkdir()
    data = CoverageData(str(folder / "reached"))
    for test, reached in arcs.items():
        data.set_context(test)
        data.add_arcs({"/im66/im66/__init__.py": [(-1, 1)], f"/im66/{FILE}": reached})
    data.write()
    (folder / "commit").write_text("HEAD")
    outcomes = [f"{'failed' if test in failed else 'passed'} 0.1 {test}\n" for test in arcs if test]
    (folder / "outcomes").write_text("".join(outcomes))
    return Record(folder)


def test_each_kind_of_slip_is_made() -> None:
    made = {mutant.kind: code_of(mutant.patch(SOURCE)) for mutant in mutants_of(FILE, SOURCE)}

    assert made == {
        "and/or": ["if (words is None and (not room)):"],
        "arithmetic": ["await room.tell((1 - 1))"],
        "async with removed": ["async with __import__('contextlib').nullcontext():"],
        "boolean": ["return False"],
        "call removed": ["pass"],
        "comparison": ["return (len(words) <= MAX_WORDS)"],
        "condition": ["if (not (room.full)):"],
        "constant + 1": ["await room.tell(1 + 2)"],
        "constant - 1": ["await room.tell(1 + (0))"],
        "exception not caught": ["raise"],
        "guard removed": ["if False:"],
        "not": ["if words is None or (room):"],
        "raise removed": ["pass"],
        "return": ["return None"],
        "statement removed": ["pass"],
    }


def test_what_is_logged_and_what_the_checker_of_types_reads_is_left_alone() -> None:
    source = "def run(log, limit: 3):\n    log.info(1)\n    assert limit > 1\n    left: int\n"

    assert mutants_of(FILE, source) == []


def test_columns_are_found_behind_chinese_text() -> None:
    source = 'NAMES = ("群", True)\n'
    [mutant] = mutants_of(FILE, source)

    assert code_of(mutant.patch(source)) == ['NAMES = ("群", False)']


def test_lines_that_change_and_those_around_what_is_added() -> None:
    assert changed_lines("a\nb\nc\n", "a\nx\nc\n") == {2}
    assert changed_lines("a\nb\nc\n", "a\nb\nx\nc\n") == {2, 3}
    assert changed_lines("a\nb\nc\n", "a\nc\n") == {2}


def test_tests_that_failed_count_for_nothing(tmp_path: Path) -> None:
    record = make_record(tmp_path / "old", {BEFORE: [(5, 6)], OTHER: [(5, 7)]}, failed=[OTHER])

    assert record.tests_at(FILE, [5]) == {BEFORE}
    assert record.tests_at(FILE, [7]) == set()
    assert record.tests_at("chat/unknown.py", [5]) == set()


def test_arcs_that_no_test_reaches_any_more_are_lost(tmp_path: Path) -> None:
    old = make_record(tmp_path / "old", {"": [(1, 4)], BEFORE: [(5, 6), (5, 7)], OTHER: [(5, 6), (1, 4)]})
    tree = tmp_path / "tree"
    (tree / "chat").mkdir(parents=True)
    (tree / FILE).write_text(SOURCE)

    assert list(lost(old, [BEFORE, OTHER], [], tree)) == []
    assert list(lost(old, [OTHER], [], tree)) == [(FILE, [Arc(5, 7)], [BEFORE])]


def test_arcs_that_a_new_test_reaches_are_not(tmp_path: Path) -> None:
    old = make_record(tmp_path / "old", {BEFORE: [(5, 6), (5, 7)]})
    new = make_record(tmp_path / "new", {OTHER: [(5, 7)]})
    tree = tmp_path / "tree"
    (tree / "chat").mkdir(parents=True)
    (tree / FILE).write_text(SOURCE)

    assert list(lost(old, [], [new], tree)) == [(FILE, [Arc(5, 6)], [BEFORE])]


def test_tests_that_are_named_after_the_module_and_reach_little_run_first(tmp_path: Path) -> None:
    record = make_record(tmp_path / "old", {OTHER: [(5, 6)], BEFORE: [(5, 6), (5, 7), (7, 8)]})

    assert rounds([record], {FILE: {5}}, [BEFORE, OTHER]) == [[BEFORE, OTHER], [], []]
    assert rounds([record], {FILE: {5}}, [OTHER]) == [[OTHER], [], []]


def test_trials_are_read_as_they_were_noted(tmp_path: Path) -> None:
    trials = Trials(tmp_path / "trials")
    trial = Trial(Change("1", "comparison", "a patch"), NOTICED, [BEFORE], ["why"], 3, 1.5)

    trials.add(trial)

    assert list(trials) == [trial]


TRY = """
import sys
from pathlib import Path
from testkit.strength import warm
from testkit.strength.bench import Bench
from testkit.strength.trials import Change

warm.load()
test, *patches = sys.argv[2:]
bench = Bench(Path(sys.argv[1]), "HEAD", [test], [])
for way in ("cold", "hot"):
    if way == "hot":
        bench.heat([test.partition("::")[0]])
    for patch in patches:
        trial = bench.try_out(Change(way, "", patch, [test]))
        sys.stdout.write(f"{way}: {trial.outcome}\\n")
"""


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not in a repository")
def test_a_defect_is_noticed_and_what_is_none_is_not(tmp_path: Path) -> None:
    """In a process of its own, which has libraries loaded and nothing else."""
    file, test = "groups/services.py", "tests/groups/test_add_members.py::test_a_member_is_added"
    source = (ROOT / file).read_text()
    harmful = source.replace("joined=joined,", "joined=[],")
    harmless = source.replace("list(dict.fromkeys(members))", "[*dict.fromkeys(members)]")
    patches = [patch(file, source, changed) for changed in (harmful, harmless)]
    done = subprocess.run(
        [sys.executable, "-c", TRY, str(tmp_path / "tree"), test, *patches],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert done.stdout.splitlines() == ["cold: noticed", "cold: unnoticed", "hot: noticed", "hot: unnoticed"]
