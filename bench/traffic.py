"""Sends messages: as fast as they arrive (closed loop), or at a fixed rate (open loop)."""

import asyncio
import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass, field
from statistics import mean
from time import perf_counter, perf_counter_ns, process_time

from bench.ledger import Account, total
from bench.members import BenchMember, Listener, Meter
from bench.percentiles import summary
from bench.sockets import Socket

CONTENT_BYTES = 100
SETTLE_SECONDS = 20.0
WARM_UP = 0.2


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates per second. `busy`: the share of a core that the load generator used; near 1, it measures
    itself."""

    deliveries: float = 0.0
    messages: float = 0.0
    busy: float = 0.0


def mean_of(rates: Sequence[Rates]) -> Rates:
    """Return the mean rates of several periods of the same length."""
    return Rates(*map(mean, zip(*map(astuple, rates), strict=True)))


@dataclass(frozen=True, slots=True)
class TrafficOutcome:
    """`milliseconds`: percentiles of the time from sending to arrival. The account covers all messages."""

    rates: Rates
    milliseconds: dict[str, float]
    account: Account
    complaints: dict[str, int] = field(default_factory=dict)


class Flow:
    """One sender's messages. `compose` makes a frame of `per_frame` contents; each content goes to
    `receivers`."""

    def __init__(
        self,
        sender: str,
        socket: Socket,
        compose: Callable[[Sequence[bytes]], bytes],
        receivers: int,
        per_frame: int = 1,
    ) -> None:
        self.sender = sender.encode()
        self.receivers = receivers
        self.sent = 0
        self.repeats = False
        self._socket = socket
        self._compose = compose
        self._per_frame = per_frame
        self._pending = 0

    @property
    def is_settled(self) -> bool:
        return not self._pending

    def send(self, at: int) -> None:
        """Send a frame that counts as sent at the time `at`."""
        self._pending += self._per_frame * self.receivers
        numbers = range(self.sent + 1, self.sent + self._per_frame + 1)
        self.sent += self._per_frame
        self._socket.send(
            self._compose([(b"%d.%d." % (number, at)).ljust(CONTENT_BYTES, b"x") for number in numbers])
        )

    def arrived(self) -> None:
        self._pending -= 1
        if self.repeats and not self._pending:
            self.send(perf_counter_ns())


def group_flow(member: BenchMember, group_id: str, receivers: int, extension: str = "") -> Flow:
    """Return a flow of messages to a group."""
    return _flow(member, group_id, f"_group_{extension}", receivers)


def unicast_flow(member: BenchMember, to: str, extension: str = "") -> Flow:
    """Return a flow of messages to a person."""
    return _flow(member, to, f"_unicast_{extension}", 1)


def _flow(member: BenchMember, to: str, end: str, receivers: int) -> Flow:
    head, tail = f"text_{to}_".encode(), end.encode()
    return Flow(member.userid, member.socket, lambda contents: head + contents[0] + tail, receivers)


async def closed_loop(meter: Meter, flows: Sequence[Flow], seconds: float) -> Rates:
    """Let each flow send its next frame when the last one has arrived at all receivers. Return the rates."""
    with _listening(meter, flows):
        for flow in flows:
            flow.repeats = True
            flow.send(perf_counter_ns())
        await asyncio.sleep(seconds * WARM_UP)
        before = _counters(meter, flows)
        await asyncio.sleep(seconds)
        rates = _rates(before, _counters(meter, flows))
        for flow in flows:
            flow.repeats = False
        await _settle(flows)
    return rates


async def drained_loop(meter: Meter, flows: Sequence[Flow], seconds: float) -> Rates:
    """Like `closed_loop`, but the rates cover everything sent in that time, until the last of it has arrived.

    It is for servers that answer in bursts: the number of bursts within a fixed time depends on chance.
    """
    with _listening(meter, flows):
        for flow in flows:
            flow.send(perf_counter_ns())
        await _wait_for_arrivals(flows)
        before = _counters(meter, flows)
        for flow in flows:
            flow.repeats = True
            flow.send(perf_counter_ns())
        await asyncio.sleep(seconds)
        for flow in flows:
            flow.repeats = False
        await _wait_for_arrivals(flows)
        rates = _rates(before, _counters(meter, flows))
        await _settle(flows)
    return rates


async def open_loop(meter: Meter, flows: Sequence[Flow], rate: float, seconds: float) -> None:
    """Let the flows send in turns, `rate` frames per second. A frame that the load generator sends late
    counts from the time when it was due."""
    with _listening(meter, flows):
        began = perf_counter_ns()
        for number in range(max(1, round(rate * seconds))):
            due = began + round(number / rate * 1e9)
            await asyncio.sleep(max(0.0, (due - perf_counter_ns()) / 1e9))
            flows[number % len(flows)].send(due)
        await _settle(flows)


def outcome(
    meter: Meter,
    flows: Sequence[Flow],
    expected: Callable[[Listener], Sequence[Flow]],
    members: Sequence[Listener],
    rates: Rates,
) -> TrafficOutcome:
    """Return the outcome of the traffic. `expected(member)`: the flows that reach the member."""
    account = total(
        member.inbox.account({flow.sender: flow.sent for flow in expected(member)}) for member in members
    )
    milliseconds = summary([nanoseconds / 1e6 for nanoseconds in meter.nanoseconds])
    return TrafficOutcome(rates, milliseconds, account, dict(meter.complaints))


def _counters(meter: Meter, flows: Sequence[Flow]) -> tuple[float, ...]:
    """Return the time and the counters, in the order of Rates."""
    return perf_counter(), len(meter.nanoseconds), sum(flow.sent for flow in flows), process_time()


def _rates(before: Sequence[float], after: Sequence[float]) -> Rates:
    took, *grown = (now - then for now, then in zip(after, before, strict=True))
    return Rates(*(growth / took for growth in grown))


@contextmanager
def _listening(meter: Meter, flows: Sequence[Flow]) -> Iterator[None]:
    meter.on_arrival.update({flow.sender: flow.arrived for flow in flows})
    gc.collect()
    gc.disable()  # a collection in this process takes 40 ms and would count as the server's latency
    try:
        yield
    finally:
        gc.enable()


async def _settle(flows: Sequence[Flow]) -> None:
    """Wait until everything has arrived, up to SETTLE_SECONDS, and then for duplicates."""
    await _wait_for_arrivals(flows)
    await asyncio.sleep(0.05)


async def _wait_for_arrivals(flows: Sequence[Flow]) -> None:
    """Wait until everything has arrived, up to SETTLE_SECONDS."""
    with suppress(TimeoutError):
        async with asyncio.timeout(SETTLE_SECONDS):
            while not all(flow.is_settled for flow in flows):  # noqa: ASYNC110  cheaper than an event
                await asyncio.sleep(0.01)
