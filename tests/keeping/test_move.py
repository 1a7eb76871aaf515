"""SQLite to PostgreSQL: all of it arrives, whatever ends the move meanwhile, and nobody serves from both."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from testkit.availability import running
from testkit.device import Device
from testkit.services import Postgres, pg_dump
from tests.keeping.moving import MANY
from tests.keeping.places import Place
from tests.support.probing import failed
from tests.support.waiting import until

pytestmark = pytest.mark.slow


WITH_TABLES = "with_tables"


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """It has a database with the tables of a new installation."""
    with running(Postgres()) as postgres:
        _create(postgres, WITH_TABLES, of="template0")
        Place(tmp_path_factory.mktemp("tables"), DATABASE_URL=_url(postgres, WITH_TABLES)).prepare()
        yield postgres


def _create(postgres: Postgres, name: str, *, of: str) -> None:
    # The order of the language of template0 is not that of code points.
    order = " LOCALE_PROVIDER icu ICU_LOCALE 'und'" if of == "template0" else ""
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE {of}{order}')


def _url(postgres: Postgres, name: str) -> str:
    return f"{postgres.url.removesuffix('/postgres')}/{name}"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a place that has something of everything."""
    place = Place(tmp_path_factory.mktemp("filled"))
    place.prepare()
    place.run_python("from tests.keeping.moving import fill; fill()")
    path = place.data_dir / "im66.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        # So that one file is all of it.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="module")
def everything(filled: Path) -> list[Any]:
    return _everything(Place(filled.parent))


class Move:
    """A place on SQLite, and the same with the settings of the PostgreSQL database to which it moves."""

    def __init__(self, data_dir: Path, url: str) -> None:
        self.old = Place(data_dir)
        self.new = Place(data_dir, DATABASE_URL=url)
        self.new.log = data_dir / "new.log"
        self.path = data_dir / "im66.sqlite3"

    def execute(self, *statements: str) -> None:
        """Change the old database, as no server would."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)


@pytest.fixture
def into_empty(filled: Path, postgres: Postgres, tmp_path: Path) -> Iterator[Move]:
    """A move into a database that has no tables."""
    yield from _moves(filled, postgres, tmp_path, "template0")


@pytest.fixture
def move(filled: Path, postgres: Postgres, tmp_path: Path) -> Iterator[Move]:
    """Into one that has the tables already."""
    yield from _moves(filled, postgres, tmp_path, WITH_TABLES)


def _moves(filled: Path, postgres: Postgres, folder: Path, like: str) -> Iterator[Move]:
    shutil.copy(filled, folder / "im66.sqlite3")
    _create(postgres, folder.name, of=like)
    made = Move(folder, _url(postgres, folder.name))
    yield made
    made.old.stop()
    made.new.stop()


def _everything(place: Place) -> list[Any]:
    """All rows of all models, as Django reads them."""
    rows = json.loads(place.manage("dumpdata", "--all"))
    for row in rows:
        row["fields"].pop("kept_log", None)
    assert {row["model"] for row in rows} > {"log.message", "sessions.session", "moderation.auditentry"}
    return sorted(rows, key=lambda row: (row["model"], str(row["pk"])))


async def test_move_to_postgresql_keeps_everything_and_clients_resume(move: Move) -> None:
    move.old.start()
    async with Device(move.old.entry, "bob") as bob:
        log, seen = bob.welcome["log"], bob.welcome["head"]
        assert "uses it" in move.new.refuses("movedatabase")
        assert "can be moved" in move.new.manage("movedatabase", "--check")
    move.old.stop()
    before = _everything(move.old)
    ((last_id,),) = move.old.query("SELECT seq FROM sqlite_sequence WHERE name = 'log_message'")

    output = move.new.manage("movedatabase")

    documents = move.old.count("chat_search_document")
    assert documents > MANY
    assert f"{documents} texts of the search index" in output
    assert _everything(move.new) == before
    move.new.start()
    until(lambda: failed(move.new) == [])
    async with (
        Device(move.new.entry, "bob", log=log, since=seen) as bob,
        Device(move.new.entry, "alice") as alice,
    ):
        assert "gap" not in {event["event"] for event in bob.backlog}, bob.backlog
        assert await alice.text("u:bob", "afterwards") == last_id + 1
        assert (await bob.event())["content"] == "afterwards"
    assert [row[0] for row in move.new.query(_MATCHES)] == ["message 77"]
    assert "was moved to PostgreSQL" in move.old.refuses("serve", "--port", "0")


_MATCHES = """
    SELECT content FROM log_message JOIN chat_search USING (id)
    WHERE EXISTS (SELECT 1 FROM unnest(words) WHERE lexeme LIKE '______77')
