"""What stops a start is said in one sentence, and what does not stop it is said once."""

import asyncio
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from im66.startup import warn_of_another_server
from testkit.availability import unavailable
from testkit.server import ROOT, UVICORN, Server
from testkit.services import Redis, Unavailable, free_port
from tests.im66.test_refuse_settings import NONSENSE
from tests.support.calls import make_group
from tests.support.tiers import examples
from tests.support.waiting import until


def _run(server: Server, *arguments: str, **settings: str) -> tuple[int, str, str]:
    """The exit code, and what was said on the two ways."""
    done = server.attempt(*arguments, **settings)
    return done.returncode, done.stdout, done.stderr


def _refused(server: Server, *arguments: str, **settings: str) -> str:
    """Why it did not start: a line, and nothing else."""
    code, text, complaint = _run(server, *arguments, **settings)
    assert (code, text) == (2, ""), complaint
    assert re.fullmatch(r"[^\n]+\.\n", complaint), complaint
    return complaint


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    server = Server(tmp_path_factory.mktemp("start"))
    server.prepare()
    return server.data_dir


@pytest.fixture
def stopped(prepared: Path) -> Server:
    """What is needed to start a server."""
    return Server(prepared)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port on which everybody is taken in, and nobody is answered."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.mark.slow
def test_invalid_setting_is_reported_in_one_sentence(stopped: Server) -> None:
    """tests/im66/test_refuse_settings.py tries all that is nonsense, in one process."""
    for name in [*NONSENSE][:: examples(8, 1)]:
        assert name in _refused(stopped, "serve", "--port", "0", **{name: NONSENSE[name][-1]})


@pytest.mark.parametrize("command", ["migrate", "check"])
def test_every_command_rejects_unknown_settings(stopped: Server, command: str) -> None:
    assert _refused(stopped, command, IM66_QQQQQQ="1") == "IM66_QQQQQQ is not a setting of im66.\n"


@pytest.mark.parametrize("name", ["IM66_DATA_DIR", "IM66_MEDIA_ROOT"])
def test_folder_that_cannot_be_created_stops_the_start(stopped: Server, name: str) -> None:
    assert name in _refused(stopped, "serve", **{name: "/proc/nothing/can/be/made/here"})


@pytest.mark.parametrize("key", [b"", b"short", b"\xff" * 50], ids=["nothing", "little", "nonsense"])
def test_invalid_secret_key_file_stops_the_start(tmp_path: Path, key: bytes) -> None:
    (tmp_path / "secret-key").write_bytes(key)
    assert "holds no key" in _refused(Server(tmp_path), "serve")


@pytest.mark.parametrize("program", ["daphne", pytest.param("uvicorn", marks=pytest.mark.wide)])
def test_other_servers_report_an_invalid_setting(stopped: Server, program: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", program, "im66.asgi:application"],
        cwd=ROOT,
        env={**stopped.environment, "IM66_POLL_SECONDS": "soon"},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 2
    assert re.fullmatch(r"[^\n]*IM66_POLL_SECONDS[^\n]*\.\n", done.stderr), done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "The database was not prepared for this version: run `im66 migrate`."),
        ({"DATABASE_URL": "sqlite:////proc/im66.sqlite3"}, "The database cannot be used: "),
        ({"IM66_PRODUCTION": "true"}, "IM66_SECRET_KEY"),
    ],
    ids=["tables", "database", "key"],
)
def test_uvicorn_start_fails_without_tables_database_or_key(
    tmp_path: Path, settings: dict[str, str], expected: str
) -> None:
    code, complaint = _serve_by_uvicorn(Server(tmp_path / "data"), **settings)
    assert code in {2, 3}, complaint
    assert expected in complaint


POSTGRES = "postgres://im66@127.0.0.1:{free}/im66"


@pytest.mark.parametrize(
    ("command", "url"),
    [
        ("serve", POSTGRES),
        ("migrate", POSTGRES),
        ("demo", POSTGRES),
        ("serve", "sqlite:////proc/im66.sqlite3"),
        ("migrate", "sqlite:///{file}"),
    ],
)
def test_unusable_database_stops_the_start(stopped: Server, command: str, url: str) -> None:
    url = url.format(free=free_port(), file=Path(__file__))
    assert "The database cannot be used: " in _refused(stopped, command, DATABASE_URL=url)


def test_unknown_postgresql_option_stops_the_start(stopped: Server) -> None:
    url = "postgres://im66@127.0.0.1/im66?colour=red"
    assert 'DATABASE_URL cannot be used: invalid URI query parameter: "colour".' in _refused(
        stopped, "serve", DATABASE_URL=url
    )


