"""Another process locks the SQLite database for longer than a server waits for a connection's end."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from testkit.phone import Phone
from testkit.server import Server
from tests.conftest import MakeServer

LOCKED_SECONDS = 12.0
# As many as one person may have.
CONNECTIONS = 20
CONTENTS = {f"from {number}" for number in range(CONNECTIONS)}


@contextmanager
def _locked(server: Server) -> Iterator[None]:
    connection = sqlite3.connect(server.data_dir / "im66.sqlite3", isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


async def _log_in(server: Server) -> tuple[Phone, str]:
    """A phone, and what it is answered: its history, if it was let in."""
    phone = Phone(server.entry)
    await phone.connect()
    await phone.send("login_alice")
    await phone.send("records_nobody_0_unicast")
    return phone, await phone.receive()


async def _write_and_leave(phone: Phone, content: str) -> None:
    await phone.text("bob", content)
    await phone.say_goodbye()


async def test_message_written_during_a_sqlite_lock_is_stored(make_server: MakeServer) -> None:
    server = make_server()
    phones = [(await _log_in(server))[0] for _ in CONTENTS]
    with _locked(server):
        await asyncio.gather(*map(_write_and_leave, phones, CONTENTS))
        await asyncio.sleep(LOCKED_SECONDS)
    async with Phone(server.entry, "bob") as bob:
        assert set(await bob.contents(CONNECTIONS)) == CONTENTS
        assert await bob.receives_nothing()
    assert len(server.stored()) == CONNECTIONS
    again = [await _log_in(server) for _ in CONTENTS]
    for phone, _ in again:
        await phone.say_goodbye()
    answers = [answer for _, answer in again]
    assert all(answer.startswith("records_nobody_") for answer in answers), answers
