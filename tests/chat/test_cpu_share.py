"""Many who wait are served together, in turn, or in slices."""

import asyncio
from collections.abc import Collection
from functools import partial

import pytest

from chat.delivery.loop import batcher
from chat.delivery.loop.batcher import MAX_KEYS, Batcher
from chat.delivery.loop.fanout import FanoutScheduler
from chat.delivery.loop.processor import (
    BUSY_DIVISOR,
    DIVISOR,
    MAX_QUIET_USE,
    MEASURED_SECONDS,
    MIN_BUSY_USE,
    QUIET_DIVISOR,
    CpuShare,
    Participant,
)


class Clocks:
    """`slept`: the pauses that were asked for, none of which is waited for."""

    def __init__(self) -> None:
        self.now = 0.0
        self.used = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def pass_by(self, seconds: float, *, cpu_share: float) -> None:
        """Of which the process has used that share of a processor."""
        self.now += seconds
        self.used += seconds * cpu_share


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    made = Clocks()
    monkeypatch.setattr("chat.delivery.loop.processor.asyncio.sleep", made.sleep)
    return made


@pytest.fixture
def cpu_share(clocks: Clocks) -> CpuShare:
    return CpuShare(lambda: clocks.now, lambda: clocks.used)


async def take(participant: Participant, clocks: Clocks, seconds: float) -> float:
    """How long the pause after a step of so many seconds is, of which a quarter was of a processor."""
    async with participant.turn() as turn:
        clocks.pass_by(seconds, cpu_share=0.25)
        await turn.pause(0.25 * seconds)
    return clocks.slept[-1]


async def test_follower_pauses_in_proportion_to_its_work(cpu_share: CpuShare, clocks: Clocks) -> None:
    assert await take(cpu_share.participant(), clocks, 0.01) == pytest.approx(0.01 * (DIVISOR - 1))


@pytest.mark.parametrize(
    ("used", "parts"),
    [
        (MIN_BUSY_USE + 0.1, BUSY_DIVISOR),
        (MIN_BUSY_USE - 0.1, DIVISOR),
        (MAX_QUIET_USE + 0.05, DIVISOR),
        (MAX_QUIET_USE - 0.02, QUIET_DIVISOR),
    ],
)
async def test_cpu_share_depends_on_the_other_use_of_the_process(
    cpu_share: CpuShare, clocks: Clocks, used: float, parts: int
) -> None:
    participant = cpu_share.participant()
    for _ in range(2):
        clocks.pass_by(MEASURED_SECONDS, cpu_share=used)
        pause = await take(participant, clocks, 0.01)
    assert pause == pytest.approx(0.01 * (parts - 1))


async def test_steps_do_not_count_as_other_use_of_the_process(cpu_share: CpuShare, clocks: Clocks) -> None:
    participant = cpu_share.participant()
    for _ in range(2):
        pause = await take(participant, clocks, MEASURED_SECONDS)
    assert pause == pytest.approx(MEASURED_SECONDS * (QUIET_DIVISOR - 1))


async def test_share_shrinks_when_other_work_makes_the_process_busy(
    cpu_share: CpuShare, clocks: Clocks
) -> None:
    clocks.pass_by(MEASURED_SECONDS, cpu_share=MIN_BUSY_USE - 0.05)
    async with cpu_share.participant().turn() as turn:
        clocks.pass_by(MEASURED_SECONDS / 4, cpu_share=1.0)
        await turn.pause(MEASURED_SECONDS / 4)
    assert clocks.slept == [pytest.approx(MEASURED_SECONDS / 4 * (BUSY_DIVISOR - 1))]


async def test_short_burst_of_work_is_not_a_busy_process(cpu_share: CpuShare, clocks: Clocks) -> None:
    clocks.pass_by(MEASURED_SECONDS / 10, cpu_share=1.0)
    assert await take(cpu_share.participant(), clocks, 0.01) == pytest.approx(0.01 * (DIVISOR - 1))


