"""Turns: so many at once, and who waits is let in fairly."""

import asyncio
import gc
from collections.abc import Iterator, Sequence
from weakref import ref

import pytest

from accounts.limits import fair_queue
from accounts.limits.fair_queue import Breaks, FairQueue, QueueFull

ALICE, BOB = ("10.0.0.1", "alice"), ("10.0.0.1", "bob")
CHARLIE = ("10.0.0.9", "charlie")
DAVE = ("10.0.0.10", "dave")


class Door:
    """A queue of which one is inside; `came` tells who came in, in order."""

    def __init__(self, *, max_waiting: int = 100, wait_seconds: float = 30.0) -> None:
        self.queue = FairQueue(1, max_waiting, wait_seconds)
        self.came: list[str] = []
        self.inside = 0

    def ask(self, caller: Sequence[str], label: str = "") -> "asyncio.Task[None]":
        return asyncio.create_task(self._go(caller, label or caller[-1]))

    async def _go(self, caller: Sequence[str], label: str) -> None:
        async with self.queue.turn(caller):
            self.came.append(label)
            self.inside += 1
            assert self.inside == 1
            await asyncio.sleep(0.01)
            self.inside -= 1


async def test_callers_enter_in_order() -> None:
    door = Door()
    await asyncio.gather(*(door.ask(ALICE, str(number)) for number in range(5)))
    assert door.came == ["0", "1", "2", "3", "4"]


@pytest.mark.promise("call-44")
async def test_busy_caller_does_not_delay_others() -> None:
    door = Door()
    asking = [door.ask(ALICE) for _ in range(10)] + [door.ask(BOB) for _ in range(2)]
    await asyncio.gather(*asking)
    assert door.came == ["alice", *["alice", "bob"] * 2, *["alice"] * 7]


async def test_many_names_at_one_address_have_one_share() -> None:
    door = Door()
    asking = [door.ask(("10.0.0.1", f"made-up{number}"), "made up") for number in range(10)]
    await asyncio.gather(*asking, door.ask(CHARLIE), door.ask(CHARLIE))
    assert door.came[:5] == ["made up", "made up", "charlie", "made up", "charlie"]


async def test_cancelled_caller_is_skipped() -> None:
    door = Door()
    first, second, third = door.ask(ALICE, "first"), door.ask(ALICE, "second"), door.ask(ALICE, "third")
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(first, third)
    assert door.came == ["first", "third"]
    await door.ask(ALICE, "later")
    assert door.came[-1] == "later"


async def test_caller_cancelled_at_its_turn_passes_place_on() -> None:
    door = Door()
    async with door.queue.turn(ALICE):
        second, third = door.ask(ALICE, "second"), door.ask(ALICE, "third")
        await asyncio.sleep(0)
    second.cancel()  # it has its turn, and does not know yet
    await third
    assert door.came == ["third"]


async def test_full_queue_rejects_the_caller_with_most_waiting() -> None:
    door = Door(max_waiting=3)
    alices = [door.ask(ALICE, f"alice{number}") for number in range(4)]
    await asyncio.sleep(0)
    bob = door.ask(BOB)
    outcomes = await asyncio.gather(*alices, bob, return_exceptions=True)
    assert [isinstance(outcome, QueueFull) for outcome in outcomes] == [False, False, False, True, False]
    assert door.came == ["alice0", "alice1", "bob", "alice2"]


async def test_waiting_time_is_limited() -> None:
    door = Door(wait_seconds=0.05)
    async with door.queue.turn(ALICE):
        with pytest.raises(QueueFull):
            await door.ask(BOB)
    await door.ask(BOB)


async def test_place_rests_after_long_work() -> None:
    queue = FairQueue(1, 100, None, Breaks(grace=0.0, maximum=60.0))
    async with queue.turn(ALICE):
        await asyncio.sleep(0.2)
    waiting = asyncio.create_task(queue.enter(BOB))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    await waiting


async def _work(queue: FairQueue, *works: tuple[tuple[str, ...], float]) -> None:
    """One after the other hold the place, each for so many seconds."""
    for who, held in works:
        await queue.enter(who)
        queue.leave_after(who, held)


