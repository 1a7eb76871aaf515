"""A connection breaks some time after a message. Who answered the server's pings is not shown the message
again; who did not is shown it at least once."""

import asyncio
from collections.abc import Mapping
from itertools import product

import pytest

from testkit.phone import Phone
from testkit.phone_apps import Android17, App, IPhone
from testkit.server import Server
from tests.conftest import MakeServer
from tests.faults.vanishing import HEARTBEAT, HEARTBEAT_SECONDS

pytestmark = pytest.mark.slow

# By the heartbeat, of which two begin and end in these.
SECONDS_UNTIL_THE_BREAK: dict[int, list[float]] = {30: [2, 12, 25, 45], HEARTBEAT_SECONDS: [2, 2.5, 4, 6]}
# After the break: time to connect again, to log in, and to be sent the message again.
SECONDS_AFTER = 3


@pytest.mark.parametrize(
    ("heartbeat", "settings"),
    [(HEARTBEAT_SECONDS, HEARTBEAT), pytest.param(30, {}, marks=pytest.mark.wide)],
    ids=["short", "usual"],
)
async def test_broken_connection_repeats_only_unconfirmed_messages(
    make_server: MakeServer, heartbeat: int, settings: Mapping[str, str]
) -> None:
    server = make_server(IM66_CLIENTS="shipped", **settings)
    shown = await asyncio.gather(
        *(
            _shown_to(server, app_class, seconds, answers_pings=answers_pings)
            for app_class, seconds, answers_pings in product(
                [Android17, IPhone], SECONDS_UNTIL_THE_BREAK[heartbeat], [True, False]
            )
        )
    )
    answering, silent = shown[0::2], shown[1::2]
    assert answering == [["hello"]] * len(answering)
    assert all(contents and set(contents) == {"hello"} for contents in silent)


async def _shown_to(
    server: Server, app_class: type[App], seconds: float, *, answers_pings: bool
) -> list[str]:
    """The contents that the user of an app sees whose connection breaks so many seconds after "hello"."""
    bob = f"{app_class.__name__}{seconds}{answers_pings}"
    async with app_class(server.entry, bob, reconnect_seconds=0.5) as app:
        app.answers_pings = answers_pings
        async with Phone(server.entry, f"alice{bob}") as alice:
            await alice.text(bob, "hello")
        await app.shows(1)
        await asyncio.sleep(seconds)
        app.break_connections()
        await asyncio.sleep(SECONDS_AFTER)
        return app.contents
