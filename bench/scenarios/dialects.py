"""The JSON dialect beside the legacy one: a group and pairs as in the scenarios of these names.

A JSON client names each message, and gets a reply to it. A legacy client sends an extension with each, as the
apps do; for a JSON client the server makes it. So the log gets the same of both.
"""

import base64
import json
from collections.abc import Sequence

from bench import crowds, devices, loops
from bench.devices import Device
from bench.figures import Bar, Figure, Scenario, of_outcome
from bench.members import Meter, enter_all, leave, make_group
from bench.stage import Stage
from bench.subjects import IM66
from bench.traffic import Outcome, closed_loop

LEGACY, JSON = "legacy", "json"


def measure(stage: Stage) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for dialect in (LEGACY, JSON):
        group = loops.run(_group(stage, dialect))
        pairs = loops.run(_pairs(stage, dialect))
        figures[f"{dialect}: group"] = of_outcome(group.rates.deliveries, "deliveries/s", group)
        figures[f"{dialect}: pairs"] = of_outcome(pairs.rates.messages, "messages/s", pairs)
    return figures


async def _group(stage: Stage, dialect: str) -> Outcome:
    port, userids = stage.subject(IM66).port, stage.userids(stage.sizes.members)
    group_id = make_group(port, userids)
    if dialect == LEGACY:
        async with crowds.group(port, userids, group_id, stage.sizes.writers, _extension) as crowd:
            return await _traffic(stage, crowd)
    meter = Meter()
    members = await _enter(port, userids, meter)
    writers = members[: stage.sizes.writers]
    flows = [devices.group_flow(writer, group_id, len(members) - 1) for writer in writers]
    hears = crowds.hears_in_group(members, flows)
    return await _played(stage, crowds.Crowd(meter, members, flows, hears))


async def _pairs(stage: Stage, dialect: str) -> Outcome:
    port, userids = stage.subject(IM66).port, stage.userids(2 * stage.sizes.pairs)
    if dialect == LEGACY:
        async with crowds.pairs(port, userids, _extension) as crowd:
            return await _traffic(stage, crowd)
    meter = Meter()
    members = await _enter(port, userids, meter)
    writers, readers = members[::2], members[1::2]
    flows = [
        devices.unicast_flow(writer, reader.userid) for writer, reader in zip(writers, readers, strict=True)
    ]
    return await _played(
        stage, crowds.Crowd(meter, members, flows, crowds.hears_in_pairs(writers, readers, flows))
    )


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


async def _enter(port: int, userids: Sequence[str], meter: Meter) -> list[Device]:
    members = [Device(userid, meter) for userid in userids]
    await enter_all(port, members)
    return members


async def _played(stage: Stage, crowd: crowds.Crowd) -> Outcome:
    try:
        return await _traffic(stage, crowd)
    finally:
        await leave(crowd.members)


async def _traffic(stage: Stage, crowd: crowds.Crowd) -> Outcome:
    return crowd.outcome(await closed_loop(crowd.meter, crowd.flows, stage.sizes.seconds))


SCENARIO = Scenario(
    "dialects",
    measure,
    tuple(
        Bar(f"{JSON}: {name}", f"{LEGACY}: {name}", dict.fromkeys(("daphne", "uvicorn"), 0.9))
        for name in ("group", "pairs")
    ),
)
