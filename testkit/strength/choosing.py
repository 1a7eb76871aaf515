"""Which tests to try a change on, and in what order."""

import random
import subprocess
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path, PurePath

from testkit.strength.mutating import Mutant, mutants_of
from testkit.strength.reached import Record
from testkit.strength.trials import Change

ROOT = Path(__file__).resolve().parents[2]
# Where a defect would do most harm.
AREAS = ("accounts/access.py", "chat/protocol", "chat/delivery", "groups/services.py", "moderation/actions")
_PER_FILE = 12
_FIRST, _SECOND, _SLOW = 40, 120, 12
_QUICK_SECONDS = 2.0


def sample(count: int, seed: int) -> list[Change]:
    """So many mutants, equally many of each area; the same ones for the same code and seed."""
    dice = random.Random(seed)
    chosen: list[Change] = []
    for area in AREAS:
        pattern = area if area.endswith(".py") else f"{area}/*.py"
        command = ["git", "ls-files", pattern]
        listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        found = [mutant for file in sorted(listed.split()) for mutant in mutants_of(file, _read(file))]
        shuffled = dice.sample(found, len(found))
        made = (_change_of(mutant, number) for number, mutant in enumerate(shuffled))
        chosen += islice(filter(None, made), count // len(AREAS))
    return chosen


def _change_of(mutant: Mutant, number: int) -> Change | None:
    patch = mutant.patch(_read(mutant.file))
    return Change(f"{mutant.file}:{mutant.line}:{number}", mutant.kind, patch) if patch else None


def _read(file: str) -> str:
    return (ROOT / file).read_text()


def rounds(
    records: Iterable[Record], lines: Mapping[str, Collection[int]], present: Collection[str]
) -> list[list[str]]:
    """The tests that reach these lines: a few that are most about them, then more, then slow ones. If no test
    does, as where something runs at import, those that reach the files."""
    about = {PurePath(file).stem for file in lines}
    seconds: dict[str, float] = {}
    places: dict[str, tuple[bool, int, str]] = {}
    for record in records:
        reaching = {test for file in lines for test in record.tests_at(file, lines[file])}
        for test in (reaching or {test for file in lines for test in record.tests_at(file)}) & set(present):
            seconds[test] = record.outcomes.get(test, ("", 0.0))[1]
            places[test] = (_module_of(test) not in about, record.sizes[test], test)
    quick = sorted((test for test in places if seconds[test] < _QUICK_SECONDS), key=places.__getitem__)
    first = _spread(quick)[:_FIRST]
    second = [test for test in quick if test not in set(first)][:_SECOND]
    slow = sorted(seconds.keys() - set(quick), key=seconds.__getitem__)[:_SLOW]
    return [first, second, slow]


def _spread(tests: Sequence[str]) -> list[str]:
    """Not more than a few of each file."""
    seen: Counter[str] = Counter()
    spread = []
    for test in tests:
        seen[test.partition("::")[0]] += 1
        if seen[test.partition("::")[0]] <= _PER_FILE:
            spread.append(test)
    return spread


def _module_of(test: str) -> str:
    return PurePath(test.partition("::")[0]).stem.removeprefix("test_")
