"""The people in a scenario: all are logged in, and some of them write."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from bench.members import Listener, Member, Meter, enter, leave
from bench.sockets import Socket, connect
from bench.traffic import Flow, Outcome, Rates, group_flow, no_extension, outcome, unicast_flow


@dataclass(frozen=True, slots=True)
class Crowd:
    """`hears[userid]`: the flows that reach that member."""

    meter: Meter
    members: Sequence[Listener]
    flows: list[Flow]
    hears: dict[str, list[Flow]]

    def outcome(self, rates: Rates) -> Outcome:
        return outcome(self.meter, self.flows, lambda member: self.hears[member.userid], self.members, rates)


@asynccontextmanager
async def group(
    port: int,
    userids: Sequence[str],
    group_id: str,
    writers: int,
    extension: Callable[[str], str] = no_extension,
) -> AsyncIterator[Crowd]:
    """A group in which `writers` members write to all. `extension(userid)`: of that member's messages."""
    meter = Meter()
    members = await enter(port, userids, meter)
    try:
        yield in_group(meter, members, group_id, writers, extension)
    finally:
        await leave(members)


@asynccontextmanager
async def pairs(
    port: int, userids: Sequence[str], extension: Callable[[str], str] = no_extension
) -> AsyncIterator[Crowd]:
    """Pairs in which the first writes to the second. `extension(userid)`: of that member's messages."""
    meter = Meter()
    members = await enter(port, userids, meter)
    try:
        yield in_pairs(meter, members, extension)
    finally:
        await leave(members)


def in_group(
    meter: Meter,
    members: list[Member],
    group_id: str,
    writers: int,
    extension: Callable[[str], str] = no_extension,
) -> Crowd:
    """These members as a group in which `writers` of them write to all."""
    flows = [
        group_flow(member, group_id, len(members) - 1, extension(member.userid))
        for member in members[:writers]
    ]
    return Crowd(meter, members, flows, hears_in_group(members, flows))


def in_pairs(meter: Meter, members: list[Member], extension: Callable[[str], str] = no_extension) -> Crowd:
    """These members as pairs in which the first writes to the second."""
    writers, readers = members[::2], members[1::2]
    flows = [
        unicast_flow(writer, reader.userid, extension(writer.userid))
        for writer, reader in zip(writers, readers, strict=True)
    ]
    return Crowd(meter, members, flows, hears_in_pairs(writers, readers, flows))


def hears_in_group(members: Sequence[Listener], flows: Sequence[Flow]) -> dict[str, list[Flow]]:
    """See Crowd: everybody hears all others."""
    return {
        member.userid: [flow for flow in flows if flow.sender != member.userid.encode()] for member in members
    }


def hears_in_pairs(
    writers: Sequence[Listener], readers: Sequence[Listener], flows: Sequence[Flow]
) -> dict[str, list[Flow]]:
    """See Crowd: each reader hears one writer."""
    hears: dict[str, list[Flow]] = {writer.userid: [] for writer in writers}
    return hears | {reader.userid: [flow] for reader, flow in zip(readers, flows, strict=True)}


@asynccontextmanager
async def bare(port: int, userids: Sequence[str], drivers: int, per_frame: int) -> AsyncIterator[Crowd]:
    """Listeners of the bare server, and drivers that tell it to send, `per_frame` contents at a time."""
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
