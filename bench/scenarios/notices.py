"""Measures the cost of webhooks for every message and for undelivered messages: the same traffic with and
without an endpoint.

A group and pairs write as in the scenarios of these names. The endpoint answers as fast as it can.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench import crowds, loops
from bench.figures import Bar, Figure, Scenario, of_outcome
from bench.members import make_group
from bench.processes import LOAD_CORE, call, serving
from bench.sockets import HOST
from bench.stage import Stage
from bench.subjects import IM66, NOTICES, settings_of
from bench.traffic import closed_loop
from testkit.services import free_port

_MAKE = """
from notifications.models import Endpoint
from notifications.events import EVENTS
Endpoint.objects.get_or_create(name="bench", defaults={"events": " ".join(EVENTS)})
Endpoint.objects.update(url="http://%s:%d/")
"""


def measure(stage: Stage) -> dict[str, Figure]:
    figures = _figures(stage, IM66)
    with _endpoint(stage):
        return {**figures, **_figures(stage, NOTICES)}


def _figures(stage: Stage, subject: str) -> dict[str, Figure]:
    port = stage.subject(subject).port
    return {
        f"{subject}: group": loops.run(_group(stage, port)),
        f"{subject}: pairs": loops.run(_pairs(stage, port)),
    }


async def _group(stage: Stage, port: int) -> Figure:
    userids = stage.userids(stage.sizes.members)
    async with crowds.group(port, userids, make_group(port, userids), stage.sizes.writers) as crowd:
        outcome = crowd.outcome(await closed_loop(crowd.meter, crowd.flows, stage.sizes.seconds))
    return of_outcome(outcome.rates.deliveries, "deliveries/s", outcome)


async def _pairs(stage: Stage, port: int) -> Figure:
    async with crowds.pairs(port, stage.userids(2 * stage.sizes.pairs)) as crowd:
        outcome = crowd.outcome(await closed_loop(crowd.meter, crowd.flows, stage.sizes.seconds))
    return of_outcome(outcome.rates.messages, "messages/s", outcome)


@contextmanager
def _endpoint(stage: Stage) -> Iterator[None]:
    """Run an endpoint that gets all events of the subject NOTICES."""
    stage.subject(NOTICES)
    port = free_port()
    command = [sys.executable, "-m", "bench.receiver", str(port)]
    with serving(command, {}, port, stage.database.folder / "receiver.log", core=LOAD_CORE):
        settings = {**stage.database.settings(NOTICES, ""), **settings_of(NOTICES)}
        call([sys.executable, "manage.py", "shell", "-v0", "-c", _MAKE % (HOST, port)], settings)
        yield


SCENARIO = Scenario(
    "notices",
    measure,
    tuple(Bar(f"{NOTICES}: {name}", f"{IM66}: {name}", 0.9) for name in ("group", "pairs")),
)
