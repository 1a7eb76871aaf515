"""Phones behind nginx while no process answers: they try again at once, as the Android app does."""

import asyncio
from contextlib import ExitStack
from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.nginx import NginxForApps
from testkit.phone_apps import Android16
from testkit.server import SERVE, Server
from testkit.services import Unavailable, free_port

pytestmark = pytest.mark.slow

PHONES = 20


async def test_phones_behind_one_address_reconnect_after_an_outage(tmp_path: Path) -> None:
    with ExitStack() as running:
        try:
            nginx = running.enter_context(NginxForApps(free_port()))
        except Unavailable as reason:
            unavailable(str(reason))
        entry = f"ws://127.0.0.1:{nginx.app_ports[1]}/entry"
        apps = [Android16(entry, f"p{number}") for number in range(PHONES)]
        for app in apps:
            running.callback(app.kill)
        async with asyncio.TaskGroup() as starting:
            for app in apps:
                starting.create_task(app.start())
            await asyncio.sleep(3)
            assert all(1 <= app.attempts < 4 for app in apps)
            server = Server(tmp_path, [*SERVE[:-1], str(nginx.upstream_port)], IM66_CLIENTS="shipped")
            await asyncio.to_thread(running.enter_context, server)
        await asyncio.gather(*(app.newest.settle() for app in apps))
