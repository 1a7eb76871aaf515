"""Compares the tests of two commits, so that none is lost. F is a folder outside of the repository.

On the commit before, `record F/old --tier=all -m "not slow" -n 2 --dist loadfile` runs pytest and notes which
arcs each test reaches, in servers too. `mutants F/trials --record F/old --folder F` makes 300 small defects,
always the same, and notes which test notices each; `fixes` undoes past fixes instead. `--hot` is faster,
`--share 0/2` is for one of two processes.

On the commit after, `lost --record F/old --folder F` prints the arcs that only tests reached which are gone
or changed. Record these files anew and add `--record F/new`. `again F/trials-after F/trials --record F/old
--folder F` tries what was noticed before, `table F/trials-after --folder F` counts by tier.
"""

import argparse
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from testkit.strength import warm
from testkit.strength.bench import Bench
from testkit.strength.choosing import ROOT, sample
from testkit.strength.fixes import undone
from testkit.strength.reached import Record, lost
from testkit.strength.record import record
from testkit.strength.scratch import Scratch
from testkit.strength.trials import NOTICED, Change, Trial, Trials
from testkit.strength.trying import TIERS, tiers_of


def _record(given: argparse.Namespace) -> int:
    return record(given.record, given.arguments)


def _mutants(given: argparse.Namespace) -> int:
    _try(given, [(change, []) for change in sample(given.count, given.seed)])
    return 0


def _fixes(given: argparse.Namespace) -> int:
    changes = islice(undone(given.commit, given.fixes), given.count)
    _try(given, [(change, []) for change in changes])
    return 0


def _again(given: argparse.Namespace) -> int:
    """Those that were noticed before. A test of a file that has not changed still notices what it did."""
    [record] = given.records[:1]
    trusted = set(_present(given)) - set(_tests_in(given, _changed(given, record)))
    noticed = [trial for trial in Trials(given.before) if trial.outcome == NOTICED]
    for trial in noticed:
        if still := [test for test in trial.noticed_by if test in trusted]:
            Trials(given.trials).add(Trial(trial.change, NOTICED, still))
    _try(given, [(trial.change, trial.noticed_by) for trial in noticed])
    return 0


def _try(given: argparse.Namespace, changes: Iterable[tuple[Change, list[str]]]) -> None:
    """Those that are this process's share, and have not been tried."""
    done = {trial.change.id for trial in Trials(given.trials)}
    share, of = map(int, given.share.split("/"))
    mine = [one for number, one in enumerate(changes) if number % of == share and one[0].id not in done]
    folder = given.folder / f"tree-{share}"
    bench = Bench(folder, given.commit, _present(given), given.records, given.seconds)
    if given.hot:
        bench.heat({test.partition("::")[0] for record in given.records for test in record.outcomes})
    for change, known in mine:
        trial = bench.try_out(change, known)
        Trials(given.trials).add(trial)
        _say(f"{trial.outcome} {trial.seconds:.0f} s {change.id} {change.about} {trial.noticed_by[:1]}")


def _lost(given: argparse.Namespace) -> int:
    """Exits with 1 if an arc is."""
    before, *after = given.records
    changed = _changed(given, before)
    remaining = set(_present(given)) - set(_tests_in(given, changed))
    count = 0
    with TemporaryDirectory() as folder:
        Scratch(Path(folder), before.commit)
        for file, arcs, tests in lost(before, remaining, after, Path(folder)):
            note = " (the code has changed)" if file in changed else ""
            _say(f"{file}{note}: {', '.join(f'{arc.start}→{arc.end}' for arc in arcs)}")
            _say(f"    e.g. {', '.join(tests)}")
            count += len(arcs)
    _say(f"{count} arcs are lost.")
    return int(count > 0)


