"""Try changes of the code of a commit on its tests."""

import json
import shutil
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from testkit import prepared
from testkit.strength import warm
from testkit.strength.choosing import rounds
from testkit.strength.hot import Hot, NotExchangeable
from testkit.strength.reached import Record
from testkit.strength.scratch import DoesNotApply, Scratch, Sources, changed_lines
from testkit.strength.trials import GIVEN_UP, NOTICED, OUTDATED, UNNOTICED, UNSURE, Change, Trial
from testkit.strength.trying import Chosen

_MAX_FAILURES = 3


class Bench:
    """A commit, its tests, and what is known of their reach. `folder` is emptied for a copy of the commit.

    `max_seconds`: how long one run of tests may take.
    """

    def __init__(
        self,
        folder: Path,
        commit: str,
        present: Collection[str],
        records: Sequence[Record],
        max_seconds: float = 120.0,
    ) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        self._scratch = Scratch(folder, commit)
        self._present = present
        self._records = records
        self._max_seconds = max_seconds
        tables = folder / "var" / "tables"
        prepared.write_new_database(tables, folder)
        self._database = tables / prepared.NAME
        self._hot: Hot | None = None

    def heat(self, files: Iterable[str]) -> None:
        """Have a process that has collected the quick tests of these files, which takes a while."""
        there = sorted(file for file in files if (self._scratch.folder / file).exists())
        self._hot = Hot(self._scratch.folder, there, self._database, self._max_seconds, _MAX_FAILURES)

    def try_out(self, change: Change, known: Iterable[str] = ()) -> Trial:
        """Run tests until one notices it: those that are known to, those written against it, those in their
        files, and those that reach it."""
        trial = Trial(change)
        try:
            with self._scratch.changed_by(change.patch) as sources:
                chosen = [tests for tests in self._rounds(change, list(known), sources) if tests]
        except DoesNotApply:
            trial.outcome = OUTDATED
            return trial
        for tests in chosen:
            if trial.outcome != NOTICED:
                self._try_on(tests, trial)
        return trial

    def _try_on(self, tests: Sequence[str], trial: Trial) -> None:
        with self._scratch.changed_by(trial.change.patch) as sources:
            self._run(tests, trial.change.patch, sources, trial)
        if trial.took_too_long and self._fail_anyway(trial):
            trial.outcome = UNSURE
            trial.noticed_by.clear()

    def _fail_anyway(self, trial: Trial) -> bool:
        """On a machine that does much else, tests may take too long without any change as well."""
        control = Trial(trial.change)
        self._run(trial.noticed_by, "", {}, control)
        return control.outcome == NOTICED

    def _rounds(self, change: Change, known: Sequence[str], sources: Sources) -> Iterator[Sequence[str]]:
        yield self._named([*known, *change.touched])
        files = {test.partition("::")[0] for test in known}
        yield [test for test in self._present if test.partition("::")[0] in files]
        yield from rounds(self._records, _lines(sources), self._present)

    def _named(self, names: Iterable[str]) -> list[str]:
        """The tests, or all cases of a test, or all tests of a file."""
        wanted = tuple(names)
        starts = tuple(f"{name}{end}" for name in wanted for end in ("[", "::"))
        return [test for test in self._present if test in wanted or test.startswith(starts)]

    def _run(self, tests: Sequence[str], patch: str, sources: Sources, trial: Trial) -> None:
        began = time.monotonic()
        failed = self._run_hot(tests, sources)
        if failed is None:
            failed = self._run_cold(tests, patch)
        trial.noticed_by += [test for test in failed if test]
        trial.failures += failed.values()
        is_unsure = trial.outcome == UNSURE or trial.failures
        trial.outcome = NOTICED if trial.noticed_by else UNSURE if is_unsure else UNNOTICED
        trial.ran += len(tests)
        trial.seconds = round(trial.seconds + time.monotonic() - began, 1)

    def _run_hot(self, tests: Sequence[str], sources: Sources) -> dict[str, str] | None:
        """None if that is not possible: what runs at import has run already."""
        if self._hot and sources and not self._is_at_import(sources):
            with suppress(NotExchangeable):
                return self._hot.run(tests, sources)
        return None

    def _is_at_import(self, sources: Sources) -> bool:
        lines = _lines(sources)
        return any(
            record.is_reached_without_test(file, lines[file]) for record in self._records for file in lines
        )

    def _run_cold(self, tests: Sequence[str], patch: str) -> dict[str, str]:
        folder = self._scratch.folder
        noted = folder / "var" / "failed"
        noted.write_text("")
        database = None if "/migrations/" in patch else self._database
        files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
        arguments = [*files, "-q", f"--maxfail={_MAX_FAILURES}", f"--timeout={self._max_seconds / 2}"]
        code = warm.run_pytest(folder, arguments, Chosen(tests, noted), self._max_seconds, database)
        failed: dict[str, str] = dict(json.loads(line) for line in noted.read_text().splitlines())
        return failed or ({} if code is not None else GIVEN_UP)


def _lines(sources: Sources) -> dict[str, set[int]]:
    return {file: changed_lines(*texts) for file, texts in sources.items()}
