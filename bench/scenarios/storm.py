"""Measures logins per second when everybody reconnects at once, as after a restart. Each login is proved by
an answer.

The bare server only accepts the sockets.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

from bench import loops
from bench.figures import Bar, Figure, Scenario
from bench.members import Meter, enter, leave
from bench.sockets import Socket, connect
from bench.stage import Stage
from bench.subjects import BARE, IM66
from bench.tokens import no_token

# The number of people who connect at the same time.
MAX_CONCURRENT_LOGINS = 200


def measure(stage: Stage) -> dict[str, Figure]:
    userids = stage.userids(stage.sizes.storm)
    known = loops.run(log_in(stage.subject(IM66).port, userids))
    back = loops.run(log_in(stage.subject(IM66).port, userids))
    return {
        IM66: Figure(back, "logins/s", {"first time": known}),
        BARE: Figure(loops.run(_accept(stage.subject(BARE).port, len(userids))), "accepts/s"),
    }


async def log_in(
    port: int,
    userids: Sequence[str],
    at_once: int = MAX_CONCURRENT_LOGINS,
    token: Callable[[str], str] = no_token,
) -> float:
    """Log everybody in and out again. Return the logins per second."""
    tokens = {userid: token(userid) for userid in userids}
    began = time.perf_counter()
    members = await enter(port, userids, Meter(), at_once, tokens.__getitem__)
    took = time.perf_counter() - began
    await leave(members)
    return len(members) / took


async def _accept(port: int, size: int) -> float:
    began = time.perf_counter()
    sockets = await _accept_all(port, size)
    took = time.perf_counter() - began
    for socket in sockets:
        socket.say_goodbye()
    await asyncio.wait([socket.closed for socket in sockets], timeout=60)
    return size / took


async def _accept_all(port: int, size: int) -> list[Socket]:
    room = asyncio.Semaphore(MAX_CONCURRENT_LOGINS)

    async def connect_in_turn() -> Socket:
        async with room:
            return await connect(port)

    return await asyncio.gather(*(connect_in_turn() for _ in range(size)))


SCENARIO = Scenario("storm", measure, (Bar(IM66, BARE, 0.8),))
