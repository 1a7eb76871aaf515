"""Compares the JSON dialect with the legacy one, with a group and pairs as in the scenarios of these names.

A JSON client sends a cid with each message and gets a reply. A legacy client sends an extension with each
message, as the apps do; for a JSON client the server makes it. So the stored rows are the same.
"""

import base64
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack

from bench import crowds, devices, loops
from bench.crowds import Crowd, Dialect
from bench.figures import Bar, Figure, Scenario, of_outcome
from bench.members import BenchMember, enter, make_group
from bench.stage import Stage
from bench.subjects import IM66
from bench.traffic import Flow, Rates, TrafficOutcome, closed_loop, group_flow, mean_of, unicast_flow


def _extension(userid: str) -> str:
    picture = "http://127.0.0.1:6060/static/im66/avatar.png"
    extras = {
        "sender": userid,
        "senderID": userid,
        "senderAvartar": picture,
        "conversation": userid,
        "conversationAvartar": picture,
    }
    return base64.b64encode(json.dumps(extras, separators=(",", ":")).encode()).decode()


def _to_group(member: BenchMember, group_id: str, receivers: int) -> Flow:
    return group_flow(member, group_id, receivers, _extension(member.userid))


def _to_person(member: BenchMember, to: str) -> Flow:
    return unicast_flow(member, to, _extension(member.userid))


LEGACY, JSON = "legacy", "json"
DIALECTS = {
    LEGACY: Dialect(enter, _to_group, _to_person),
    JSON: Dialect(devices.enter, devices.group_flow, devices.unicast_flow),
}
# In this order, a machine that becomes slower and a log that grows affect both dialects equally.
TURNS = (LEGACY, JSON, JSON, LEGACY) * 2


def measure(stage: Stage) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    groups, pairs = loops.run(_in_turns(stage, _group)), loops.run(_in_turns(stage, _pairs))
    for dialect in DIALECTS:
        group, pair = groups[dialect], pairs[dialect]
        figures[f"{dialect}: group"] = of_outcome(group.rates.deliveries, "deliveries/s", group)
        figures[f"{dialect}: pairs"] = of_outcome(pair.rates.messages, "messages/s", pair)
    return figures


def _group(stage: Stage, dialect: Dialect) -> AbstractAsyncContextManager[Crowd]:
    port, userids = stage.subject(IM66).port, stage.userids(stage.sizes.members)
    return crowds.group(port, userids, make_group(port, userids), stage.sizes.writers, dialect)


def _pairs(stage: Stage, dialect: Dialect) -> AbstractAsyncContextManager[Crowd]:
    return crowds.pairs(stage.subject(IM66).port, stage.userids(2 * stage.sizes.pairs), dialect)


async def _in_turns(
    stage: Stage, crowd_of: Callable[[Stage, Dialect], AbstractAsyncContextManager[Crowd]]
) -> dict[str, TrafficOutcome]:
    """Let the crowds of both dialects write in turns. Return the outcome of each."""
    rates: dict[str, list[Rates]] = {name: [] for name in DIALECTS}
    async with AsyncExitStack() as stack:
        present = {
            name: await stack.enter_async_context(crowd_of(stage, dialect))
            for name, dialect in DIALECTS.items()
        }
        for name in TURNS:
            seconds = stage.sizes.seconds / TURNS.count(name)
            rates[name].append(await closed_loop(present[name].meter, present[name].flows, seconds))
        return {name: crowd.outcome(mean_of(rates[name])) for name, crowd in present.items()}


SCENARIO = Scenario(
    "dialects",
    measure,
    tuple(Bar(f"{JSON}: {name}", f"{LEGACY}: {name}", 0.9) for name in ("group", "pairs")),
)
