"""Measures how long after a message a broken connection makes an app show it twice: `python -m
bench.repetition`.

Shipped apps show a message again if they receive it again. Each of many people gets a message, some time
later the connection breaks, and the app reconnects. The table shows how many of them see the message twice,
and the same for people who bring the app to the foreground instead.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from testkit.phone import Phone
from testkit.phone_apps import Android17, App, IPhone
from testkit.server import Server

PEOPLE = 20
DELAYS = [0.0, 0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 5.0]
# The waiting time for a second delivery.
AFTER_SECONDS = 2.5


async def _sees_it_twice(
    server: Server, app_class: type[App], bob: str, delay: float, *, breaks: bool
) -> bool:
    async with app_class(server.entry, bob, reconnect_seconds=0.2) as app:
        async with Phone(server.entry, f"alice{bob}") as alice:
            await alice.text(bob, "hello")
            await app.shows(1)
            await asyncio.sleep(delay)
            if breaks:
                app.break_connections()
            else:
                await app.foreground()
            await asyncio.sleep(AFTER_SECONDS)
        return len(app.shown) > 1


async def _share(server: Server, app_class: type[App], delay: float, *, breaks: bool) -> str:
    names = [f"{app_class.__name__}{delay}{breaks}{number}".replace(".", "") for number in range(PEOPLE)]
    twice = await asyncio.gather(
        *(_sees_it_twice(server, app_class, name, delay, breaks=breaks) for name in names)
    )
    return f"{sum(twice)}/{PEOPLE}"


async def measure(server: Server) -> None:
    columns = [(app_class, breaks) for app_class in (Android17, IPhone) for breaks in (True, False)]
    titles = [f"{app.__name__} {'breaks' if breaks else 'foreground'}" for app, breaks in columns]
    sys.stdout.write(f"{'seconds':>7}  {'  '.join(f'{title:>20}' for title in titles)}\n")
    for delay in DELAYS:
        shares = [await _share(server, app_class, delay, breaks=breaks) for app_class, breaks in columns]
        sys.stdout.write(f"{delay:7.2f}  {'  '.join(f'{share:>20}' for share in shares)}\n")
        sys.stdout.flush()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), IM66_CLIENTS="shipped")
        server.prepare()
        server.start()
        try:
            asyncio.run(measure(server))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
