"""Builds of 2017 call groups and uploads on another port and host; a proxy brings them to the same server."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.request import Request, urlopen

import pytest

from testkit import recordings
from testkit.availability import unavailable
from testkit.nginx import NginxForApps
from testkit.phone_apps import Android17, IPhone
from testkit.server import SERVE
from testkit.services import Unavailable, free_port
from testkit.uploading import fetch, form
from tests.conftest import MakeServer

pytestmark = pytest.mark.slow


@pytest.fixture
def nginx(make_server: MakeServer) -> Iterator[NginxForApps]:
    """In front of a server that is set up for the apps."""
    with ExitStack() as running:
        nginx = NginxForApps(free_port())
        try:
            running.enter_context(nginx)
        except Unavailable as reason:
            unavailable(str(reason))
        make_server([*SERVE[:-1], str(nginx.behind)], IM66_CLIENTS="shipped")
        yield nginx


async def ask(url: str, body: bytes = b"", content_type: str = "application/x-www-form-urlencoded") -> Any:
    def post() -> Any:
        with urlopen(Request(url, body, {"Content-Type": content_type}), timeout=60) as reply:
            return json.load(reply)

    return await asyncio.to_thread(post)


async def test_it_works(nginx: NginxForApps) -> None:
    second = f"http://127.0.0.1:{nginx.second_port}"
    entry = f"ws://127.0.0.1:{nginx.port}/wsim/entry"
    made = await ask(f"{second}/wsim/creategrp", b"creator=alice&members=bob,&name=Two")
    assert made["code"] == 0
    async with Android17(entry, "alice") as alice, IPhone(entry, "bob") as bob:
        recording = recordings.tone(3, container="amr", codec="libopencore_amrnb", rate=8_000)
        stored = await ask(f"{second}/upload/writev1?", *form(recording))
        assert (stored["code"], stored["message"]) == (0, "OK")
        await alice.newest.send(f"audio_{made['data']['groupid']}_{stored['data']}_group_")
        assert await bob.shows(1) == [stored["data"]]
        assert bob.shown[0].kind == "audio"
        voice = await asyncio.to_thread(fetch, stored["data"])
        assert voice.headers["Content-Type"] == "audio/mpeg"
