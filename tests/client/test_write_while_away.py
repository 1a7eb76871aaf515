"""Writing while the server is unreachable."""

import asyncio
from pathlib import Path

from playwright.async_api import Route, expect

from testkit.device import Device
from testkit.server import Server
from tests.client.conftest import SignIn
from tests.client.files import noise, png


async def all_of(server: Server, userid: str, count: int) -> list[str]:
    """Return the person's messages from the beginning, which must be exactly `count`."""
    async with Device(server.entry, userid, since=0) as device:
        messages = [event for event in device.backlog if event["ev"] == "message"]
        while len(messages) < count:
            messages.append(await device.message())
        assert await device.receives_nothing()
    return [message["content"].rpartition("/")[2] for message in messages]


async def test_messages_and_files_of_an_offline_page_arrive_once(sign_in: SignIn, tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        async with Device(server.entry, "bob"):
            alice = await sign_in("alice", at=server)
            await alice.open("u:bob")
            await alice.write("before")
            await alice.reads("before")

        server.kill()
        await alice.write("first")
        tray = await alice.attach(png(40), caption="look")
        await alice.write("second")
        await expect(tray).to_contain_text("Waiting")
        await asyncio.to_thread(server.start)
        contents = await all_of(server, "bob", 5)
        await expect(tray).to_have_count(0)
        file = next(at for at, content in enumerate(contents) if content.endswith("-40x40.png"))
        assert contents[file + 1] == "look"
        assert contents[:file] + contents[file + 2 :] == ["before", "first", "second"]

        # It is killed while a file arrives.
        begun = asyncio.Event()

        async def note(route: Route) -> None:
            begun.set()
            await asyncio.sleep(0)
            await route.continue_()

        await alice.page.route("**/api/v1/uploads", note)
        tray = await alice.attach(noise(1200))
        await begun.wait()
        server.kill()
        await alice.write("meanwhile")
        await expect(tray).to_contain_text("Waiting")
        await asyncio.to_thread(server.start)
        contents = (await all_of(server, "bob", 7))[5:]
        await expect(tray).to_have_count(0)
        assert sorted(content.rpartition("-")[2] for content in contents) == ["1200x1200.png", "meanwhile"]
