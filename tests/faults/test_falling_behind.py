"""People write more than the readers of the log can take at once: long texts in Chinese, each with thousands
of words for the search index."""

import asyncio
import random
from collections.abc import Mapping

import pytest

from testkit.device import Device
from testkit.server import Server
from tests.conftest import MakeServer
from tests.faults.conftest import MakeServers

HAN = [chr(0x4E00 + number) for number in range(3000)]
PEOPLE, TEXTS_EACH, CHARACTERS = 5, 10, 4000
# Those that take little time. Counters let rows gather for longer.
QUICK = {"notices", "rules"}
# Generous: an index that caught up as before would need three times as long.
PATIENCE_SECONDS = 240.0


def long_text(chance: random.Random) -> str:
    return "".join(chance.choices(HAN, k=CHARACTERS))


async def write(server: Server, userid: str) -> None:
    chance = random.Random(userid)
    async with Device(server.entry, userid) as device:
        sent = [await send(device, long_text(chance)) for _ in range(TEXTS_EACH)]
        for id in sent:
            await device.reply(id)


async def send(device: Device, content: str) -> int:
    return await device.command("send", to="u:bob", kind="text", content=content)


def cursors(server: Server) -> Mapping[str, int]:
    return dict(server.query("SELECT name, cursor FROM chat_logreader"))


def end(server: Server) -> int:
    return int(server.query("SELECT MAX(id) FROM log_message")[0][0])


async def when_at(server: Server, names: set[str], last: int) -> Mapping[str, int]:
    """Where all readers are when these have come so far."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            positions = await asyncio.to_thread(cursors, server)
            if all(positions.get(name, 0) >= last for name in names):
                return positions
            await asyncio.sleep(0.1)


async def _they_catch_up(servers: list[Server]) -> None:
    await asyncio.gather(
        *(write(servers[number % len(servers)], f"person{number}") for number in range(PEOPLE))
    )
    last = end(servers[0])
    position = await when_at(servers[0], QUICK, last)
    assert position.get("search", 0) < last, "who needs little time waited for the index"
    await when_at(servers[0], {"search", "counters"}, last)


async def test_quick_log_readers_do_not_wait_for_the_search_index(make_server: MakeServer) -> None:
    await _they_catch_up([make_server()])


@pytest.mark.wide
async def test_quick_log_readers_do_not_wait_on_two_processes_with_postgresql(
    make_servers: MakeServers,
) -> None:
    await _they_catch_up(make_servers({}, {}))
