"""Runs the scenario: in each run first with im66, then with each peer."""

import logging
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path

from bench import crowds, loops
from bench.databases import SQLITE, Database
from bench.figures import Bar, Figure, Scenario, of_outcome
from bench.members import make_group
from bench.peers import rooms
from bench.peers.ejabberd import Ejabberd
from bench.peers.options import Options
from bench.peers.prosody import Prosody
from bench.peers.servers import Peer, version
from bench.pinning import on_core
from bench.processes import LOAD_CORE, allow_many_sockets
from bench.results import Result
from bench.stage import Stage
from bench.subjects import IM66
from bench.traffic import TrafficOutcome, drained_loop

logger = logging.getLogger(__name__)

PEERS: Mapping[str, Peer] = {peer.name: peer for peer in (Ejabberd(), Prosody())}
# Prosody is shown without a bar.
BARS = (Bar(IM66, Ejabberd.name, 1.5),)

_rooms = count(1)


def installed_peers(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the peers that are installed on this machine. The missing ones are logged."""
    for name in names:
        if not PEERS[name].is_installed:
            logger.warning("%s is not measured: it is not installed (Debian: %s)", name, PEERS[name].package)
    return tuple(name for name in names if PEERS[name].is_installed)


def run(options: Options) -> list[Result]:
    """Measure im66 and the peers of the options, which must be installed. Return the result."""
    allow_many_sockets()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="im66-bench-"))
        stack.enter_context(on_core(LOAD_CORE))
        ports = {name: stack.enter_context(PEERS[name].running()).port for name in options.peers}
        scenario = _scenario(ports)
        database = Database(SQLITE, Path(folder), postgres="", redis="")
        return [Result(scenario, SQLITE, list(_runs(options, scenario, database)))]


def _scenario(ports: Mapping[str, int]) -> Scenario:
    versions = {name: version(port) for name, port in ports.items()}
    return Scenario(
        "group, peers",
        partial(_measure, ports=ports, versions=versions),
        [bar for bar in BARS if bar.under in ports],
    )


def _runs(options: Options, scenario: Scenario, database: Database) -> Iterator[Mapping[str, Figure]]:
    with Stage(database, options.sizes) as stage:
        for number in range(1, options.runs + 1):
            logger.info("beside %s: run %d of %d", ", ".join(options.peers), number, options.runs)
            yield scenario.measure(stage)


def _measure(stage: Stage, ports: Mapping[str, int], versions: Mapping[str, str]) -> dict[str, Figure]:
    ours = loops.run(_play(stage))
    theirs = {name: loops.run(_play_peer(stage, port)) for name, port in ports.items()}
    return {
        IM66: of_outcome(ours.rates.deliveries, "deliveries/s", ours),
        **{
            name: of_outcome(outcome.rates.deliveries, "deliveries/s", outcome, version=versions[name])
            for name, outcome in theirs.items()
        },
    }


async def _play(stage: Stage) -> TrafficOutcome:
    port, userids = stage.subject(IM66).port, stage.userids(stage.sizes.members)
    async with crowds.group(port, userids, make_group(port, userids), stage.sizes.writers) as crowd:
        return crowd.outcome(await drained_loop(crowd.meter, crowd.flows, stage.sizes.seconds))


async def _play_peer(stage: Stage, port: int) -> TrafficOutcome:
    room, userids = f"room{next(_rooms)}", stage.userids(stage.sizes.members)
    async with rooms.occupied(port, room, userids, stage.sizes.writers) as crowd:
        return crowd.outcome(await drained_loop(crowd.meter, crowd.flows, stage.sizes.seconds))
