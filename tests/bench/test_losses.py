"""A server that loses, repeats and swaps messages is found out, end to end."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable

import pytest
from websockets.asyncio.server import ServerConnection, broadcast, serve

from bench import crowds, neighbours, traffic
from bench.ledger import Account
from bench.processes import ServerProcess
from bench.traffic import TrafficOutcome

Spoil = Callable[[list[str]], list[str]]
PER_FRAME = 4


@pytest.fixture
async def start() -> AsyncIterator[Callable[[Spoil], "asyncio.Future[int]"]]:
    """Starts a server that speaks as the bare one does but for how it spoils what it sends; its port."""
    async with asyncio.TaskGroup() as group:
        ending = asyncio.Event()

        def run(spoil: Spoil) -> "asyncio.Future[int]":
            port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            group.create_task(_serve(spoil, port, ending))
            return port

        yield run
        ending.set()


async def _serve(spoil: Spoil, port: "asyncio.Future[int]", ending: asyncio.Event) -> None:
    listeners: list[ServerConnection] = []

    async def handle(socket: ServerConnection) -> None:
        async for text in socket:
            verb, _, rest = str(text).partition("_")
            if verb == "login":
                listeners.append(socket)
            elif verb == "burst":
                sender, *contents = rest.split("_")
                for content in spoil(contents):
                    broadcast(listeners, f"text_{sender}_{content}_group_1_0_")
            else:
                await socket.send("error_400_unknown verb")

    async with serve(handle, "127.0.0.1", 0, compression=None) as server:
        port.set_result(next(iter(server.sockets)).getsockname()[1])
        await ending.wait()


async def play(port: int, frames: int) -> TrafficOutcome:
    async with crowds.bare(port, ["alice", "bob"], 1, PER_FRAME) as crowd:
        await traffic.open_loop(crowd.meter, crowd.flows, 1000, frames / 1000)
        return crowd.outcome(traffic.Rates())


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda contents: contents, Account(arrived=24)),
        (lambda contents: contents[:2] + contents[3:], Account(arrived=18, lost=6)),
        (lambda contents: contents + contents[:1], Account(arrived=24, duplicates=6)),
        (lambda contents: [contents[1], contents[0], *contents[2:]], Account(arrived=24, late=6)),
    ],
    ids=["sound", "loses", "repeats", "swaps"],
)
async def test_losses_repeats_and_swaps_are_reported(
    start: Callable[[Spoil], "asyncio.Future[int]"],
    spoil: Spoil,
    expected: Account,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(traffic, "SETTLE_SECONDS", 0.3)
    outcome = await play(await start(spoil), frames=3)
    assert outcome.account == expected


async def test_latency_is_the_time_from_sending_to_arrival(
    start: Callable[[Spoil], "asyncio.Future[int]"],
) -> None:
    outcome = await play(await start(lambda contents: contents), frames=3)
    assert 0 < outcome.milliseconds["p50"] <= outcome.milliseconds["p99"] <= outcome.milliseconds["p99.9"]


async def test_missing_message_counts_with_the_time_waited(
    start: Callable[[Spoil], "asyncio.Future[int]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traffic, "SETTLE_SECONDS", 0.3)
    port = await start(lambda contents: contents[1:])
    async with crowds.bare(port, ["alice", "bob"], 1, PER_FRAME) as crowd:
        seen = await neighbours.watch(crowd, ServerProcess(os.getpid(), port), 0.1, pictures=False)
    assert seen.texts.count(300.0) * PER_FRAME == len(seen.texts) > 0
    assert seen.logins
    assert seen.kilobytes
