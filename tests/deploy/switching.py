"""What stands on both sides of a switch: the first server's Redis, and phones that find im66 in its place.

Run inside a throwaway root: `python -m tests.deploy.switching redis`, and later `… phones`.
"""

import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from redis import Redis
from redis.exceptions import ConnectionError as NotYet

from testkit.app_rules import extension
from testkit.phone_apps import Android16, Android17, App, IPhone
from testkit.recordings import halves, photo
from testkit.uploading import fetch, form
from tests.firstserver.first_server import FirstServer, grouped, unicast

SECONDS = 20
ALICE, BOB, CHARLIE = "1000001653", "1000006331", "1000006123"
OLD, NEW = "live.example.org", "wsim.example.org"
OLD_FILE = f"http://{OLD}/emovideo/12_0f0f0f0f.jpg"


def fill() -> None:
    first = FirstServer("redis://127.0.0.1:6379/1")
    _wait_for(first.url)
    first.number_groups_from(13)
    first.person(ALICE, "段思琪", "http://img.example.org/a.jpg")
    first.group(12, ALICE, [ALICE, BOB, CHARLIE], "老板六六聊天群")
    first.wait(BOB, unicast(ALICE, "first", extension=extension("段思琪")))
    for userid in (BOB, CHARLIE):
        first.wait(userid, grouped(ALICE, "to all", 12, extension=extension("段思琪", "老板六六聊天群")))


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            with Redis.from_url(url) as client:
                client.ping()
            return
        except NotYet:
            assert time.monotonic() < deadline
            time.sleep(0.1)


async def chat() -> None:
    """Each phone comes by the addresses that its branch has built in."""
    async with AsyncExitStack() as running:

        async def start(app: App) -> App:
            return await running.enter_async_context(app)

        alice = await start(Android17(f"ws://{NEW}:8080/entry", ALICE))
        bob = await start(Android16(f"ws://{OLD}:6060/wsim/entry", BOB))
        charlie = await start(IPhone(f"ws://{NEW}:8080/entry", CHARLIE))
        assert await bob.shows(2) == ["first", "to all"], bob.contents
        assert await charlie.shows(1) == ["to all"]
        await alice.newest.text(BOB, "hello", extension("段思琪"))
        assert (await bob.shows(3))[2:] == ["hello"]
        await bob.newest.group_text("12", "all here", extension("小明", "老板六六聊天群"))
        for app, count in ((alice, 1), (charlie, 2)):
            assert (await app.shows(count))[-1] == "all here"
        picture = await _upload(f"http://{NEW}/upload/writev2?")
        await charlie.newest.send(f"picture_{ALICE}_{picture}_unicast_{extension('Charlie')}")
        assert (await alice.shows(2))[-1] == picture
        assert alice.shown[-1].kind == "picture"
        await _manage_groups()
        for app in (alice, bob, charlie):
            assert not app.crashes
            assert not app.dropped


async def _manage_groups() -> None:
    (mine,) = await _call(f"http://{NEW}:8080/querymygrps", userid=ALICE)
    assert (mine["groupid"], mine["name"]) == ("12", "老板六六聊天群")
    assert {"nickname": "段思琪", "snap": "http://img.example.org/a.jpg"} in mine["members"]
    deadline = time.monotonic() + SECONDS
    while "小明" not in {member["nickname"] for member in mine["members"]}:
        assert time.monotonic() < deadline, "his message has told his name"
        await asyncio.sleep(0.5)
        (mine,) = await _call(f"http://{NEW}:8080/querymygrps", userid=ALICE)
    made = await _call(f"http://{OLD}:6060/wsim/creategrp", creator=BOB, members=f"{ALICE},", name="New")
    assert int(made["groupid"]) >= 13
    assert "/media/" in made["snap"], "its own"
    assert (await asyncio.to_thread(fetch, made["snap"])).body.startswith(b"\xff\xd8"), "a JPEG"
    await _call(f"http://{OLD}/umeng/send?", users=ALICE, msgtype="friend", message="hello")
    assert (await asyncio.to_thread(fetch, OLD_FILE)).body == b"as it was\n"


async def _call(url: str, **parameters: str) -> Any:
    reply = json.loads(await asyncio.to_thread(_post, Request(url, urlencode(parameters).encode())))
    assert reply["code"] == 0, reply
    return reply.get("data")


async def _upload(url: str) -> str:
    """The URL of a picture, which can be fetched."""
    body, content_type = form(photo(halves((60, 40)), "JPEG"))
    reply = json.loads(await asyncio.to_thread(_post, Request(url, body, {"Content-Type": content_type})))
    assert reply["code"] == 0, reply
    assert (await asyncio.to_thread(fetch, reply["data"])).status == 200
    return str(reply["data"])


def _post(request: Request) -> bytes:
    with urlopen(request, timeout=SECONDS) as reply:
        return bytes(reply.read())


if __name__ == "__main__":
    if sys.argv[1] == "redis":
        fill()
    else:
        asyncio.run(chat())
