"""The JSON dialect beside the legacy one: a group and pairs as in the scenarios of these names.

A JSON client names each message, and gets a reply to it. A legacy client sends an extension with each, as the
apps do; for a JSON client the server makes it. So the log gets the same of both.
"""

import base64
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from bench import crowds, devices, loops
from bench.devices import Device
from bench.figures import Bar, Figure, Scenario, of_outcome
from bench.members import Meter, enter_all, leave, make_group
from bench.stage import Stage
from bench.subjects import IM66
from bench.traffic import Outcome, Rates, closed_loop, mean_of

LEGACY, JSON = "legacy", "json"
# In this order both dialects have the same of a machine that becomes slower, and of a log that grows.
TURNS = (LEGACY, JSON, JSON, LEGACY) * 2


def measure(stage: Stage) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    groups, pairs = loops.run(_groups(stage)), loops.run(_pairs(stage))
    for dialect in (LEGACY, JSON):
        group, pair = groups[dialect], pairs[dialect]
        figures[f"{dialect}: group"] = of_outcome(group.rates.deliveries, "deliveries/s", group)
        figures[f"{dialect}: pairs"] = of_outcome(pair.rates.messages, "messages/s", pair)
    return figures


async def _groups(stage: Stage) -> dict[str, Outcome]:
    port, size, writers = stage.subject(IM66).port, stage.sizes.members, stage.sizes.writers
    ours, theirs = stage.userids(size), stage.userids(size)
    async with (
        crowds.group(port, theirs, make_group(port, theirs), writers, _extension) as legacy,
        _json_group(port, ours, make_group(port, ours), writers) as json_,
    ):
        return await _in_turns({LEGACY: legacy, JSON: json_}, stage.sizes.seconds)


async def _pairs(stage: Stage) -> dict[str, Outcome]:
    port, size = stage.subject(IM66).port, 2 * stage.sizes.pairs
    async with (
        crowds.pairs(port, stage.userids(size), _extension) as legacy,
        _json_pairs(port, stage.userids(size)) as json_,
    ):
        return await _in_turns({LEGACY: legacy, JSON: json_}, stage.sizes.seconds)


async def _in_turns(crowds_: Mapping[str, crowds.Crowd], seconds: float) -> dict[str, Outcome]:
    """The outcome of each crowd, which writes for so many seconds altogether."""
    rates: dict[str, list[Rates]] = {dialect: [] for dialect in crowds_}
    for dialect in TURNS:
        crowd = crowds_[dialect]
        seconds_of_turn = seconds / TURNS.count(dialect)
        rates[dialect].append(await closed_loop(crowd.meter, crowd.flows, seconds_of_turn))
    return {dialect: crowd.outcome(mean_of(rates[dialect])) for dialect, crowd in crowds_.items()}


@asynccontextmanager
async def _json_group(
    port: int, userids: Sequence[str], group_id: str, writers: int
) -> AsyncIterator[crowds.Crowd]:
    """As crowds.group, in the JSON dialect."""
    async with _entered(port, userids) as (meter, members):
        flows = [devices.group_flow(writer, group_id, len(members) - 1) for writer in members[:writers]]
        yield crowds.Crowd(meter, members, flows, crowds.hears_in_group(members, flows))


@asynccontextmanager
async def _json_pairs(port: int, userids: Sequence[str]) -> AsyncIterator[crowds.Crowd]:
    """As crowds.pairs, in the JSON dialect."""
    async with _entered(port, userids) as (meter, members):
        writers, readers = members[::2], members[1::2]
        pairs = zip(writers, readers, strict=True)
        flows = [devices.unicast_flow(writer, reader.userid) for writer, reader in pairs]
        yield crowds.Crowd(meter, members, flows, crowds.hears_in_pairs(writers, readers, flows))


@asynccontextmanager
async def _entered(port: int, userids: Sequence[str]) -> AsyncIterator[tuple[Meter, list[Device]]]:
    meter = Meter()
    members = [Device(userid, meter) for userid in userids]
    await enter_all(port, members)
    try:
        yield meter, members
    finally:
        await leave(members)


def _extension(userid: str) -> str:
    picture = "http://127.0.0.1:6060/static/im66/avatar.png"
    said = {
        "sender": userid,
        "senderID": userid,
        "senderAvartar": picture,
        "conversation": userid,
        "conversationAvartar": picture,
    }
    return base64.b64encode(json.dumps(said, separators=(",", ":")).encode()).decode()


SCENARIO = Scenario(
    "dialects",
    measure,
    tuple(
        Bar(f"{JSON}: {name}", f"{LEGACY}: {name}", dict.fromkeys(("daphne", "uvicorn"), 0.9))
        for name in ("group", "pairs")
    ),
)
