"""While the database does not take or give anything, clients are told to try again."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.conftest import MakeServer

NOT_STORED = "error_503_the message was not stored, try again"
AWAY = "error_503_the database is away, try again"


@contextmanager
def without_messages(server: Server) -> Iterator[None]:
    """The table of messages is not there meanwhile."""
    _change(server, "ALTER TABLE log_message RENAME TO away")
    try:
        yield
    finally:
        _change(server, "ALTER TABLE away RENAME TO log_message")


@pytest.mark.promise("error-18")
@pytest.mark.slow
async def test_message_refused_during_an_outage_can_be_sent_again(make_server: MakeServer) -> None:
    server = make_server()
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        with without_messages(server):
            await alice.text("bob", "first try")
            assert await alice.receive() == NOT_STORED
            await alice.send("records_bob_0")
            assert await alice.receive() == AWAY
            async with Phone(server.entry) as charlie:
                await charlie.send("login_charlie")
                assert await charlie.receive() == AWAY
        await alice.text("bob", "second try")
        assert await bob.contents(1) == ["second try"]
    assert server.stored() == ["second try"]


def _change(server: Server, statement: str) -> None:
    connection = sqlite3.connect(server.data_dir / "im66.sqlite3", timeout=20)
    try:
        connection.execute(statement)
        connection.commit()
    finally:
        connection.close()
