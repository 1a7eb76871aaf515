"""Where an import would do harm, it is refused in one sentence, and nothing is written."""

import re
from pathlib import Path

import pytest
from redis import Redis as Client

from firstserver.source import database_address
from testkit.server import Server
from testkit.services import free_port
from tests.firstserver import command
from tests.firstserver.first_server import FirstServer, unicast

pytestmark = pytest.mark.slow

PEOPLE = "SELECT userid FROM accounts_user"


@pytest.fixture(autouse=True)
def waiting(first: FirstServer) -> None:
    first.wait("bob", unicast("alice", "hello"))


def refused(server: Server, *arguments: str) -> str:
    """Why: a line, and nothing else."""
    outcome = command.run(server, *arguments)
    assert (outcome.code, outcome.output) == (2, ""), outcome
    assert re.fullmatch(r"[^\n]+\.\n", outcome.complaint), outcome.complaint
    return outcome.complaint


def test_import_is_refused_while_a_server_runs(first: FirstServer, new: Server) -> None:
    new.start()
    assert "stop every server of im66" in refused(new, first.url)
    assert new.query(PEOPLE) == []

    new.stop()
    assert command.run(new, first.url).code == 0


def test_dry_run_works_while_a_server_runs(first: FirstServer, new: Server) -> None:
    new.start()
    with Client.from_url(first.url) as client:
        client.ping()
        assert "would be imported" in command.run(new, first.url, "--dry-run").output


def test_import_is_refused_if_the_log_has_messages(first: FirstServer, new: Server) -> None:
    new.run_python("from accounts.services import ensure_users; ensure_users(['a', 'b'])")
    new.run_python("from log.appending import *; append([Draft('text', 'a', 'b', 'hello', '')])")
    assert "already holds messages" in refused(new, first.url)
    assert new.stored() == ["hello"]


def test_import_is_refused_if_a_group_exists(first: FirstServer, new: Server) -> None:
    new.run_python(
        "from accounts.services import ensure_users; from log.models import Group; ensure_users(['a']);"
        "Group.objects.create(pk=12, name='x', creator_id='a')"
    )
    assert "already has a group with the id 12" in refused(new, first.url)


def test_import_is_refused_while_first_server_is_connected(first: FirstServer, new: Server) -> None:
    with Client.from_url(first.url) as client:
        client.ping()
        assert re.search(r"is connected .*127\.0\.0\.1:\d+.*stop the first server", refused(new, first.url))
    with Client.from_url(first.url.removesuffix("/1") + "/0") as other:
        other.ping()
        assert command.run(new, first.url).code == 0


@pytest.mark.parametrize("url", ["redis://127.0.0.1:{port}/1", "nonsense", "http://h/", "redis://h:port/1"])
def test_import_is_refused_without_a_readable_redis(new: Server, url: str) -> None:
    assert "The first server's Redis cannot be read: " in refused(new, url.format(port=free_port()))


@pytest.mark.parametrize(
    "option", ["decode_responses=true", "encoding=ascii", "protocol=3", "health_check_interval=x", "no=1"]
)
def test_import_is_refused_with_unknown_url_option(first: FirstServer, tmp_path: Path, option: str) -> None:
    server = Server(tmp_path)
    server.prepare()
    assert f"may not have the option {option.partition('=')[0]}." in refused(server, f"{first.url}?{option}")
    # Its path is not the only way to name a database.
    assert command.run(server, f"{first.url.removesuffix('/1')}?db=1").code == 0


def test_import_is_refused_without_data_of_first_server(first: FirstServer, new: Server) -> None:
    assert "has nothing of the first server" in refused(new, first.url.removesuffix("/1") + "/7")
    assert command.run(new, first.url).code == 0


def test_import_is_refused_without_tables(first: FirstServer, tmp_path: Path) -> None:
    assert "run `im66 migrate`" in refused(Server(tmp_path), first.url)


def test_import_is_refused_without_a_reachable_database(first: FirstServer, tmp_path: Path) -> None:
    away = Server(tmp_path, DATABASE_URL=f"postgres://im66@127.0.0.1:{free_port()}/im66")
    assert "The database cannot be used: " in refused(away, first.url)


def test_second_import_from_another_redis_is_refused(first: FirstServer, new: Server) -> None:
    assert command.run(new, first.url).code == 0
    again = command.run(new, first.url.replace("127.0.0.1", "localhost"))
    assert (again.code, again.output.partition(":")[0]) == (0, "Nothing is left to do")
    dead = f"redis://127.0.0.1:{free_port()}/1"
    for other in (dead, first.url.removesuffix("/1") + "/2", "nonsense"):
        for arguments in ([other], [other, "--dry-run"]):
            reason = refused(new, *arguments)
            assert "nonsense" in other or "import it into a new database" in reason


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("redis://h:7000/1", "h:7000/1"),
        ("rediss://me:secret@H?db=3", "h:6379/3"),
        ("redis://127.0.0.1/1", "localhost:6379/1"),
        ("redis://[::1]/1", "localhost:6379/1"),
        ("unix://:secret@/run/redis.sock?db=1", "/run/redis.sock/1"),
    ],
)
def test_recorded_redis_address_has_no_secret(url: str, place: str) -> None:
    assert database_address(url) == place
