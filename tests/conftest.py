"""What all tests share: a fixed cast. Alice owns, Bob is a member, Charlie is outside."""

import gc
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import pytest
import pytest_django
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection
from django.test.utils import setup_databases, teardown_databases

from accounts import refusals
from accounts.limits import limits
from im66.operating import bounded_logs
from moderation.rules import registry
from testkit.listed_once import list_once
from testkit.prepared import tables_for_tests
from testkit.server import ROOT, SERVE, WITHOUT_LIMITS, Server
from tests.support import alone, lasting, tiers
from tests.support.accounts import QUICK_HASHER
from tests.support.browser import browser
from tests.support.flushed import Emptying
from tests.support.settings import override

# How long an example takes tells of the machine, and of what else runs there.
hypothesis.settings.register_profile("im66", deadline=None)
hypothesis.settings.load_profile("im66")

MakeServer = Callable[..., Server]

__all__ = ["browser"]

_TESTS = Path(__file__).parent
_USUAL_THRESHOLDS = gc.get_threshold()


def pytest_addoption(parser: pytest.Parser) -> None:
    tiers.add_options(parser)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    # As manage.py does, for the same reason: to collect takes a tenth less. Tests are more than a program is.
    gc.set_threshold(1_000_000)
    tiers.register(config)
    alone.register(config)
    config.pluginmanager.register(lasting)
    # A shell ignores it for what it starts in the background, and then so does everything that tests start.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Threads that write beside a test's own. Servers, which are processes of their own, draw them as always.
    override(settings, mosaics=False)
    _do_not_wait_for_the_disk(settings.DATABASES["default"])
    settings.PASSWORD_HASHERS = [QUICK_HASHER, *settings.PASSWORD_HASHERS[1:]]


def _do_not_wait_for_the_disk(database: dict[str, Any]) -> None:
    """The database of the test's own process is thrown away. Those of servers are as they always are."""
    if options := database.get("OPTIONS", {}).get("init_command"):
        database["OPTIONS"]["init_command"] = options.replace("synchronous=FULL", "synchronous=OFF")


def pytest_collection_finish() -> None:
    # Neither modules nor tests ever go, so no search for what could go need look at them.
    gc.freeze()
    gc.set_threshold(*_USUAL_THRESHOLDS)


def pytest_sessionstart(session: pytest.Session) -> None:
    # Every client of a test has middleware of its own.
    list_once()
    if hasattr(session.config, "workerinput"):
        _import_share(session.config)


def _import_share(config: pytest.Config) -> None:
    """In a new clone, each of the processes would compile all tests, in the same order. So each begins with
    others, and finds compiled what the others have begun with."""
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    worker: dict[str, Any] = config.workerinput  # type: ignore[attr-defined]
    files = [file for file in sorted(_TESTS.rglob("test_*.py")) if not _is_left_out(file, config)]
    for file in files[int(worker["workerid"].removeprefix("gw")) :: worker["workercount"]]:
        # What fails will fail once more when it is collected.
        with suppress(Exception, pytest.skip.Exception):
            import_module(".".join(file.relative_to(_TESTS.parent).with_suffix("").parts))


def _is_left_out(file: Path, config: pytest.Config) -> bool:
    return bool(config.hook.pytest_ignore_collect(collection_path=file.parent, config=config))


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_keepdb: bool,
    django_db_blocker: pytest_django.DjangoDbBlocker,
) -> Iterator[None]:
    """As that of pytest-django, but migrations run once for the code as it is, not in each process."""
    with django_db_blocker.unblock():
        with nullcontext(True) if django_db_keepdb else _tables() as is_there:
            made = setup_databases(0, interactive=False, aliases={DEFAULT_DB_ALIAS: None}, keepdb=is_there)
        Emptying()
    yield
    if not django_db_keepdb:
        with django_db_blocker.unblock():
            teardown_databases(made, 0)


def _tables() -> AbstractContextManager[bool]:
    """Says whether the tables are there."""
    if connection.vendor != "sqlite":
        _make_on_postgres()
        return nullcontext(True)
    return tables_for_tests(Path(settings.DATABASES[DEFAULT_DB_ALIAS]["TEST"]["NAME"]), ROOT)


def _make_on_postgres() -> None:
    name = connection.creation._create_test_db(0, autoclobber=True)  # type: ignore[attr-defined]
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    with TemporaryDirectory() as folder:
        Server(Path(folder), DATABASE_URL=url).prepare()


@pytest.fixture(autouse=True)
def _no_memory_of_others() -> Iterator[None]:
    """What one test does counts for no other one."""
    yield
    registry.current = registry.Registry()
    limits.forget()
    refusals.forget()
    bounded_logs.shared().forget()


@pytest.fixture
def started_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers have imported nothing when they begin, and their environment is where the system shows it."""
    monkeypatch.setattr(Server, "may_fork", False)


@pytest.fixture
def make_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeServer]:
    """Starts servers of a test's own, ended with it. Takes what Server takes but the folder."""
    started: list[Server] = []

    def make(command: list[str] = SERVE, **settings: str) -> Server:
        server = Server(tmp_path_factory.mktemp("server"), command, **settings)
        server.prepare()
        started.append(server)
        server.start()
        return server

    yield make
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def busy_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """As `server`, for tests that send and ask more than people do."""
    with Server(tmp_path_factory.mktemp("busy-server"), **WITHOUT_LIMITS) as shared:
        yield shared


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that do it no harm. Userids are not to be shared between tests."""
    with Server(tmp_path_factory.mktemp("shared-server")) as shared:
        yield shared