class TestBreaksOfOthers:
    """The place is in a break of ten seconds."""

    BREAKS = Breaks(grace=0.0, maximum=10.0)

    @pytest.fixture
    async def queue(self) -> FairQueue:
        queue = FairQueue(1, 100, None, self.BREAKS)
        await _work(queue, (ALICE, 0.02), (ALICE, 9.9))
        return queue

    async def test_a_caller_without_slow_work_is_let_in_at_once(self, queue: FairQueue) -> None:
        async with asyncio.timeout(5):
            await queue.enter(CHARLIE)

    async def test_caller_at_slow_address_waits(self, queue: FairQueue) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await queue.enter(BOB)

    async def test_waiting_caller_enters_before_slow_ones(self) -> None:
        queue = FairQueue(1, 100, None, self.BREAKS)
        await _work(queue, (ALICE, 0.02))
        await queue.enter(ALICE)
        bob, charlie = (asyncio.create_task(queue.enter(one)) for one in (BOB, CHARLIE))
        await asyncio.sleep(0)
        queue.leave_after(ALICE, 9.9)
        async with asyncio.timeout(5):
            await charlie
        assert not bob.done()
        bob.cancel()

    async def test_the_break_follows_their_own_work(self, queue: FairQueue) -> None:
        await queue.enter(CHARLIE)
        queue.leave_after(CHARLIE, 0.0)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await queue.enter(BOB)

    async def test_a_caller_counts_as_slow_for_a_while_only(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fair_queue, "SLOW_CALLER_SECONDS", 0.1)
        queue = FairQueue(1, 100, None, self.BREAKS)
        async with asyncio.timeout(5):
            await _work(queue, (CHARLIE, 0.02), (CHARLIE, 0.02), (ALICE, 9.0))
            await asyncio.sleep(0.2)
            await queue.enter(CHARLIE)

    async def test_caller_is_fast_again_after_fast_work(self) -> None:
        queue = FairQueue(1, 100, None, self.BREAKS)
        async with asyncio.timeout(5):
            slow = [(CHARLIE, 0.02), (CHARLIE, 0.02)]
            await _work(queue, *slow, (CHARLIE, 0.0), (ALICE, 9.0), (CHARLIE, 0.0))

    async def test_single_slow_work_does_not_mark_caller(self) -> None:
        queue = FairQueue(1, 100, None, self.BREAKS)
        async with asyncio.timeout(5):
            await _work(queue, (CHARLIE, 0.02), (ALICE, 9.0), (CHARLIE, 0.02), (ALICE, 0.0))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(queue.enter(CHARLIE), 0.05)

    async def test_break_of_others_is_limited(self, queue: FairQueue) -> None:
        await queue.enter(CHARLIE)
        queue.leave_after(CHARLIE, 5.0)  # and almost ten seconds from before
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await queue.enter(DAVE)

    async def test_cancelled_caller_leaves_place_to_others(self) -> None:
        queue = FairQueue(1, 100, None, Breaks(grace=0.0, maximum=0.1))
        await queue.enter(ALICE)
        bob, charlie = (asyncio.create_task(queue.enter(one)) for one in (BOB, CHARLIE))
        await asyncio.sleep(0)
        charlie.cancel()
        queue.leave_after(ALICE, 0.1)
        async with asyncio.timeout(5):
            await bob


class TestSparePlace:
    """Alice's address does slow work, and holds the place."""

    @pytest.fixture
    async def queue(self) -> FairQueue:
        queue = FairQueue(1, 100, None, Breaks(grace=0.0, maximum=0.1), spare=1)
        await _work(queue, (ALICE, 0.02), (ALICE, 0.02))
        await queue.enter(ALICE)
        return queue

    async def test_spare_place_admits_caller_without_slow_work(self, queue: FairQueue) -> None:
        async with asyncio.timeout(5):
            await queue.enter(CHARLIE)

    async def test_spare_place_rejects_slow_address(self, queue: FairQueue) -> None:
        await self._waits(queue, BOB)

    async def test_spare_place_admits_one_at_a_time(self, queue: FairQueue) -> None:
        await queue.enter(CHARLIE)
        waiting = asyncio.create_task(queue.enter(DAVE))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        queue.leave(CHARLIE)
        async with asyncio.timeout(5):
            await waiting

    async def test_the_place_itself_is_free_when_both_have_left(self, queue: FairQueue) -> None:
        await queue.enter(CHARLIE)
        waiting = asyncio.create_task(queue.enter(BOB))
        await asyncio.sleep(0)
        queue.leave(ALICE)
        await asyncio.sleep(0)
        assert not waiting.done()
        queue.leave(CHARLIE)
        async with asyncio.timeout(5):
            await waiting

    async def test_spare_place_is_unused_beside_fast_work(self) -> None:
        queue = FairQueue(1, 100, None, spare=1)
        await queue.enter(ALICE)
        await self._waits(queue, CHARLIE)

    async def _waits(self, queue: FairQueue, caller: tuple[str, ...]) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await queue.enter(caller)


