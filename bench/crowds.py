"""The people in a scenario: all are logged in, and some of them write."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from bench.members import Listener, Meter, enter, leave
from bench.sockets import Socket, connect
from bench.traffic import Flow, Rates, TrafficOutcome, group_flow, outcome, unicast_flow


@dataclass(frozen=True, slots=True)
class Crowd:
    """`flows_of[userid]`: the flows that reach that member."""

    meter: Meter
    members: Sequence[Listener]
    flows: list[Flow]
    flows_of: dict[str, list[Flow]]

    def outcome(self, rates: Rates) -> TrafficOutcome:
        return outcome(
            self.meter, self.flows, lambda member: self.flows_of[member.userid], self.members, rates
        )


class Dialect(NamedTuple):
    """How people log in and write. `to_group(member, group_id, receivers)` and `to_person(member, userid)`
    return the flow of a member that `enter` returned."""

    enter: Callable[[int, Sequence[str], Meter], Awaitable[Sequence[Any]]]
    to_group: Callable[[Any, str, int], Flow]
    to_person: Callable[[Any, str], Flow]


PLAIN = Dialect(enter, group_flow, unicast_flow)


@asynccontextmanager
async def group(
    port: int, userids: Sequence[str], group_id: str, writers: int, dialect: Dialect = PLAIN
) -> AsyncIterator[Crowd]:
    """Log in a group in which `writers` members write to all."""
    meter = Meter()
    members = await dialect.enter(port, userids, meter)
    try:
        yield in_group(meter, members, group_id, writers, dialect)
    finally:
        await leave(members)


@asynccontextmanager
async def pairs(port: int, userids: Sequence[str], dialect: Dialect = PLAIN) -> AsyncIterator[Crowd]:
    """Log in pairs in which the first writes to the second."""
    meter = Meter()
    members = await dialect.enter(port, userids, meter)
    try:
        yield in_pairs(meter, members, dialect)
    finally:
        await leave(members)


def in_group(
    meter: Meter, members: Sequence[Listener], group_id: str, writers: int, dialect: Dialect = PLAIN
) -> Crowd:
    """Return these members as a group in which `writers` of them write to all."""
    flows = [dialect.to_group(member, group_id, len(members) - 1) for member in members[:writers]]
    flows_of = {
        member.userid: [flow for flow in flows if flow.sender != member.userid.encode()] for member in members
    }
    return Crowd(meter, members, flows, flows_of)


def in_pairs(meter: Meter, members: Sequence[Listener], dialect: Dialect = PLAIN) -> Crowd:
    """Return these members as pairs in which the first writes to the second."""
    writers, readers = members[::2], members[1::2]
    flows = [
        dialect.to_person(writer, reader.userid) for writer, reader in zip(writers, readers, strict=True)
    ]
    flows_of: dict[str, list[Flow]] = {writer.userid: [] for writer in writers}
    flows_of |= {reader.userid: [flow] for reader, flow in zip(readers, flows, strict=True)}
    return Crowd(meter, members, flows, flows_of)


@asynccontextmanager
async def bare(port: int, userids: Sequence[str], drivers: int, per_frame: int) -> AsyncIterator[Crowd]:
    """Connect listeners to the bare server, and drivers that make it send `per_frame` contents at a time."""
    meter = Meter()
    members = await enter(port, userids, meter)
    sockets = [await connect(port) for _ in range(drivers)]
    flows = [_burst_flow(number, socket, len(members), per_frame) for number, socket in enumerate(sockets)]
    try:
        yield Crowd(meter, members, flows, {member.userid: flows for member in members})
    finally:
        await leave(members)
        for socket in sockets:
            await socket.vanish()


def _burst_flow(number: int, socket: Socket, receivers: int, per_frame: int) -> Flow:
    sender = f"driver{number}"
    return Flow(sender, socket, partial(_burst, sender.encode()), receivers, per_frame)


def _burst(sender: bytes, contents: Sequence[bytes]) -> bytes:
    return b"_".join([b"burst", sender, *contents])