def _table(given: argparse.Namespace) -> int:
    """How many are noticed, by the first tier that has one of the tests which notice it."""
    tiers = _tiers(given)
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for trial in Trials(given.trials):
        # Each tier collects all files, so it notices a file that cannot be imported.
        found = {tiers.get(test, "") if "::" in test else TIERS[0] for test in trial.noticed_by}
        tier = next((tier for tier in TIERS if tier in found), "")
        counts[_area(trial.change)][f"{trial.outcome} {tier}".strip()] += 1
        if trial.outcome != NOTICED:
            _say(f"{trial.outcome}: {trial.change.id} {trial.change.about}")
    for area, outcomes in counts.items():
        _say(f"{area}: {', '.join(f'{count} {outcome}' for outcome, count in sorted(outcomes.items()))}")
    _say(f"all: {dict(sum(counts.values(), Counter()))}")
    return 0


def _area(change: Change) -> str:
    """The folder of a mutant's file, or that it is a fix undone."""
    return str(Path(change.id.partition(":")[0]).parent) if ":" in change.id else "fixes"


def _tiers(given: argparse.Namespace) -> dict[str, str]:
    """Of each test of the commit, kept in the folder."""
    commit = _git("rev-parse", given.commit)[:12]
    kept = given.folder / f"tiers-{commit}.json"
    if not kept.exists():
        with TemporaryDirectory() as folder:
            Scratch(Path(folder), commit)
            tiers_of(Path(folder), kept)
    return tiers_of(ROOT, kept)


def _present(given: argparse.Namespace) -> list[str]:
    """The tests of the commit up to the tier."""
    allowed = TIERS[: TIERS.index(given.tier) + 1]
    return [test for test, tier in _tiers(given).items() if tier in allowed]


def _changed(given: argparse.Namespace, record: Record) -> set[str]:
    """The files that have, since it was recorded."""
    return set(_git("diff", "--name-only", record.commit, given.commit).splitlines())


def _tests_in(given: argparse.Namespace, files: set[str]) -> Iterator[str]:
    return (test for test in _present(given) if test.partition("::")[0] in files)


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m testkit.strength")
    commands = parser.add_subparsers(required=True)
    recording = commands.add_parser("record", help="run pytest, and note what each test reaches")
    recording.add_argument("record", type=Path)
    recording.set_defaults(does=_record)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--commit", default="HEAD", help="whose tests run")
    common.add_argument("--tier", choices=TIERS, default="all", help="up to which tier")
    common.add_argument("--folder", type=Path, required=True, help="for what is made; not in the repository")
    common.add_argument("--record", dest="records", type=Record, action="append", default=[])
    trying = argparse.ArgumentParser(add_help=False)
    trying.add_argument("trials", type=Path, help="where it is noted what became of each")
    trying.add_argument("--share", default="0/1", help="for several processes: 0/2 and 1/2")
    trying.add_argument("--seconds", type=float, default=120.0, help="how long one run of tests may take")
    trying.add_argument("--hot", action="store_true", help="run quick tests in a process that has loaded all")
    for name, does, what in (
        ("mutants", _mutants, "make small defects, and note which tests notice them"),
        ("fixes", _fixes, "undo fixes, and note which tests notice it"),
    ):
        command = commands.add_parser(name, help=what, parents=[common, trying])
        command.add_argument("--count", type=int, default=300)
        command.add_argument("--seed", type=int, default=66)
        command.add_argument("--fix", dest="fixes", action="append", default=[], help="not each commit")
        command.set_defaults(does=does)
    again = commands.add_parser(
        "again", help="try on another commit what was noticed before", parents=[common, trying]
    )
    again.add_argument("before", type=Path, help="what `mutants` or `fixes` noted")
    again.set_defaults(does=_again)
    losing = commands.add_parser("lost", help="which arcs only tests reached that are gone", parents=[common])
    losing.set_defaults(does=_lost)
    table = commands.add_parser("table", help="count what was noticed", parents=[common])
    table.add_argument("trials", type=Path)
    table.set_defaults(does=_table)
    return parser


def _main() -> int:
    given, given_on = _parser().parse_known_args()
    given.arguments = given_on
    if given.does is not _record:
        warm.load()
    return int(given.does(given))


if __name__ == "__main__":
    sys.exit(_main())
