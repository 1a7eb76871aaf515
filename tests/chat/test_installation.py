"""The key that tells an installation from every other."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.server import Server
from testkit.services import Postgres, Unavailable

pytestmark = pytest.mark.slow

KEY = "from chat.delivery.installation import installation_key as key; print(key().hex())"
RACE = """
from chat.delivery.installation import installation_key
from tests.support.threads import at_once
print(len(set(at_once(*[installation_key] * 8))))
"""
END = "from accounts.models import User; print(User.objects.get(pk='bob').delivered_id)"


def _on(folder: Path, url: str) -> Server:
    server = Server(folder, **({"DATABASE_URL": url} if url else {}))
    server.prepare()
    return server


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    if request.param == "SQLite":
        yield _on(tmp_path, "")
        return
    try:
        with Postgres() as postgres:
            yield _on(tmp_path, postgres.url)
    except Unavailable as reason:
        unavailable(str(reason))


def test_it_is_made_once(installation: Server, tmp_path: Path) -> None:
    assert installation.run_python(RACE) == "1\n"
    assert installation.run_python(KEY) == installation.run_python(KEY)
    assert len(installation.query("SELECT key FROM chat_installation")) == 1


def test_every_installation_has_its_own(tmp_path: Path) -> None:
    one, other = _on(tmp_path / "one", ""), _on(tmp_path / "other", "")
    assert one.run_python(KEY) != other.run_python(KEY)


def test_so_does_a_copy(tmp_path: Path) -> None:
    original = _on(tmp_path / "original", "")
    key = original.run_python(KEY)
    copy = Server(Path(shutil.copytree(tmp_path / "original", tmp_path / "copy")))
    assert copy.run_python(KEY) != key
    assert original.run_python(KEY) == key


def test_a_copy_on_postgresql_has_its_own(tmp_path: Path) -> None:
    try:
        with Postgres() as postgres:
            original = _on(tmp_path / "original", postgres.url)
            key = original.run_python(KEY)
            # Closed by now: a database that is in use cannot be copied.
            copied = postgres.copy("copy")
            copy = Server(tmp_path / "copy", DATABASE_URL=copied)
            assert copy.run_python(KEY) != key
            assert original.run_python(KEY) == key
    except Unavailable as reason:
        unavailable(str(reason))


def test_cursors_that_stand_beyond_the_log_are_brought_back_to_its_end(tmp_path: Path) -> None:
    server = _on(tmp_path, "")
    server.manage("migrate", "chat", "0001", "--verbosity", "0")
    server.run_python(
        # The models are those of a later version.
        "from django.db import connection; from accounts.models import User;"
        "User(pk='alice').save(); User(pk='bob', delivered_id=2**62).save();"
        "row = ('text', 'alice', 'bob', 'hi', '', 0);"
        "connection.cursor().executemany('INSERT INTO chat_message"
        " (kind, sender_id, recipient_id, content, extension, timet)"
        " VALUES (%s, %s, %s, %s, %s, %s)', [row] * 3)"
    )
    server.prepare()
    assert server.run_python(END) == "3\n"