"""


def test_killed_move_continues_at_any_step(move: Move, postgres: Postgres, everything: list[Any]) -> None:
    """Rows are not stored twice, and the tables are those of a new installation."""
    _die_in(move, "source.Source.mark_begun", is_begun=False)
    _die_in(move, "target.prepare")
    for portions in (0, 7, 12):
        _die_in_the_log(move.new, portions)
    assert UNFINISHED in move.new.refuses("serve", "--port", "0")
    assert move.new.count("log_message") == (7 + 12) * 40
    _die_in(move, "target.set_last_key")
    _die_in(move, "target.finish")
    move.new.manage("movedatabase")
    assert _everything(move.new) == everything
    assert _schema(move.new.environment["DATABASE_URL"]) == _schema(_url(postgres, WITH_TABLES))


UNFINISHED = "A move into this database has not finished"


def _die_in(move: Move, step: str, *, is_begun: bool = True) -> None:
    imported = "import os; from keeping.moving import moving, source, target"
    move.new.refuses_after(f"{imported}; {step} = lambda *_, **__: os._exit(9)", ("movedatabase",), code=9)
    assert UNFINISHED in move.new.refuses("serve", "--port", "0")
    if is_begun:
        assert "movedatabase --reopen" in move.old.refuses("serve", "--port", "0")


def _die_in_the_log(place: Place, portions: int) -> None:
    """Move, and kill the process in a transaction, after it has stored this number of portions of the
    log."""
    code = f"""
import os, itertools
from keeping.moving import moving, target
moving.PORTION_ROWS = 40
number, store = itertools.count(), target.copy_rows
def some(lines):
    yield from itertools.islice(lines, 20)
    os._exit(9)
def die(name, columns, lines):
    is_last = name == "log_message" and next(number) == {portions}
    return store(name, columns, some(lines) if is_last else lines)
target.copy_rows = die
"""
    place.refuses_after(code.strip(), ("movedatabase",), code=9)


def _schema(url: str) -> list[str]:
    return _dump(url, "--schema-only")


def _dump(url: str, *options: str) -> list[str]:
    return [line for line in pg_dump(url, *options).splitlines() if not line.startswith("\\")]


def _mend_into_copied(move: Move, tables: str) -> None:
    """Move, and let `migrate` copy these tables, which takes a tenth of the time in which it makes them."""
    file, url = move.path.with_name("tables.sql"), move.new.environment["DATABASE_URL"]
    file.write_text("\n".join(_dump(tables, "--inserts")))
    code = f"""
import psycopg
from keeping.moving import moving
def copy(name, **_):
    assert name == "migrate"
    with psycopg.connect({url!r}) as connection:
        connection.execute("DROP TABLE django_migrations;" + open({str(file)!r}).read())
