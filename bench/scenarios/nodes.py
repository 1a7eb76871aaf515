"""Measures several servers that share a PostgreSQL and a Redis: the cost of a message on the node that writes
it, on the node that delivers it, and on a node that is only notified of it.

Several servers on one machine are not faster than one, so costs are measured in processor time.
"""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from typing import Any

from bench import loops
from bench.costs import measured_clocks
from bench.crowds import Crowd, in_group, in_pairs
from bench.figures import Figure, Scenario, of_outcome
from bench.members import BenchMember, Meter, enter, leave, make_group
from bench.processes import ServerProcess
from bench.stage import Stage
from bench.subjects import IM66
from bench.traffic import Rates, TrafficOutcome, closed_loop, open_loop
from testkit.cpu import seconds, seconds_of_family

LABEL = "-nodes"
POSTGRES, REDIS = "PostgreSQL", "Redis"
# Messages per second, so few that hardly any two share a transaction.
SLOWLY = 150.0
_END = "SELECT coalesce(max(id), 0) FROM log_message"
_ROWS_AND_TRANSACTIONS = "SELECT count(*), count(DISTINCT xmin::text) FROM log_message WHERE id > {}"

Traffic = Callable[[Crowd, float], Coroutine[Any, Any, Rates]]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Servers that share a PostgreSQL and a Redis. `clocks`: the processor seconds of each server, of
    PostgreSQL and of Redis."""

    stage: Stage
    ports: Sequence[int]
    clocks: Mapping[str, Callable[[], float]]

    def ask(self, question: str) -> tuple[Any, ...]:
        return self.stage.database.ask(question, IM66, LABEL)


@dataclass(frozen=True, slots=True)
class PlayResult:
    """The outcome of one run. `seconds`: processor time by clock. `batch`: rows per transaction."""

    outcome: TrafficOutcome
    sent: int
    seconds: Mapping[str, float]
    batch: float

    def figure(self, value: float, unit: str) -> Figure:
        return of_outcome(value, unit, self.outcome, sent=self.sent, seconds=self.seconds, batch=self.batch)

    def cost(self, *clocks: str, receivers: int = 0) -> Figure:
        """Return the processor time of these clocks per message, or per delivery if `receivers` are given."""
        microseconds = sum(self.seconds[clock] for clock in clocks) * 1e6 / max(1, self.sent)
        if receivers:
            return Figure(microseconds / receivers, "µs per delivery", {"batch": self.batch})
        return Figure(microseconds, "µs per message", {"batch": self.batch})


def measure(stage: Stage) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for count in sorted(stage.sizes.nodes):
        with _serving(stage, count) as cluster:
            figures |= _all_nodes_together(cluster)
            if count == max(stage.sizes.nodes) > 1:
                figures |= _separate_roles(cluster)
    return figures


@contextmanager
def _serving(stage: Stage, count: int) -> Iterator[Cluster]:
    with ExitStack() as stack:
        nodes = [stack.enter_context(stage.fresh(IM66, LABEL)) for _ in range(count)]
        yield Cluster(stage, [node.port for node in nodes], _clocks(stage, nodes))


def _clocks(stage: Stage, nodes: Sequence[ServerProcess]) -> dict[str, Callable[[], float]]:
    return {
        **{f"node {number}": partial(seconds, node.pid) for number, node in enumerate(nodes)},
        POSTGRES: partial(seconds_of_family, stage.database.postgres_pid()),
        REDIS: partial(seconds, stage.database.redis_pid()),
    }


def _all_nodes_together(cluster: Cluster) -> dict[str, Figure]:
    """Measure pairs, each from one node to the next, and a group across all nodes, as fast as possible."""
    count = len(cluster.ports)
    nodes = [f"node {number}" for number in range(count)]
    following = [*cluster.ports[1:], cluster.ports[0]]
    pairs = loops.run(_play(cluster, _pairs(cluster, cluster.ports, following), _at_full_rate))
    group = loops.run(_play(cluster, _group(cluster), _at_full_rate))
    return {
        f"{count}, pairs": pairs.figure(pairs.outcome.rates.messages, "messages/s"),
        f"{count}, rows per transaction": Figure(pairs.batch, "rows"),
        f"{count}, all nodes": pairs.cost(*nodes),
        f"{count}, {POSTGRES}": pairs.cost(POSTGRES),
        f"{count}, {REDIS}": pairs.cost(REDIS),
        f"{count}, group": group.figure(group.outcome.rates.deliveries, "deliveries/s"),
        f"{count}, group, all nodes": group.cost(*nodes, receivers=cluster.stage.sizes.members - 1),
    }


def _separate_roles(cluster: Cluster) -> dict[str, Figure]:
    """Measure node 0 writing while node 1 delivers; then node 0 doing both, while node 1 is only notified."""
    first, second, *_ = cluster.ports
    figures: dict[str, Figure] = {}
    for pace, traffic in {"fast": _at_full_rate, "slowly": _at_low_rate}.items():
        across = loops.run(_play(cluster, _pairs(cluster, [first], [second]), traffic))
        inside = loops.run(_play(cluster, _pairs(cluster, [first], [first]), traffic))
        figures |= {
            f"{pace}, rows per transaction": Figure(across.batch, "rows"),
            f"{pace}, writing": across.cost("node 0"),
            f"{pace}, hearing and delivering": across.cost("node 1"),
            f"{pace}, only hearing": inside.cost("node 1"),
            f"{pace}, {POSTGRES}": across.cost(POSTGRES),
            f"{pace}, {REDIS}": across.cost(REDIS),
        }
    return figures


async def _play(
    cluster: Cluster, crowd_at: Callable[[], AbstractAsyncContextManager[Crowd]], traffic: Traffic
) -> PlayResult:
    async with crowd_at() as crowd:
        (end,) = cluster.ask(_END)
        with measured_clocks(cluster.clocks) as spent:
            rates = await traffic(crowd, cluster.stage.sizes.seconds)
        rows, transactions = cluster.ask(_ROWS_AND_TRANSACTIONS.format(end))
        sent = sum(flow.sent for flow in crowd.flows)
        return PlayResult(crowd.outcome(rates), sent, spent, rows / max(1, transactions))


async def _at_full_rate(crowd: Crowd, duration: float) -> Rates:
    return await closed_loop(crowd.meter, crowd.flows, duration)


async def _at_low_rate(crowd: Crowd, duration: float) -> Rates:
    await open_loop(crowd.meter, crowd.flows, SLOWLY, 2 * duration)
    return Rates(messages=SLOWLY)


def _pairs(
    cluster: Cluster, writers: Sequence[int], readers: Sequence[int]
) -> Callable[[], AbstractAsyncContextManager[Crowd]]:
    """Return a function that logs in pairs: the first at the ports `writers` in turn, the second at
    `readers`."""
    ports = [port for pair in zip(cycle(writers), readers, strict=False) for port in pair]
    return partial(_people, cluster, 2 * cluster.stage.sizes.pairs, ports, in_pairs)


def _group(cluster: Cluster) -> Callable[[], AbstractAsyncContextManager[Crowd]]:
    def together(meter: Meter, members: list[BenchMember]) -> Crowd:
        group_id = make_group(cluster.ports[0], [member.userid for member in members])
        return in_group(meter, members, group_id, cluster.stage.sizes.writers)

    return partial(_people, cluster, cluster.stage.sizes.members, cluster.ports, together)


@asynccontextmanager
async def _people(
    cluster: Cluster, size: int, ports: Sequence[int], make_crowd: Callable[[Meter, list[BenchMember]], Crowd]
) -> AsyncIterator[Crowd]:
    """Log in a number of people at these ports in turn."""
    meter = Meter()
    members = await _enter(list(islice(cycle(ports), size)), cluster.stage.userids(size), meter)
    try:
        yield make_crowd(meter, members)
    finally:
        await leave(members)


async def _enter(ports: Sequence[int], userids: Sequence[str], meter: Meter) -> list[BenchMember]:
    """Log everybody in, each at the port with the same index."""
    by_userid: dict[str, BenchMember] = {}
    for port in set(ports):
        at_port = [userid for its_port, userid in zip(ports, userids, strict=True) if its_port == port]
        by_userid |= {member.userid: member for member in await enter(port, at_port, meter)}
    return [by_userid[userid] for userid in userids]


SCENARIO = Scenario("nodes", measure, once=True, shared=True)
