"""A process that has collected the tests, and forks one for each change, in which functions are exchanged.

So a try takes no longer than the tests themselves. It is no way to try what runs at import, or in servers.
"""

import gc
import json
import multiprocessing
import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from inspect import CO_OPTIMIZED
from itertools import islice, pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType, FunctionType

import pytest

from testkit.strength import warm
from testkit.strength.scratch import Sources
from testkit.strength.trials import GIVEN_UP, TOO_LONG
from testkit.strength.trying import explain

Failures = dict[str, str]


class NotExchangeable(Exception):
    """More than the inside of functions has changed, or a test is not known."""


class Hot:
    """Of the tree at `root`, with these files of tests. `database`: see warm.run_pytest."""

    def __init__(
        self, root: Path, files: Sequence[str], database: Path, seconds: float, failures: int
    ) -> None:
        self._asked, asks = multiprocessing.Pipe()
        self._log = root / "var" / "pytest.log"
        loop = _Loop(asks, database, seconds, failures)
        arguments = [*files, "-q", "-m", "not slow", "--tier=wide", f"--timeout={seconds / 2}"]
        process = multiprocessing.get_context("fork").Process(
            target=warm.be_pytest, args=(root, arguments, loop, database), daemon=True
        )
        process.start()
        asks.close()

    def run(self, tests: Sequence[str], sources: Sources) -> Failures:
        """The tests that fail on the change, and how. Raises NotExchangeable."""
        try:
            self._asked.send((tests, sources))
            answer: Failures | None = self._asked.recv()
        except (EOFError, OSError) as error:
            raise RuntimeError(f"The process has ended: see {self._log}.") from error
        if answer is None:
            raise NotExchangeable
        return answer


class _Loop:
    """A plugin of pytest that runs what it is asked to, instead of all tests."""

    def __init__(self, asks: Connection, database: Path, seconds: float, failures: int) -> None:
        self._asks = asks
        self._database = database
        self._seconds = seconds
        self._failures = failures
        self._noted: Path | None = None
        self._count = 0
        self._has_hung = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> object:
        self._items = {item.nodeid: item for item in session.items}
        # What belongs to all tests is made by one, and stays for the next.
        for first, second in islice(pairwise(filter(_needs_database, session.items)), 1):
            first.config.hook.pytest_runtest_protocol(item=first, nextitem=second)
        self._functions = _functions_by_file(Path.cwd())
        while True:
            try:
                tests, sources = self._asks.recv()
            except EOFError:
                return True
            try:
                self._asks.send(self._run(tests, sources))
            except NotExchangeable:
                self._asks.send(None)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self._noted:
            self._count += 1
            self._has_hung = explain(report).startswith(TOO_LONG)
            with self._noted.open("a") as file:
                file.write(json.dumps([report.nodeid, explain(report)]) + "\n")

    def _run(self, tests: Sequence[str], sources: Sources) -> Failures:
        from django.db import connections

        exchanges = [pair for file in sources for pair in self._exchanges(file, *sources[file])]
        if not tests or not all(test in self._items for test in tests):
            raise NotExchangeable
        connections.close_all()
        [name] = {str(connections["default"].settings_dict["NAME"])}
        shutil.copy(self._database, name)
        noted = Path("var", "failed").resolve()
        noted.write_text("")
        pid = os.fork()
        if not pid:
            self._noted = noted
            self._live(tests, exchanges)
        has_ended = warm.wait(pid, self._seconds)
        failed: Failures = dict(json.loads(line) for line in noted.read_text().splitlines())
        return failed or ({} if has_ended is not None else GIVEN_UP)

    def _exchanges(self, file: str, before: str, after: str) -> Iterator[tuple[FunctionType, CodeType]]:
        known = self._functions.get(file)
        if not known:
            raise NotExchangeable
        for old, new in _differing(compile(before, file, "exec"), compile(after, file, "exec")):
            found = known.get((old.co_qualname, old.co_firstlineno), [])
            # A function within another one is exchanged with it.
            if not found and "<locals>" not in old.co_qualname:
                raise NotExchangeable
            for function in found:
                if function.__code__.co_freevars != new.co_freevars:
                    raise NotExchangeable
                yield function, new

    def _live(self, tests: Sequence[str], exchanges: Iterable[tuple[FunctionType, CodeType]]) -> None:
        """Be the process that runs them."""
        code = 3
        try:
            os.setsid()
            for function, changed in exchanges:
                function.__code__ = changed
            items = [self._items[test] for test in tests]
            # What was made for the tests of another file goes.
            items[0].session._setupstate.teardown_exact(items[0])
            for item, following in zip(items, [*items[1:], None], strict=True):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if self._count >= self._failures or self._has_hung:
                    break
            code = 0
        finally:
            os._exit(code)


def _needs_database(item: pytest.Item) -> bool:
    return "django_db" in item.keywords or "db" in getattr(item, "fixturenames", ())


def _functions_by_file(root: Path) -> dict[str, dict[tuple[str, int], list[FunctionType]]]:
    """By the file, below `root`; and there by the name and the first line."""
    found: dict[str, dict[tuple[str, int], list[FunctionType]]] = defaultdict(lambda: defaultdict(list))
    for thing in gc.get_objects():
        # Asked for its class, a lazy object would be made.
        if type(thing) is FunctionType:
            code = thing.__code__
            path = Path(code.co_filename)
            if path.is_relative_to(root):
                found[str(path.relative_to(root))][code.co_qualname, code.co_firstlineno].append(thing)
    return found


def _differing(before: CodeType, after: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The functions of both, in pairs. Raises NotExchangeable if anything outside of them has changed."""
    inside = [_codes(code) for code in (before, after)]
    if not before.co_flags & CO_OPTIMIZED:
        if _rest(before) != _rest(after) or len(inside[0]) != len(inside[1]):
            raise NotExchangeable
    elif before != after:
        yield before, after
    for pair in zip(*inside, strict=False):
        yield from _differing(*pair)


def _codes(code: CodeType) -> list[CodeType]:
    return [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def _rest(code: CodeType) -> object:
    rest = [repr(constant) for constant in code.co_consts if not isinstance(constant, CodeType)]
    return code.co_code, code.co_names, rest