moving.call_command = copy
"""
    move.new.refuses_after(code.strip(), ("movedatabase", "--mend"), code=0)


class TestWhatPostgresqlRefuses:
    @pytest.fixture(autouse=True)
    def invalid_values(self, into_empty: Move) -> None:
        into_empty.execute(
            "UPDATE log_message SET content = 'nul' || char(0) || '!' WHERE id = 10",
            "UPDATE log_message SET content = CAST(x'61ff62' AS TEXT) WHERE id = 11",
            "UPDATE accounts_user SET nickname = printf('%.*c', 300, 'n') WHERE userid = 'bob'",
        )

    @pytest.mark.parametrize("tables", ["copied", pytest.param("made", marks=pytest.mark.wide)])
    def test_invalid_values_are_listed_and_replaced_only_with_mend(
        self, into_empty: Move, postgres: Postgres, tables: str
    ) -> None:
        move = into_empty
        for options in ([], ["--check"]):
            output = move.new.refuses("movedatabase", *options)
            assert "log_message 10, content: has a NUL character." in output
            assert "log_message 11, content: is not valid UTF-8." in output
            assert "accounts_user 'bob', nickname: has 300 characters, of" in output
            assert "PostgreSQL refuses 3 of its values. With --mend" in output
        assert move.new.query("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
        move.old.start()
        move.old.stop()
        if tables == "copied" and pg_dump(postgres.url, "--schema-only"):
            _mend_into_copied(move, _url(postgres, WITH_TABLES))
        else:
            move.new.manage("movedatabase", "--mend")
        ids = "SELECT content FROM log_message WHERE id IN (10, 11) ORDER BY id"
        assert move.new.query(ids) == [("nul\ufffd!",), ("a\ufffdb",)]
        ((nickname,),) = move.new.query("SELECT nickname FROM accounts_user WHERE userid = 'bob'")
        assert set(nickname) == {"n"}

    def test_invalid_references_are_not_replaced(self, into_empty: Move) -> None:
        move = into_empty
        move.execute(
            "UPDATE log_message SET target = 'a word' WHERE id = 12",
            "UPDATE log_message SET sender_id = 'nobody' WHERE id = 13",
        )
        output = move.new.refuses("movedatabase", "--mend")
        assert "log_message 12, target: is not a whole number." in output
        assert "log_message, row 13: names a row of accounts_user that is not there." in output
        assert "PostgreSQL refuses 2 of its values, and nothing can take their place" in output


def test_move_into_non_empty_database_is_refused(move: Move) -> None:
    move.new.run_python("from accounts.models import User; User.objects.create(pk='zoe')")
    assert "is not empty: accounts_user has rows" in move.new.refuses("movedatabase")
    with psycopg.connect(move.new.environment["DATABASE_URL"]) as connection:
        connection.execute("DELETE FROM accounts_user")
        connection.execute("CREATE TABLE foreign_table ()")
    assert "is not empty: there is a table foreign_table" in move.new.refuses("movedatabase")
    with psycopg.connect(move.new.environment["DATABASE_URL"]) as connection:
        connection.execute("DROP TABLE foreign_table")
        assert "Somebody else uses the PostgreSQL database" in move.new.refuses("movedatabase")
    move.new.manage("movedatabase")
    assert move.new.stored()


def test_move_refuses_another_source_and_reports_differing_rows(
    move: Move, filled: Path, tmp_path: Path
) -> None:
    move.new.dies_in("keeping.moving.target.make_search_index", "movedatabase")
    other = tmp_path / "other.sqlite3"
    shutil.copy(filled, other)
    assert "Another move has begun" in move.new.refuses("movedatabase", str(other))
    with psycopg.connect(move.new.environment["DATABASE_URL"]) as connection:
        connection.execute("UPDATE log_message SET content = content || ' ' WHERE id = 5")
    assert "log_message '5' is not the same on both sides" in move.new.refuses("movedatabase")
    assert move.new.refuses("serve", "--port", "0")
    move.old.manage("movedatabase", "--reopen")
    assert "Another move has begun" in move.new.refuses("movedatabase")
    move.old.start()


def test_move_from_postgresql_to_sqlite_is_refused(move: Move) -> None:
    url = move.new.environment["DATABASE_URL"]
    for place, arguments in ((move.old, ()), (move.old, (url,)), (move.new, (url,))):
        assert "There is no way from PostgreSQL to SQLite" in place.refuses("movedatabase", *arguments)
