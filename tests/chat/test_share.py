"""Those who follow the log take turns, and a share of the time."""

import asyncio

import pytest

from chat.delivery.share import (
    BUSY,
    MEASURED_SECONDS,
    PARTS,
    PARTS_WHILE_BUSY,
    PARTS_WHILE_QUIET,
    QUIET,
    Share,
    Taker,
)


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


async def take(taker: Taker, clocks: Clocks, seconds: float) -> float:
    """How long the pause after a step of so many seconds is, of which a quarter was of a processor."""
    async with taker.turn() as turn:
        clocks.pass_by(seconds, share=0.25)
        await turn.pause(0.25 * seconds)
    return clocks.slept[-1]


async def test_a_follower_rests_in_proportion_to_its_work(share: Share, clocks: Clocks) -> None:
    assert await take(share.taker(), clocks, 0.01) == pytest.approx(0.01 * (PARTS - 1))


@pytest.mark.parametrize(
    ("used", "parts"),
    [
        (BUSY + 0.1, PARTS_WHILE_BUSY),
        (BUSY - 0.1, PARTS),
        (QUIET + 0.05, PARTS),
        (QUIET - 0.02, PARTS_WHILE_QUIET),
    ],
)
async def test_the_less_the_process_does_the_more_it_gives(
    share: Share, clocks: Clocks, used: float, parts: int
) -> None:
    taker = share.taker()
    for _ in range(2):
        clocks.pass_by(MEASURED_SECONDS, share=used)
        pause = await take(taker, clocks, 0.01)
    assert pause == pytest.approx(0.01 * (parts - 1))


async def test_steps_do_not_count_as_what_the_process_does(share: Share, clocks: Clocks) -> None:
    taker = share.taker()
    for _ in range(2):
        pause = await take(taker, clocks, MEASURED_SECONDS)
    assert pause == pytest.approx(MEASURED_SECONDS * (PARTS_WHILE_QUIET - 1))


async def test_but_with_what_else_there_is_to_do_they_make_it_busy(share: Share, clocks: Clocks) -> None:
    clocks.pass_by(MEASURED_SECONDS, share=BUSY - 0.05)
    async with share.taker().turn() as turn:
        clocks.pass_by(MEASURED_SECONDS / 4, share=1.0)
        await turn.pause(MEASURED_SECONDS / 4)
    assert clocks.slept == [pytest.approx(MEASURED_SECONDS / 4 * (PARTS_WHILE_BUSY - 1))]


async def test_a_moment_of_work_is_not_a_busy_process(share: Share, clocks: Clocks) -> None:
    clocks.pass_by(MEASURED_SECONDS / 10, share=1.0)
    assert await take(share.taker(), clocks, 0.01) == pytest.approx(0.01 * (PARTS - 1))


async def taken(share: Share, clocks: Clocks, steps: dict[str, float], turns: int) -> list[str]:
    """Who took so many turns, if the steps of each take so long."""
    order: list[str] = []

    async def follow(name: str) -> None:
        taker = share.taker()
        while len(order) < turns:
            async with taker.turn():
                order.append(name)
                clocks.now += steps[name]
                for _ in steps:
                    await asyncio.get_running_loop().run_in_executor(None, int)

    await asyncio.gather(*map(follow, steps))
    return order[:turns]


async def test_while_one_takes_a_step_nobody_else_does_and_who_has_waited_longest_is_next(
    share: Share, clocks: Clocks
) -> None:
    order = await taken(share, clocks, dict.fromkeys(["alice", "bob", "charlie"], 0.5), 6)
    assert order == ["alice", "bob", "charlie"] * 2


async def test_who_needs_little_does_not_wait_for_who_needs_much(share: Share, clocks: Clocks) -> None:
    order = await taken(share, clocks, {"alice": 1.0, "bob": 0.125, "charlie": 0.125}, 34)
    assert [order.count(name) for name in ("alice", "bob", "charlie")] == [2, 16, 16]


async def test_who_was_away_is_not_owed_it(share: Share, clocks: Clocks) -> None:
    late = share.taker()
    await taken(share, clocks, {"alice": 1.0, "bob": 1.0}, 10)
    async with late.turn():
        clocks.now += 1.0
    assert late.had >= 5.0


async def test_who_is_cancelled_leaves_the_turn_to_the_next(share: Share) -> None:
    never = asyncio.Event()

    async def hold() -> None:
        async with share.taker().turn():
            await never.wait()

    holding, waiting = asyncio.create_task(hold()), asyncio.create_task(hold())
    await asyncio.wait([holding], timeout=0.01)
    waiting.cancel()
    holding.cancel()
    async with asyncio.timeout(5), share.taker().turn():
        pass


async def test_who_is_cancelled_as_the_turn_comes_leaves_it_to_the_next(share: Share) -> None:
    async def hold() -> None:
        async with share.taker().turn():
            raise AssertionError("cancelled before")

    async with share.taker().turn():
        waiting = asyncio.create_task(hold())
        await asyncio.wait([waiting], timeout=0.01)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    async with asyncio.timeout(5), share.taker().turn():
        pass
