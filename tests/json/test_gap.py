"""Who comes back after what came next was pruned is told of a gap, and gets what is kept after it."""

import asyncio
import re
from typing import NamedTuple

import pytest

from testkit.device import Device
from testkit.server import Server
from tests.json.conftest import Cast, anywhere
from tests.json.test_ack import known

pytestmark = anywhere

# All that the log has up to a row is made as old as that.
AGE = """
import time
from log.models import Message
Message.objects.filter(pk__lte={upto}).update(timet=int(time.time()) - 40 * 24 * 3600)
"""
PRUNE = """
from django.core.management import call_command
call_command("prune", "--keep-days", "30", "--group", "{group}"{dry_run})
"""


class Pruned(NamedTuple):
    """Ids of what Alice has written to the group. `seen`: the last one that Bob has. `old`: the last one that
    is gone. `kept`: the others."""

    log: str
    seen: int
    old: int
    kept: list[int]


@pytest.fixture
async def pruned(here: Server, there: Server, cast: Cast, group: str, alice: Device) -> Pruned:
    """Bob has a device of the name of tablet, which has acknowledged what was seen."""
    to = f"g:{group}"
    seen = await alice.text(to, "seen")
    async with Device(there.entry, cast.bob, device="tablet", since=0) as bob:
        await bob.call("ack", upto=seen)
    await known(there, cast.bob, "tablet", seen)
    old = [await alice.text(to, f"old {number}") for number in range(3)]
    kept = [await alice.text(to, f"new {number}") for number in range(2)]
    await asyncio.to_thread(prune, here, group, old[-1])
    return Pruned(alice.welcome["log"], seen, old[-1], kept)


def prune(server: Server, group: str, upto: int) -> None:
    """Remove what the group has up to this message, as soon as nobody needs it any more. Of everything else
    nothing is removed: other tests are at the same place."""
    server.run_python(AGE.format(upto=upto))
    while "needed by" in server.run_python(PRUNE.format(group=group, dry_run=", '--dry-run'")):
        pass
    output = server.run_python(PRUNE.format(group=group, dry_run=""))
    removed = re.search(r"(\d+) rows removed", output)
    assert removed, output
    assert int(removed[1]) >= 4


@pytest.mark.promise("json-30")
@pytest.mark.parametrize("is_named", [False, True], ids=["since", "device"])
async def test_gap_comes_before_the_remaining_backlog(
    here: Server, there: Server, cast: Cast, alice: Device, group: str, pruned: Pruned, is_named: bool
) -> None:
    hello = {"device": "tablet"} if is_named else {"since": pruned.seen, "log": pruned.log}
    for server in (here, there):
        async with Device(server.entry, cast.bob, **hello) as bob:
            gap, *rest = bob.backlog
            assert gap == {"ev": "gap", "from": pruned.seen, "to": pruned.old}
            assert [event["id"] for event in rest] == pruned.kept
            last = await alice.text(f"g:{group}", "from here on")
            pruned.kept.append(last)
            assert (await bob.event())["id"] == last


@pytest.mark.promise("json-30")
@pytest.mark.parametrize("beyond", [False, True], ids=["another log", "beyond its end"])
async def test_resume_from_another_log_or_beyond_its_end_gets_a_gap(
    there: Server, cast: Cast, alice: Device, beyond: bool
) -> None:
    """Nothing of the log that is here comes: the client asks how things stand."""
    sent = await alice.text(f"u:{cast.bob}", "not sent")
    hello = {"since": 10**12} if beyond else {"since": sent - 1, "log": f"not {alice.welcome['log']}"}
    async with Device(there.entry) as bob:
        head = (await bob.hello(userid=cast.bob, **hello))["head"]
        assert head >= sent
        assert await bob.event() == {"ev": "gap", "from": hello["since"], "to": head}
        assert await bob.event() == {"ev": "caught_up", "id": head}
        await alice.text(f"u:{cast.bob}", "from here on")
        assert (await bob.event())["content"] == "from here on"
