"""The shipped apps come by three ports, in plain HTTP; nginx brings them to the same server."""

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
from testkit.phone_apps import Android16, Android17, IPhone
from testkit.server import SERVE, Server
from testkit.services import Unavailable, free_port
from testkit.uploading import fetch, form

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NginxForApps]:
    """In front of a server that is set up for the apps."""
    with ExitStack() as running:
        nginx = NginxForApps(free_port())
        try:
            running.enter_context(nginx)
        except Unavailable as reason:
            unavailable(str(reason))
        uploads = nginx.app_ports[0]
        server = Server(
            tmp_path_factory.mktemp("server"),
            [*SERVE[:-1], str(nginx.upstream_port)],
            IM66_CLIENTS="shipped",
            IM66_PROXIES="127.0.0.1",
            IM66_PUBLIC_URL=f"http://127.0.0.1:{uploads}",
            IM66_MEDIA_ACCEL="/stored/",
            IM66_MEDIA_ROOT=nginx.media,
        )
        running.enter_context(server)
        yield nginx


def at(nginx: NginxForApps, port: int) -> str:
    """Host and port at which nginx listens here instead of at `port`."""
    return f"127.0.0.1:{dict(zip((80, 6060, 8080), nginx.app_ports, strict=True))[port]}"


async def ask(url: str, body: bytes = b"", content_type: str = "application/x-www-form-urlencoded") -> Any:
    def post() -> Any:
        with urlopen(Request(url, body, {"Content-Type": content_type}), timeout=60) as reply:
            return json.load(reply)

    return await asyncio.to_thread(post)


async def test_apps_on_all_three_ports_share_a_group(nginx: NginxForApps) -> None:
    made = await ask(f"http://{at(nginx, 8080)}/wsim/creategrp", b"creator=alice&members=bob,carol&name=Two")
    assert made["code"] == 0
    async with (
        Android17(f"ws://{at(nginx, 8080)}/entry", "alice") as alice,
        IPhone(f"ws://{at(nginx, 8080)}/entry", "bob") as bob,
        Android16(f"ws://{at(nginx, 6060)}/wsim/entry", "carol") as carol,
    ):
        recording = recordings.tone(3, container="amr", codec="libopencore_amrnb", rate=8_000)
        stored = await ask(f"http://{at(nginx, 80)}/upload/writev1?", *form(recording))
        assert (stored["code"], stored["message"]) == (0, "OK")
        await alice.newest.send(f"audio_{made['data']['groupid']}_{stored['data']}_group_")
        for app in (bob, carol):
            assert await app.shows(1) == [stored["data"]]
            assert app.shown[0].kind == "audio"
        voice = await asyncio.to_thread(fetch, stored["data"])
        assert voice.headers["Content-Type"] == "audio/mpeg"


@pytest.mark.parametrize("port", [80, 6060, 8080])
@pytest.mark.parametrize("path", ["umeng/send?users=bob&msgtype=friend", "wsim/refreshgrp/?groupid=10"])
async def test_unused_app_calls_are_answered_at_once(nginx: NginxForApps, port: int, path: str) -> None:
    assert (await ask(f"http://{at(nginx, port)}/{path}")) == {"code": 0, "message": "OK"}


def test_files_of_the_first_server_are_served(nginx: NginxForApps) -> None:
    folder = nginx.stored_before / "emovideo"
    folder.mkdir(parents=True)
    nginx.stored_before.chmod(0o755)
    (folder / "12_0f.jpg").write_bytes(b"as it was")
    assert fetch(f"http://{at(nginx, 80)}/emovideo/12_0f.jpg").body == b"as it was"


async def test_oversized_upload_is_answered_in_the_form_of_the_app(nginx: NginxForApps) -> None:
    reply = await ask(f"http://{at(nginx, 80)}/upload/writev3?", *form(b"x" * (22 * 1024 * 1024)))
    assert (reply["code"], reply["data"]) == (3, "")


@pytest.mark.parametrize("path", ["/", "/admin/", "/login/", "/api/v1/me", "/metrics"])
def test_pages_are_served_over_tls_only(nginx: NginxForApps, path: str) -> None:
    result = fetch(f"http://{at(nginx, 80)}{path}")
    assert (result.status, result.headers["Location"]) == (301, f"{nginx.url}{path}")


def test_stored_files_are_not_served_by_the_proxy(nginx: NginxForApps) -> None:
    assert fetch(f"http://{at(nginx, 80)}/stored/x.jpg").status == 404


@pytest.mark.parametrize("path", ["/media/x.jpg", "/files/x.file"])
def test_media_and_files_are_served_at_the_address_of_the_apps(nginx: NginxForApps, path: str) -> None:
    assert fetch(f"http://{at(nginx, 80)}{path}").status == 404
