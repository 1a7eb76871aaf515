"""The key that tells an installation from every other."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from testkit.availability import running
from testkit.server import Server
from testkit.services import Postgres

pytestmark = pytest.mark.slow

KEY = "from chat.delivery.cluster.installation import installation_key as key; print(key().hex())"
RACE = """
from chat.delivery.cluster.installation import installation_key
from tests.support.threads import at_once
print(len(set(at_once(*[installation_key] * 8))))
"""


def _on(folder: Path, url: str) -> Server:
    server = Server(folder, **({"DATABASE_URL": url} if url else {}))
    server.prepare()
    return server


class Installation(NamedTuple):
    """`copy` makes a server on a copy of its database, which nobody may use meanwhile."""

    server: Server
    copy: Callable[[Path], Server]


@pytest.fixture(scope="module", params=["SQLite", "PostgreSQL"])
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("installation")
    if request.param == "SQLite":
        yield Installation(_on(folder, ""), lambda to: Server(Path(shutil.copytree(folder, to))))
        return
    with running(Postgres()) as postgres:
        original = _on(folder, postgres.url)
        yield Installation(original, lambda to: Server(to, DATABASE_URL=postgres.copy("copy")))


def test_installation_key_is_created_once(installation: Installation) -> None:
    server = installation.server
    assert server.run_python(RACE) == "1\n"
    assert server.run_python(KEY) == server.run_python(KEY)
    assert len(server.query("SELECT key FROM chat_installation")) == 1


def test_copied_database_has_another_key(installation: Installation, tmp_path: Path) -> None:
    original = installation.server
    key = original.run_python(KEY)
    assert installation.copy(tmp_path / "copy").run_python(KEY) != key
    assert original.run_python(KEY) == key


def test_each_installation_has_another_key(tmp_path: Path) -> None:
    one, other = _on(tmp_path / "one", ""), _on(tmp_path / "other", "")
    assert one.run_python(KEY) != other.run_python(KEY)