async def taken(cpu_share: CpuShare, clocks: Clocks, steps: dict[str, float], turns: int) -> list[str]:
    """Who took so many turns, if the steps of each take so long."""
    order: list[str] = []

    async def follow(name: str) -> None:
        participant = cpu_share.participant()
        while len(order) < turns:
            async with participant.turn():
                order.append(name)
                clocks.now += steps[name]
                for _ in steps:
                    await asyncio.get_running_loop().run_in_executor(None, int)

    await asyncio.gather(*map(follow, steps))
    return order[:turns]


async def test_turns_are_exclusive_and_go_to_the_longest_waiting(cpu_share: CpuShare, clocks: Clocks) -> None:
    order = await taken(cpu_share, clocks, dict.fromkeys(["alice", "bob", "charlie"], 0.5), 6)
    assert order == ["alice", "bob", "charlie"] * 2


async def test_short_work_does_not_wait_for_long_work(cpu_share: CpuShare, clocks: Clocks) -> None:
    order = await taken(cpu_share, clocks, {"alice": 1.0, "bob": 0.125, "charlie": 0.125}, 34)
    assert [order.count(name) for name in ("alice", "bob", "charlie")] == [2, 16, 16]


async def test_absent_taker_gets_no_credit_for_its_absence(cpu_share: CpuShare, clocks: Clocks) -> None:
    late = cpu_share.participant()
    await taken(cpu_share, clocks, {"alice": 1.0, "bob": 1.0}, 10)
    async with late.turn():
        clocks.now += 1.0
    assert late.used_seconds >= 5.0


async def test_cancelled_holder_passes_the_turn_on(cpu_share: CpuShare) -> None:
    never = asyncio.Event()

    async def hold() -> None:
        async with cpu_share.participant().turn():
            await never.wait()

    holding, waiting = asyncio.create_task(hold()), asyncio.create_task(hold())
    await asyncio.wait([holding], timeout=0.01)
    waiting.cancel()
    holding.cancel()
    async with asyncio.timeout(5), cpu_share.participant().turn():
        pass


async def test_taker_cancelled_as_its_turn_comes_passes_it_on(cpu_share: CpuShare) -> None:
    async def hold() -> None:
        async with cpu_share.participant().turn():
            raise AssertionError("cancelled before")

    async with cpu_share.participant().turn():
        waiting = asyncio.create_task(hold())
        await asyncio.wait([waiting], timeout=0.01)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    async with asyncio.timeout(5), cpu_share.participant().turn():
        pass


class Library:
    """Reads take until they are let go. Values tell in which read they were found."""

    def __init__(self) -> None:
        self.reads: list[set[str]] = []
        self.fails = False
        self._open = asyncio.Event()
        self.batcher = Batcher(self._read)

    def let_go(self) -> None:
        self._open.set()

    async def _read(self, keys: Collection[str]) -> dict[str, str]:
        self.reads.append(set(keys))
        number = len(self.reads)
        await self._open.wait()
        if self.fails:
            raise ConnectionError("away")
        return {key: f"{key}{number}" for key in keys}


async def asking(library: Library, *keys: str) -> list["asyncio.Task[str]"]:
    """Tasks that have asked."""
    tasks = [asyncio.create_task(library.batcher.load(key)) for key in keys]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_concurrent_requests_share_one_read() -> None:
    library = Library()
    tasks = await asking(library, "alice", "bob", "alice")
    library.let_go()
    assert await asyncio.gather(*tasks) == ["alice1", "bob1", "alice1"]
    assert library.reads == [{"alice", "bob"}]


async def test_request_during_a_read_gets_the_next_read() -> None:
    library = Library()
    early = await asking(library, "alice")
    late = await asking(library, "alice", "bob")
    library.let_go()
    assert await asyncio.gather(*early, *late) == ["alice1", "alice2", "bob2"]


