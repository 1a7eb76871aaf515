"""What undocumented names of Django, Channels, redis and Pillow do: tests/PRIVATE_NAMES.md lists them."""

import inspect
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from channels.consumer import AsyncConsumer
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, is_password_usable
from django.core.handlers.asgi import ASGIHandler
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.sqlite3 import base
from django.db.migrations.executor import MigrationExecutor
from django.http.request import split_domain_port, validate_host
from django.utils.http import parse_etags
from PIL import Image, JpegImagePlugin
from redis import ConnectionPool

from log.models import Message


@pytest.fixture
def database(tmp_path: Path) -> Iterator[BaseDatabaseWrapper]:
    """A connection of one's own to a database of SQLite."""
    settings = {**connections["default"].settings_dict, "NAME": str(tmp_path / "one.sqlite3"), "OPTIONS": {}}
    wrapper = base.DatabaseWrapper(settings, "one")
    wrapper.inc_thread_sharing()
    yield wrapper
    wrapper.close()


def break_it(database: BaseDatabaseWrapper) -> None:
    with pytest.raises(OperationalError):
        database.cursor().execute("SELECT * FROM nothing")


def noted(called: list[str], name: str, does: Callable[[], object]) -> Callable[[], object]:
    """Does it, and writes its name down."""

    def note() -> object:
        called.append(name)
        return does()

    return note


@pytest.mark.django_db
class TestConnections:
    def test_failed_connection_reports_errors_until_closed(self, database: Any) -> None:
        database.ensure_connection()
        assert not database.errors_occurred
        break_it(database)
        assert database.errors_occurred
        database.close()
        database.ensure_connection()
        assert not database.errors_occurred

    def test_connection_above_its_age_is_closed(self, database: BaseDatabaseWrapper) -> None:
        database.ensure_connection()
        database.close_at = 0
        database.close_if_unusable_or_obsolete()
        assert database.connection is None

    def test_shared_connection_may_be_closed_by_another_thread(self, database: BaseDatabaseWrapper) -> None:
        database.ensure_connection()
        closing = Thread(target=database.close)
        closing.start()
        closing.join()
        assert database.connection is None

    def test_driver_errors_below_the_cursor_become_django_errors(self, database: BaseDatabaseWrapper) -> None:
        database.ensure_connection()
        with pytest.raises(OperationalError), database.wrap_database_errors:
            database.connection.execute("SELECT * FROM nothing")

    def test_transactions_call_the_overridden_methods(
        self, database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        called: list[str] = []
        for name in ("_start_transaction_under_autocommit", "_commit", "_rollback", "_close"):
            monkeypatch.setattr(database, name, noted(called, name, getattr(database, name)))
        database.ensure_connection()
        for end in (database.commit, database.rollback):
            database.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
            end()
            database.set_autocommit(True)
        database.close()
        assert called[0] == "_start_transaction_under_autocommit"
        assert called.index("_commit") < called.index("_rollback") < called.index("_close")

    def test_sqlite_cursors_call_the_overridden_methods(
        self, database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        requests: list[str] = []

        class Cursor(base.SQLiteCursorWrapper):
            def convert_query(self, query: str, *, param_names: list[str] | None = None) -> str:
                requests.append(query)
                return "SELECT ?"

        monkeypatch.setattr(database, "create_cursor", lambda _: database.connection.cursor(factory=Cursor))
        with database.cursor() as cursor:
            cursor.execute("SELECT %s", [1])
        assert requests == ["SELECT %s"]


@pytest.mark.django_db
class TestDjango:
    def test_requests_call_the_overridden_handler_method(self) -> None:
        assert "run_get_response" in inspect.getsource(ASGIHandler.handle)

    def test_migrated_database_has_an_empty_plan(self) -> None:
        executor = MigrationExecutor(connections["default"])
        assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []

    @pytest.mark.parametrize(
        ("host", "domain"), [("Chat.example:6060", "chat.example"), ("[::1]:80", "[::1]"), ("a b", "")]
    )
    def test_host_is_split_from_its_port(self, host: str, domain: str) -> None:
        assert split_domain_port(host)[0] == domain

    def test_host_is_allowed_by_name_or_domain(self) -> None:
        assert validate_host("chat.example", [".example"])
        assert not validate_host("chat.example", ["other.example"])

    def test_query_shows_its_sql(self) -> None:
        sql, parameters = Message.objects.filter(sender="alice").query.sql_with_params()
        assert "WHERE" in sql
        assert parameters == ("alice",)

    def test_unusable_password_prefix_is_recognized(self) -> None:
        assert not is_password_usable(UNUSABLE_PASSWORD_PREFIX + "anything")

    def test_etags_are_parsed(self) -> None:
        assert parse_etags('"one", W/"two"') == ['"one"', 'W/"two"']


async def test_channels_consumer_is_called_with_its_scope() -> None:
    called: list[Any] = []

    class Consumer(AsyncConsumer):  # type: ignore[misc]
        async def __call__(self, *arguments: Any) -> None:
            called.append(arguments)

    await Consumer.as_asgi()("scope", "receive", "send")
    assert called == [("scope", "receive", "send")]


def test_redis_connection_is_created_without_connecting() -> None:
    made = ConnectionPool.from_url("redis://127.0.0.1:1/0").make_connection()
    assert not made.is_connected
    with pytest.raises(TypeError, match="nonsense"):
        ConnectionPool.from_url("redis://127.0.0.1:1/0?nonsense=1").make_connection()


@pytest.mark.parametrize(("written", "sampling"), [("4:4:4", 0), ("4:2:2", 1), ("4:2:0", 2)])
def test_jpeg_has_its_sampling_and_quantization(written: str, sampling: int) -> None:
    first, second = BytesIO(), BytesIO()
    Image.new("RGB", (64, 64), "red").save(first, "JPEG", quality=37, subsampling=written)
    with Image.open(first) as picture:
        assert isinstance(picture, JpegImagePlugin.JpegImageFile)
        assert JpegImagePlugin.get_sampling(picture) == sampling
        picture.save(second, "JPEG", qtables=picture.quantization, subsampling=sampling)
        with Image.open(second) as again:
            assert isinstance(again, JpegImagePlugin.JpegImageFile)
            assert again.quantization == picture.quantization
