"""Somebody who may not stay is told why, and the connection is closed. That is no goodbye."""

import asyncio

import pytest

from accounts.codes import Cause
from accounts.selectors import avatar_url
from chat.delivery.connection import answers as module
from chat.protocol.commands import Command
from chat.protocol.legacy import LegacyCodec
from chat.protocol.replies import Failure, Members
from tests.support.connecting import Client, steps


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    return Client(monkeypatch, LegacyCodec(avatar_url))


@pytest.mark.parametrize(
    ("why", "code"), [(Failure.of(Cause.BANNED), 4403), (Failure.of(Cause.LOG_IN_AGAIN), 4401)]
)
async def test_person_gets_the_reason_before_the_connection_closes(
    client: Client, why: Failure, code: int
) -> None:
    await client.says("login_bob")
    assert client.turn_out
    client.turn_out(why)
    assert client.sessions[0].has_left, "at once"
    await steps()
    assert client.got == [f"error_{why.code}_{why.reason}"]
    assert client.closed_with == [code]
    assert client.sessions[0].ends == [False], "no goodbye"
    await client.connection.end(clean=True)
    assert client.sessions[0].ends == [False]


@pytest.mark.parametrize("frame", ["text_alice_hi_unicast_", "members_1", "login_bob", "logout_bob", "x"])
async def test_commands_after_being_logged_out_are_ignored(client: Client, frame: str) -> None:
    await client.says("login_bob")
    assert client.turn_out
    client.turn_out(Failure.of(Cause.BANNED))
    assert await client.says(frame) == []
    await steps()
    assert await client.says(frame) == []
    (session,) = client.sessions
    assert (session.sent, session.ends) == ([], [False])


async def test_pending_reply_is_dropped_after_being_logged_out(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = asyncio.Event()

    async def do(command: Command, answer: object) -> Members:
        await answered.wait()
        return Members(1, [])

    await client.says("login_bob")
    monkeypatch.setattr(client.sessions[0], "do", do)
    asking = asyncio.create_task(client.says("members_1"))
    await steps()
    assert client.turn_out
    client.turn_out(Failure.of(Cause.BANNED))
    answered.set()
    await asking
    await steps()
    assert client.got == ["error_403_this account is locked"]


async def test_logout_does_not_wait_for_a_stalled_client(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_SEND_SECONDS", 0.05)
    await client.says("login_bob")
    client.takes.clear()
    assert client.turn_out
    client.turn_out(Failure.of(Cause.BANNED))
    async with asyncio.timeout(5):
        while not client.closed_with:
            await asyncio.sleep(0.01)
