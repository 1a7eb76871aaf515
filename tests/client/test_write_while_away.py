"""Writing while the server cannot be reached."""

import asyncio
from pathlib import Path

from playwright.async_api import Locator, Route, expect

from testkit.device import Device
from testkit.server import Server
from tests.client.conftest import SignIn
from tests.client.files import noise, png
from tests.client.person import Person


async def attach(person: Person, *files: object) -> Locator:
    async with person.page.expect_file_chooser() as chooser:
        await person.page.get_by_role("button", name="Attach a file").click()
    await (await chooser.value).set_files(list(files))  # type: ignore[arg-type]
    return person.page.get_by_role("list", name="Files being sent")


async def all_of(server: Server, userid: str, count: int) -> list[str]:
    """What that person is told from the beginning: so many messages, and no more."""
    async with Device(server.entry, userid, since=0) as device:
        messages = [event for event in device.backlog if event["ev"] == "message"]
        while len(messages) < count:
            messages.append(await device.message())
        assert await device.hears_nothing()
    return [message["content"].rpartition("/")[2] for message in messages]


async def test_what_is_written_and_attached_while_away_arrives_once(sign_in: SignIn, tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        async with Device(server.entry, "bob"):
            alice = await sign_in("alice", at=server)
            await alice.open("u:bob")
            await alice.write("before")
            await alice.reads("before")

        server.kill()
        await alice.write("first")
        tray = await attach(alice, png(40))
        await alice.write("second")
        await expect(tray).to_contain_text("Waiting")
        await asyncio.to_thread(server.start)
        contents = await all_of(server, "bob", 4)
        await expect(tray).to_have_count(0)
        assert [content for content in contents if "-" not in content] == ["before", "first", "second"]
        assert sum(content.endswith("-40x40.png") for content in contents) == 1

        # It is killed while a file arrives.
        begun = asyncio.Event()

        async def note(route: Route) -> None:
            begun.set()
            await asyncio.sleep(0)
            await route.continue_()

        await alice.page.route("**/api/v1/uploads", note)
        tray = await attach(alice, noise(1200))
        await begun.wait()
        server.kill()
        await alice.write("meanwhile")
        await expect(tray).to_contain_text("Waiting")
        await asyncio.to_thread(server.start)
        contents = (await all_of(server, "bob", 6))[4:]
        await expect(tray).to_have_count(0)
        assert sorted(content.rpartition("-")[2] for content in contents) == ["1200x1200.png", "meanwhile"]
