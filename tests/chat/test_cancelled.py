"""Whatever a connection waits for when its server gives it up, it is gone from the hub at once."""

import asyncio
import json
from collections.abc import Coroutine, Generator, Iterable
from functools import partial
from itertools import count
from types import coroutine
from typing import Any

import pytest
from pytest_django import Settings

from chat.consumers import EntryConsumer
from chat.delivery import runtime
from chat.protocol.json import SUBPROTOCOL
from log.appending import Draft, append
from log.models import Group
from server.link import LINK
from tests.support.link import Link
from tests.support.settings import override

pytestmark = pytest.mark.django_db(transaction=True)


class Quick(Link):
    """One of a client that has everything at once."""

    def sent(self, entry_id: int) -> None:
        assert self.confirm
        self.confirm(entry_id)

    def arrived_id(self) -> int:
        assert self.followed
        return self.followed.complete_id


SERVERS: dict[str, dict[str, Any]] = {"a server that cannot tell": {}, "one that can": {LINK: Quick()}}


@coroutine
def cancelled_at(step: int, life: Coroutine[Any, Any, None]) -> Generator[Any, None, bool]:
    """Live until it waits for the `step`th time, and cancel that. Whether it came so far."""
    error: BaseException | None = None
    for reached in count(1):
        try:
            awaited = life.throw(error) if error else life.send(None)
        except (StopIteration, asyncio.CancelledError):
            return reached > step
        error = None
        if reached == step:
            task = asyncio.current_task()
            assert task
            task.cancel()
        try:
            yield awaited
        except BaseException as raised:
            error = raised
    raise AssertionError


async def _life(extensions: dict[str, Any], frames: Iterable[str], *subprotocols: str) -> None:
    """Somebody comes, sends the frames and leaves, with time for others at every turn."""
    pending = iter(
        [
            {"type": "websocket.connect"},
            *({"type": "websocket.receive", "text": text} for text in frames),
            {"type": "websocket.disconnect", "code": 1000},
        ]
    )

    async def receive() -> Any:
        await asyncio.sleep(0)
        return next(pending)

    async def send(_: Any) -> None:
        await asyncio.sleep(0)

    scope = {
        "type": "websocket",
        "path": "/entry",
        "headers": [],
        "extensions": extensions,
        "subprotocols": subprotocols,
    }
    await EntryConsumer()(scope, receive, send)


def _by_phone(group: Group) -> list[str]:
    """Bob writes, asks, comes as another and leaves."""
    return [
        "login_bob",
        "text_alice_hello_unicast_",
        f"text_{group.pk}_hello_group_",
        "records_alice_0_unicast",
        f"members_{group.pk}",
        "logout_bob",
        "login_alice",
        "text_bob_hello_unicast_",
        "login_bob",
        "text_alice_goodbye_unicast_",
    ]


@pytest.mark.parametrize("connections", ["all", "newest"])
@pytest.mark.parametrize("extensions", SERVERS.values(), ids=SERVERS)
async def test_connection_cancelled_at_any_step_leaves_no_state(
    extensions: dict[str, Any], connections: str, group: Group, settings: Settings
) -> None:
    override(settings, legacy_connections=connections)
    run = await runtime.current()
    for step in count(1):
        reached = await cancelled_at(step, _life(extensions, _by_phone(group)))
        for userid in ("alice", "bob"):
            assert run.hub.connection_count(userid) == 0, f"cancelled at {step}"
            assert run.newest.open_connections(userid) == 0, f"cancelled at {step}"
        if not reached:
            break
    assert step > 20


def _by_device(group: Group, target: int, life: int) -> list[str]:
    """Bob does what devices do. What a second time would change nothing is something else in each life."""
    hello = {"cmd": "hello", "userid": "bob", "device": "web", "since": target - 1}
    commands: list[dict[str, Any]] = [
        hello,
        {"cmd": "presence", "users": ["alice"]},
        {"cmd": "send", "to": "u:alice", "kind": "text", "content": "hello", "reply": target},
        {"cmd": "send", "to": f"g:{group.pk}", "kind": "text", "content": "hello"},
        {"cmd": "typing", "to": f"u:nobody{life}"},
        {"cmd": "react", "target": target, "emoji": "👍", "on": life % 2 == 0},
        {"cmd": "read", "to": "u:alice", "upto": target},
        {"cmd": "ack", "upto": target},
        {"cmd": "ping"},
        hello,
        {"cmd": "presence", "users": ["alice", "charlie"]},
    ]
    return [json.dumps({"id": id_, **command}) for id_, command in enumerate(commands)]


@pytest.mark.parametrize("extensions", SERVERS.values(), ids=SERVERS)
async def test_cancelled_device_login_leaves_hub_and_presence(
    extensions: dict[str, Any], group: Group
) -> None:
    run = await runtime.current()
    appended = await run.threads.write(partial(append, [Draft("text", "alice", "bob", "hi", "")]))
    target = appended.batch.last
    for step in count(1):
        life = _life(extensions, _by_device(group, target, step), SUBPROTOCOL)
        reached = await cancelled_at(step, life)
        assert run.hub.connection_count("bob") == 0, f"cancelled at {step}"
        assert not run.online._watched, f"cancelled at {step}"
        for link in extensions.values():
            assert link.followed is None, f"cancelled at {step}"
        if not reached:
            break
    assert step > 20
