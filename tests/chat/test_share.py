"""Those who follow the log take turns, and a share of the time."""

import asyncio

import pytest

from chat.delivery.share import BUSY, MEASURED_SECONDS, PARTS, PARTS_WHILE_BUSY, Share


class Clocks:
    """`slept`: the pauses that were asked for, none of which is waited for."""

    def __init__(self) -> None:
        self.now = 0.0
        self.used = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def pass_by(self, seconds: float, *, share: float) -> None:
        """Of which the process has used that share of a processor."""
        self.now += seconds
        self.used += seconds * share


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    made = Clocks()
    monkeypatch.setattr("chat.delivery.share.asyncio.sleep", made.sleep)
    return made


@pytest.fixture
def share(clocks: Clocks) -> Share:
    return Share(lambda: clocks.now, lambda: clocks.used)


async def take(share: Share, clocks: Clocks, seconds: float) -> None:
    async with share.turn() as turn:
        clocks.now += seconds
        await turn.pause()


async def test_it_works(share: Share, clocks: Clocks) -> None:
    await take(share, clocks, 0.01)
    assert clocks.slept == pytest.approx([0.01 * (PARTS - 1)])


async def test_a_busy_process_gives_less(share: Share, clocks: Clocks) -> None:
    clocks.pass_by(MEASURED_SECONDS, share=BUSY + 0.1)
    await take(share, clocks, 0.01)
    assert clocks.slept == pytest.approx([0.01 * (PARTS_WHILE_BUSY - 1)])


async def test_when_it_is_idle_again_it_gives_more_again(share: Share, clocks: Clocks) -> None:
    clocks.pass_by(MEASURED_SECONDS, share=1.5)
    await take(share, clocks, 0.01)
    clocks.pass_by(MEASURED_SECONDS, share=BUSY - 0.1)
    await take(share, clocks, 0.01)
    assert clocks.slept[1] == pytest.approx(0.01 * (PARTS - 1))


async def test_a_moment_of_work_is_not_a_busy_process(share: Share, clocks: Clocks) -> None:
    clocks.pass_by(MEASURED_SECONDS / 10, share=1.0)
    await take(share, clocks, 0.01)
    assert clocks.slept == pytest.approx([0.01 * (PARTS - 1)])


async def test_while_one_takes_a_step_and_pauses_nobody_else_does() -> None:
    share, log = Share(), list[str]()

    async def steps(name: str) -> None:
        for _ in range(2):
            async with share.turn() as turn:
                log.append(name)
                await asyncio.sleep(0)
                await turn.pause()
                log.append(name)

    await asyncio.gather(steps("alice"), steps("bob"))
    assert log == ["alice", "alice", "bob", "bob"] * 2


async def test_who_is_cancelled_leaves_the_turn_to_the_next(share: Share) -> None:
    never = asyncio.Event()

    async def hold() -> None:
        async with share.turn():
            await never.wait()

    holding = asyncio.create_task(hold())
    await asyncio.wait([holding], timeout=0.01)
    holding.cancel()
    async with asyncio.timeout(5), share.turn():
        pass