@pytest.mark.slow
@pytest.mark.parametrize("command", ["serve", pytest.param("migrate", marks=pytest.mark.wide)])
def test_unresponsive_postgresql_is_reported_within_seconds(
    stopped: Server, command: str, silent_port: int
) -> None:
    complaint = _refused(stopped, command, DATABASE_URL=f"postgres://im66@127.0.0.1:{silent_port}/im66")
    assert "The database does not answer" in complaint


def _serve_by_uvicorn(server: Server, **settings: str) -> tuple[int, str]:
    """The exit code, and what was said: no traceback, and no address."""
    done = subprocess.run(
        [part.format(port=free_port()) for part in UVICORN],
        cwd=ROOT,
        env={**server.environment, **settings},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert "Traceback" not in done.stderr
    assert "running on" not in done.stderr
    return done.returncode, done.stderr


# How long the probe took, beside what it found; the time of Python's own start is left out.
PROBE = """
import time
import django

django.setup()
from im66 import startup

began = time.monotonic()
try:
    startup.require_database()
except startup.CannotStart as error:
    print(f"{time.monotonic() - began} {error}")
"""


def test_postgresql_timeouts_are_below_five_seconds(stopped: Server) -> None:
    """That for a connection ends before that for a whole answer."""
    printed = _run_python(
        stopped,
        "import django; django.setup(); from django.conf import settings; from im66 import startup;"
        "print(settings.DATABASES['default']['OPTIONS']['connect_timeout'], startup.ANSWER_SECONDS)",
        DATABASE_URL="postgres://im66@127.0.0.1:1/im66",
    )
    connecting, answering = map(float, printed.split())
    assert 0 < connecting < answering < 5


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [pytest.param("", id="usual", marks=pytest.mark.wide), pytest.param("?connect_timeout=60", id="patient")],
)
def test_start_stops_waiting_for_a_slow_database(stopped: Server, silent_port: int, options: str) -> None:
    url = f"postgres://im66@127.0.0.1:{silent_port}/im66{options}"
    seconds, _, complaint = _run_python(stopped, PROBE, DATABASE_URL=url).partition(" ")
    assert complaint.startswith("The database does not answer")
    # Three or four seconds; the rest is for a busy machine. The pool would have waited for 30.
    assert float(seconds) < 15


def _run_python(server: Server, code: str, **settings: str) -> str:
    """What a process with these settings prints."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**server.environment, "DJANGO_SETTINGS_MODULE": "im66.settings", **settings},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=100,
    ).stdout


def test_database_without_tables_stops_the_start(tmp_path: Path) -> None:
    assert "run `im66 migrate`" in _refused(Server(tmp_path / "data"), "serve")


def test_port_in_use_stops_the_start(stopped: Server, silent_port: int) -> None:
    complaint = _refused(stopped, "serve", "--port", str(silent_port))
    assert "Address already in use" in complaint


@pytest.mark.parametrize("address", [("--port", "99999"), ("--host", "192.0.2.1")])
def test_unusable_listen_address_stops_the_start(stopped: Server, address: tuple[str, str]) -> None:
    _refused(stopped, "serve", *address)


def test_demo_without_serving_prints_no_address(stopped: Server) -> None:
    code, text, complaint = _run(stopped, "demo", "--no-serve")
    assert (code, complaint) == (0, "")
    assert "alice" in text
    assert "http" not in text


@pytest.mark.slow
def test_absent_redis_and_its_return_are_logged_once(prepared: Path, tmp_path: Path) -> None:
    redis = Redis()
    stopped = Server(prepared)
    stopped.log = tmp_path / "server.log"
    stopped.environment["REDIS_URL"] = redis.url
    stopped.start()
    try:
        until(lambda: "Redis is away" in stopped.log.read_text())
        asyncio.run(make_group(stopped, "alice", "bob"))  # the limits need Redis too
        time.sleep(3)
        assert "Redis is back" not in stopped.log.read_text()
        with redis:
            until(lambda: "Redis is back" in stopped.log.read_text())
    except Unavailable as reason:
        unavailable(str(reason))
    finally:
        stopped.stop()
    text = stopped.log.read_text()
    assert text.count("Redis is back") == 1
    before, _, _ = text.partition("Redis is back")
    assert before.count("Redis is away") == 1
    assert "Traceback" not in text


def test_second_server_on_one_sqlite_database_logs_a_warning(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(connection.settings_dict, "NAME", str(tmp_path / "im66.sqlite3"))
    warn_of_another_server()
    assert not caplog.messages
    warn_of_another_server()
    assert "Another server uses this database" in caplog.text


def test_createsuperuser_without_a_terminal_fails_and_says_how() -> None:
    command = [sys.executable, "manage.py", "createsuperuser"]
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "--noinput --userid" in done.stderr