async def test_place_does_not_rest_after_short_work() -> None:
    queue = FairQueue(1, 100, None, Breaks(grace=60.0, maximum=60.0))
    async with queue.turn(ALICE):
        await asyncio.sleep(0.01)
    async with asyncio.timeout(5), queue.turn(BOB):
        pass


@pytest.mark.parametrize(("held", "empty"), [(0.001, 0.0), (0.03, 0.02), (7.0, 0.1)])
def test_rest_lasts_as_long_as_excess_work(held: float, empty: float) -> None:
    assert Breaks(grace=0.01, maximum=0.1).after(held) == pytest.approx(empty)


class TestWhereOneAddressMayNotHoldAll:
    @pytest.fixture
    def queue(self) -> FairQueue:
        return FairQueue(2, 100, 30.0, max_per_caller=1)

    async def _asks(self, queue: FairQueue, who: Sequence[str]) -> "asyncio.Task[None]":
        asking = asyncio.create_task(queue.enter(who))
        await asyncio.sleep(0)
        return asking

    async def test_full_address_lets_other_addresses_enter_first(self, queue: FairQueue) -> None:
        await queue.enter(ALICE)
        bob = await self._asks(queue, BOB)
        charlie = await self._asks(queue, CHARLIE)
        assert (bob.done(), charlie.done()) == (False, True)
        queue.leave(CHARLIE)
        await asyncio.sleep(0)
        assert not bob.done()
        queue.leave(ALICE)
        await bob

    async def test_free_place_skips_full_address(self, queue: FairQueue) -> None:
        await queue.enter(ALICE)
        await queue.enter(CHARLIE)
        waiting = [await self._asks(queue, who) for who in (BOB, CHARLIE, ALICE)]
        queue.leave(CHARLIE)
        await asyncio.sleep(0)
        assert [one.done() for one in waiting] == [False, True, False]
        queue.leave(ALICE)
        await asyncio.sleep(0)
        assert [one.done() for one in waiting] == [True, True, False]
        queue.leave(BOB)
        await waiting[2]

    async def test_break_delays_only_the_caller_who_held_the_place(self) -> None:
        queue = FairQueue(2, 100, 30.0, Breaks(grace=0.0, maximum=60.0), max_per_caller=1)
        await queue.enter(ALICE)
        queue.leave_after(ALICE, 60.0)
        assert not (await self._asks(queue, BOB)).done()
        assert (await self._asks(queue, CHARLIE)).done()

    async def test_cancelled_caller_returns_place_of_address(self, queue: FairQueue) -> None:
        await queue.enter(ALICE)
        bob = await self._asks(queue, BOB)
        queue.leave(ALICE)
        bob.cancel()  # has the turn, and does not know yet
        await asyncio.wait([bob])
        async with asyncio.timeout(5):
            await queue.enter(ALICE)
            await queue.enter(CHARLIE)


async def test_place_is_released_after_its_time_limit() -> None:
    queue = FairQueue(1, 100, 30.0)
    async with asyncio.timeout(5), queue.turn(ALICE, at_most=0.01), queue.turn(BOB, at_most=0.01):
        pass
    await asyncio.sleep(0.02)
    async with queue.turn(ALICE, at_most=60.0):  # one place still
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02), queue.turn(BOB):
                pass


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Without the garbage collector, which is rare in a server."""
    gc.disable()
    yield
    gc.enable()


class Request:
    """Stands for a request with its body."""


async def test_busy_caller_leaves_nothing_to_the_collector(uncollected: None) -> None:
    queue = FairQueue(1, 0, None)
    await queue.enter(ALICE)

    async def call() -> "ref[Request]":
        request = Request()
        try:
            await queue.enter(BOB)
        except QueueFull:
            return ref(request)
        raise AssertionError("let in")

    kept = await call()
    assert kept() is None
