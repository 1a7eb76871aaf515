"""Somebody who searches through many long texts keeps no one else from calling."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import quote

import pytest

from bench.lookalikes import SEARCHER, SEARCHES
from testkit.cpu import seconds_of_family
from testkit.server import WITHOUT_LIMITS, Server

TEXTS, SEARCHING, CALLS = 1000, 4, 20
# Each of these searches took some 11 s of a processor.
SECONDS_OF_A_SEARCH = 1.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("searching"), **WITHOUT_LIMITS)
    server.prepare()
    server.run_module("bench.lookalikes", str(TEXTS)).check_returncode()
    server.start()
    yield server
    server.stop()


async def get(server: Server, path: str, userid: str, address: str = "127.0.0.1") -> tuple[int, str]:
    """The status of the answer, and all of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, local_addr=(address, 0))
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: localhost",
        f"Authorization: Userid {userid}",
        "Connection: close",
    ]
    try:
        writer.write("\r\n".join([*lines, "", ""]).encode())
        answer = (await reader.read()).decode()
    finally:
        writer.transport.abort()
    return int(answer.split()[1]), answer


def path_of(text: str) -> str:
    return f"/api/v1/messages/search?q={quote(text)}"


@asynccontextmanager
async def searching(server: Server) -> AsyncIterator[list[int]]:
    """The searcher searches without a pause; the statuses of the answers."""
    statuses: list[int] = []

    async def search(number: int) -> None:
        while True:
            path = path_of(SEARCHES[number % len(SEARCHES)])
            statuses.append((await get(server, path, SEARCHER, "127.0.0.2"))[0])

    tasks = [asyncio.create_task(search(number)) for number in range(SEARCHING)]
    try:
        yield statuses
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


@pytest.mark.parametrize("path", ["/api/v1/conversations", "/querymygrps?userid=bob", path_of("hello")])
async def test_heavy_search_does_not_block_calls(server: Server, path: str) -> None:
    async with asyncio.timeout(120), searching(server) as statuses:
        answered = [(await get(server, path, "bob"))[0] for _ in range(CALLS)]
        while len(statuses) < SEARCHING:
            await asyncio.sleep(0.1)
    assert answered == [200] * CALLS
    assert {*statuses} == {200}


async def test_long_search_uses_little_cpu_and_reports_more_results(server: Server) -> None:
    for text in SEARCHES:
        before = seconds_of_family(server.pid)
        status, answer = await get(server, path_of(text), SEARCHER)
        assert status == 200
        assert '"items":[],"more":true,"before":' in answer
        assert seconds_of_family(server.pid) - before < SECONDS_OF_A_SEARCH
