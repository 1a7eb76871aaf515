"""The stage of the scenarios: one database, and the subjects, started when needed."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count

from bench.databases import Database
from bench.options import Sizes
from bench.processes import SERVER_CORE, ServerProcess, call, serving
from bench.subjects import OURS, migrate_command, serve_command, settings_of
from testkit.services import free_port


class Stage:
    """As a context manager, it ends everything that it started. `core`: where servers run, None on all."""

    _numbers = count(1)

    def __init__(self, database: Database, sizes: Sizes) -> None:
        self.database = database
        self.sizes = sizes
        self.core: int | None = SERVER_CORE
        self._stack = ExitStack()
        self._running: dict[str, ServerProcess] = {}

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def subject(self, name: str) -> ServerProcess:
        """The subject, started on first use. The other subjects are idle meanwhile."""
        if name not in self._running:
            self._running[name] = self._stack.enter_context(self.fresh(name))
        return self._running[name]

    @contextmanager
    def fresh(self, name: str, label: str = "", **extra: str) -> Iterator[ServerProcess]:
        """Run the subject in a process of its own, on the database of that label. It ends with the block.

        `extra`: more environment variables than those for the database.
        """
        settings = {**self.database.settings(name, label), **settings_of(name), **extra}
        self.make_tables(name, settings)
        port = free_port()
        log = self.database.folder / f"{name}.log"
        command = serve_command(name, port)
        with serving(command, settings, port, log, self.core, self.database.code) as process:
            yield process

    def make_tables(self, name: str, settings: Mapping[str, str]) -> None:
        """Create the missing tables: once for each database of ours."""
        if command := migrate_command(name):
            migrate = partial(call, command, settings, self.database.code)
            if name in OURS:
                self.database.make_tables(settings, migrate)
            else:
                migrate()

    def userids(self, size: int) -> list[str]:
        """The userids of this many new people."""
        crowd = next(self._numbers)
        return [f"c{crowd}m{number}" for number in range(size)]
