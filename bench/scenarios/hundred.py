"""A hundred thousand people on one machine: the memory of each, the latency of texts among them, and how long
all take to reconnect after a restart.

They connect from several loopback addresses, because one has 28,000 ports. Pairs write 100 messages a second,
and a member of a group of 5,000 writes once a second. Each side has an open file for each person: this needs
root, or a hard limit (`ulimit -Hn`) of that size.
"""

import asyncio
import gc
import resource
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial

from bench import loops
from bench.costs import measured_clocks
from bench.crowds import Crowd, in_group, in_pairs
from bench.figures import Bar, Figure, Scenario, of_outcome
from bench.members import BenchMember, Meter, enter_all, leave, make_group
from bench.processes import SERVER_CORE, ServerProcess, call
from bench.stage import Stage
from bench.subjects import IM66
from bench.traffic import Rates, open_loop
from testkit.cpu import seconds_of_family
from testkit.services import Unavailable

LABEL = "-hundred"
# Logins at the same time, and people at one address.
AT_ONCE, PEOPLE_PER_ADDRESS = 500, 20_000
# More files than sockets, for the database and what a server reserves.
MORE_FILES = 2_000
# Members of the group, and pairs. The second of each pair is away when the last message comes.
GROUP, PAIRS = 5_000, 1_000
PAIR_RATE, GROUP_RATE = 100.0, 1.0
# A server that is busy takes so long to store that what was sent has arrived.
ACKNOWLEDGED_SECONDS = 10.0
# So often the seconds of a scenario.
SILENT, WRITING, SETTLING = 15, 15, 1
_ENSURE = "from accounts.services import ensure_users; ensure_users(map(str.strip, open(%r)))"


def measure(stage: Stage) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for processes in (1, 2) if stage.database.postgres else (1,):
        figures |= {f"{processes}, {name}": one for name, one in _measure(stage, processes).items()}
    return figures


def _measure(stage: Stage, processes: int) -> dict[str, Figure]:
    sizes = sorted(stage.sizes.hundred)
    _allow_files(sizes[-1] + MORE_FILES)
    userids = stage.userids(sizes[-1])
    _make_people(stage, userids)
    return loops.run(_play(Hall(stage, processes), userids, sizes))


