"""Measures messages of pairs while the devices of a large group get pushes, and without pushes.

Two servers have the same group, to which one person writes. The other members are offline, and on one of the
servers each has two devices. The pairs write on both servers in turns. The push service answers as fast as it
can.
"""

import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager

from bench import crowds, loops
from bench.crowds import Crowd
from bench.figures import Bar, Figure, Scenario, of_outcome
from bench.members import enter, make_group
from bench.processes import LOAD_CORE, ServerProcess, call, serving
from bench.sockets import HOST
from bench.stage import Stage
from bench.subjects import IM66
from bench.traffic import Rates, group_flow, open_loop
from testkit.services import free_port

WITH, WITHOUT = "with pushes", "without pushes"
LABEL = "-pushes"
DEVICES_OF_EACH, PAIRS, RATE, TURNS = 2, 20, 100.0, 3
_APPS = """
[jpush.bench]
app_key = "key"
master_secret = "secret"
url = "http://%s:%d"
"""
_MAKE = """
from notifications import pushing
from notifications.models import PushDevice
from notifications.providers.devices import device_providers
host = device_providers()["jpush"].host_for("bench", "")
PushDevice.objects.bulk_create(
    PushDevice(
        user_id=userid, name=str(number), provider="jpush", app="bench", host=host,
        token=f"{userid}{number}", digest=pushing.digest_of("jpush", "bench", f"{userid}{number}"),
    )
    for userid in %r for number in range(%d)
)
"""
_COUNT = "from notifications.models import *; print(PushDevice.objects.filter(pushed_at__gt=0).count())"


def measure(stage: Stage) -> dict[str, Figure]:
    userids = stage.userids(max(2, stage.sizes.devices // DEVICES_OF_EACH))
    most = {"IM66_MAX_GROUP_MEMBERS": str(len(userids))}
    with stage.fresh(IM66, "-plain", **most) as plain, _pushing(stage, most) as (process, settings):
        groups = {server.port: make_group(server.port, userids) for server in (plain, process)}
        _python(_MAKE % (userids[1:], DEVICES_OF_EACH), settings)
        servers = {WITHOUT: plain.port, WITH: process.port}
        figures = loops.run(_play(stage, servers, groups, userids[0]))
        reached = int(_python(_COUNT, settings).split()[-1])
    return {**figures, "reached": Figure(reached, "devices")}


async def _play(
    stage: Stage, servers: dict[str, int], groups: dict[int, str], writer: str
) -> dict[str, Figure]:
    seconds = stage.sizes.seconds
    async with AsyncExitStack() as stack:
        crowd_of: dict[str, Crowd] = {}
        to_group = {}
        for name, port in servers.items():
            pairs = stage.userids(2 * min(PAIRS, stage.sizes.pairs))
            crowd_of[name] = await stack.enter_async_context(crowds.pairs(port, pairs))
            (member,) = await enter(port, [writer], crowd_of[name].meter)
            stack.callback(member.say_goodbye)
            to_group[name] = group_flow(member, groups[port], 0)
        for _ in range(TURNS):
            for name, crowd in crowd_of.items():
                to_group[name].send(0)
                await open_loop(crowd.meter, crowd.flows, RATE, 2 * seconds)
    outcomes = {name: crowd.outcome(Rates(messages=RATE)) for name, crowd in crowd_of.items()}
    return {
        name: of_outcome(outcome.milliseconds["p99"], "ms p99", outcome) for name, outcome in outcomes.items()
    }


@contextmanager
def _pushing(stage: Stage, more: dict[str, str]) -> Iterator[tuple[ServerProcess, dict[str, str]]]:
    """Run a server with a push service. Yield the server and its settings."""
    port, folder = free_port(), stage.database.folder
    apps = folder / "push.toml"
    apps.write_text(_APPS % (HOST, port))
    settings = {"IM66_PUSH_APPS": str(apps), "IM66_WEBHOOK_PRIVATE": "on", **more}
    command = [sys.executable, "-m", "bench.receiver", str(port)]
    with (
        serving(command, {}, port, folder / "receiver.log", core=LOAD_CORE),
        stage.fresh(IM66, LABEL, **settings) as process,
    ):
        yield process, {**stage.database.settings(IM66, LABEL), **settings}


def _python(code: str, settings: dict[str, str]) -> str:
    return call([sys.executable, "manage.py", "shell", "-v0", "-c", code], settings)


SCENARIO = Scenario("pushes", measure, (Bar(WITH, WITHOUT, 1.5, False),))