async def test_request_right_after_a_read_waits_briefly_for_others() -> None:
    library = Library()
    library.let_go()
    await asyncio.gather(*await asking(library, "alice"))
    first = await asking(library, "bob")
    second = await asking(library, "charlie")
    assert await asyncio.gather(*first, *second) == ["bob2", "charlie2"]
    assert library.reads == [{"alice"}, {"bob", "charlie"}]


async def test_request_after_a_slow_read_does_not_wait_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batcher, "PAUSE_SECONDS", 0)
    library = Library()
    early = await asking(library, "alice")
    await asyncio.sleep(batcher.INTERVAL_SECONDS)
    library.let_go()
    await asyncio.gather(*early)
    late = [*await asking(library, "bob"), *await asking(library, "charlie")]
    assert library.reads == [{"alice"}, {"bob"}]
    await asyncio.gather(*late)


async def test_reads_are_split_at_the_maximum_of_keys() -> None:
    library = Library()
    library.let_go()
    tasks = await asking(library, *map(str, range(MAX_KEYS + 1)))
    await asyncio.gather(*tasks)
    assert [len(read) for read in library.reads] == [MAX_KEYS, 1]


async def test_batch_error_reaches_its_waiters_only() -> None:
    library = Library()
    library.fails = True
    tasks = await asking(library, "alice", "bob")
    library.let_go()
    for task in tasks:
        with pytest.raises(ConnectionError):
            await task
    library.fails = False
    assert await library.batcher.load("alice") == "alice2"


async def test_cancelled_request_leaves_the_shared_read_to_the_others() -> None:
    library = Library()
    alice, bob = await asking(library, "alice", "bob")
    alice.cancel()
    library.let_go()
    assert await bob == "bob1"
    assert alice.cancelled()


class Woken:
    """Notes who was started, and in which step of the event loop."""

    def __init__(self, at_once: int) -> None:
        self.steps: dict[str, int] = {}
        self._step = 0
        self._fanout = FanoutScheduler(asyncio.get_running_loop(), at_once)

    def wake(self, *names: str) -> None:
        for name in names:
            self._fanout.schedule(partial(self._start, name))

    async def steps_on(self, count: int) -> None:
        for _ in range(count):
            self._step += 1
            await asyncio.sleep(0)

    def _start(self, name: str) -> None:
        assert name not in self.steps, f"{name} was started twice"
        self.steps[name] = self._step


async def test_small_crowd_is_woken_in_the_next_step() -> None:
    woken = Woken(at_once=2)
    woken.wake("alice", "bob")
    assert not woken.steps
    await woken.steps_on(1)
    assert woken.steps == {"alice": 1, "bob": 1}


async def test_excess_wakeups_run_in_later_steps_in_order() -> None:
    woken = Woken(at_once=2)
    woken.wake(*"abcdefg")
    await woken.steps_on(5)
    assert woken.steps == {"a": 1, "b": 1, "c": 2, "d": 2, "e": 3, "f": 3, "g": 4}


async def test_wakeups_of_later_arrivals_run_after_pending_ones() -> None:
    woken = Woken(at_once=2)
    woken.wake(*"abc")
    await woken.steps_on(1)
    woken.wake("d", "e")
    await woken.steps_on(3)
    assert woken.steps == {"a": 1, "b": 1, "c": 2, "d": 2, "e": 3}


async def test_fanout_starts_at_once_after_an_idle_period() -> None:
    woken = Woken(at_once=1)
    woken.wake("a", "b")
    await woken.steps_on(5)
    woken.wake("c")
    await woken.steps_on(1)
    assert woken.steps == {"a": 1, "b": 2, "c": 6}


async def test_drain_waits_only_for_wakeups_scheduled_before_it() -> None:
    woken = Woken(at_once=1)
    fanout = woken._fanout
    await fanout.drain()
    woken.wake("alice", "bob")
    draining = asyncio.create_task(fanout.drain())
    await woken.steps_on(1)
    woken.wake("charlie")
    assert not draining.done()
    await draining
    assert {"alice", "bob"} <= set(woken.steps)