def _allow_files(number: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = max(number, hard)
    try:
        # Root may exceed the hard limit, unless its container or machine keeps it from that.
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    except ValueError:
        reason = f"a process needs {number} open files, and {hard} are allowed; --hundred has fewer people"
        raise Unavailable(reason) from None


def _make_people(stage: Stage, userids: Sequence[str]) -> None:
    settings = stage.database.settings(IM66, LABEL)
    stage.make_tables(IM66, settings)
    names = stage.database.folder / "userids"
    names.write_text("\n".join(userids))
    call([sys.executable, "manage.py", "shell", "-v0", "-c", _ENSURE % str(names)], settings)


class Hall:
    """Where the server starts and ends in a thread: the connections go on meanwhile."""

    def __init__(self, stage: Stage, processes: int) -> None:
        self._stage = stage
        self.seconds = stage.sizes.seconds
        self._settings = {
            "IM66_MAX_GROUP_MEMBERS": str(GROUP),
            "IM66_PROCESSES": str(processes) if processes > 1 else "",
        }
        # Several processes have all cores, and share them with the load generator.
        stage.core = SERVER_CORE if processes == 1 else None

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[ServerProcess]:
        server = self._stage.fresh(IM66, LABEL, **self._settings)
        process = await asyncio.to_thread(server.__enter__)
        try:
            yield process
        finally:
            await asyncio.to_thread(server.__exit__, None, None, None)


async def _play(hall: Hall, userids: Sequence[str], sizes: Sequence[int]) -> dict[str, Figure]:
    to_group, to_person = Meter(), Meter()
    step = max(2, len(userids) // (2 * PAIRS))
    members = [
        BenchMember(userid, to_group if number % step else to_person) for number, userid in enumerate(userids)
    ]
    for number, member in enumerate(members):
        member.source = f"127.0.1.{1 + number // PEOPLE_PER_ADDRESS}"
    with _without_collections():
        async with hall.serving() as process:
            figures = await _come_in(process, members, sizes)
            figures |= await _be_silent(process, SILENT * hall.seconds)
            group_id = make_group(process.port, [member.userid for member in _of(to_group, members)[:GROUP]])
            people = _of(to_person, members)[: 2 * PAIRS]
            pairs = in_pairs(to_person, people)
            group = in_group(to_group, _of(to_group, members)[:GROUP], group_id, 1)
            figures |= await _write(pairs, group, WRITING * hall.seconds)
            await _write_to_readers_who_are_away(pairs, people)
            began = time.perf_counter()
        stopped = time.perf_counter()
        async with hall.serving() as process:
            started = time.perf_counter()
            await enter_all(process.port, members, AT_ONCE)
            back = time.perf_counter()
            await asyncio.sleep(SETTLING * hall.seconds)
            outcomes = [pairs.outcome(Rates()), group.outcome(Rates())]
            await leave(members)
    return {
        **figures,
        "back after": Figure(back - started, "s", {"stop": stopped - began, "start": started - stopped}),
        **{
            f"lost, {name}": of_outcome(outcome.account.lost, "messages", outcome)
            for name, outcome in zip(("texts", "texts to the group"), outcomes, strict=True)
        },
    }


def _of(meter: Meter, members: Sequence[BenchMember]) -> list[BenchMember]:
    return [member for member in members if member.meter is meter]


@contextmanager
def _without_collections() -> Iterator[None]:
    """A collection of so many objects takes the generator a second."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def _come_in(
    process: ServerProcess, members: Sequence[BenchMember], sizes: Sequence[int]
) -> dict[str, Figure]:
    kilobytes = []
    began = time.perf_counter()
    for first, last in zip([0, *sizes], sizes, strict=False):
        await enter_all(process.port, members[first:last], AT_ONCE)
        kilobytes.append(process.kilobytes + process.kilobytes_of_children)
    rate = len(members) / (time.perf_counter() - began)
    slope = (kilobytes[-1] - kilobytes[0]) / (sizes[-1] - sizes[0])
    return {
        "logins": Figure(rate, "logins/s"),
        "memory": Figure(slope, "KB per connection", dict(zip(map(str, sizes), kilobytes, strict=True))),
    }


async def _be_silent(process: ServerProcess, duration: float) -> dict[str, Figure]:
    with measured_clocks({"server": partial(seconds_of_family, process.pid)}) as spent:
        await asyncio.sleep(duration)
    return {"heartbeats and pings": Figure(spent["server"] / duration, "of a core")}


async def _write(pairs: Crowd, group: Crowd, duration: float) -> dict[str, Figure]:
    await asyncio.gather(
        open_loop(pairs.meter, pairs.flows, PAIR_RATE, duration),
        open_loop(group.meter, group.flows, GROUP_RATE, duration),
    )
    outcomes = {"texts": pairs.outcome(Rates()), "texts to the group": group.outcome(Rates())}
    return {
        name: of_outcome(outcome.milliseconds["p99"], "ms p99", outcome) for name, outcome in outcomes.items()
    }


async def _write_to_readers_who_are_away(pairs: Crowd, members: Sequence[BenchMember]) -> None:
    await asyncio.sleep(ACKNOWLEDGED_SECONDS)
    for reader in members[1::2]:
        await reader.socket.vanish()
    for flow, writer in zip(pairs.flows, members[::2], strict=True):
        flow.send(time.perf_counter_ns())
        await writer.settle()


SCENARIO = Scenario(
    "hundred",
    measure,
    (
        Bar("1, memory", None, 12.0, False),
        Bar("1, texts", None, 100.0, False),
        Bar("1, texts to the group", None, 100.0, False),
        Bar("1, back after", None, 60.0, False),
        *(Bar(f"1, lost, {name}", None, 0.0, False) for name in ("texts", "texts to the group")),
    ),
    once=True,
    apart=True,
)
