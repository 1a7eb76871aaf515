"""Pictures and recordings on the page in token mode, where their addresses expire."""

import asyncio
import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, expect

from testkit import recordings
from testkit.phone import Phone
from testkit.server import WITHOUT_LIMITS, Server
from testkit.uploading import upload
from tests.client.conftest import DESK
from tests.client.person import Person, close
from tests.client.proven import MAKE, PASSWORD, log_in
from tests.support.tokens import IN_TOKEN_MODE, token

HIDDEN = re.compile(r"/files/[0-9a-f]{32}-320x240\.jpg\?e=\d+&s=[0-9a-f]+$")


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("private"), **IN_TOKEN_MODE, **WITHOUT_LIMITS) as running:
        for userid in ("alice", "bob"):
            running.run_python(MAKE.format(userid, PASSWORD))
        yield running


async def sent(server: Server, phone: Phone, kind: str, call: str, content: bytes) -> str:
    path = f"/upload/{call}?access_token={token('bob')}"
    url = (await asyncio.to_thread(upload, server, path, content)).data
    await phone.send(f"{kind}_alice_{url}_unicast_")
    return url


async def test_private_media_addresses_are_renewed_in_time(browser: Browser, server: Server) -> None:
    photo = recordings.photo(recordings.halves((320, 240)), "JPEG")
    voice = recordings.tone(2, container="amr", codec="libopencore_amrnb", rate=8_000)
    async with Phone(server.entry) as phone:
        await phone.send(f"login_bob_{token('bob')}")
        phone.userid = "bob"
        url = await sent(server, phone, "picture", "writev2", photo)
        await sent(server, phone, "audio", "writev1", voice)
        await phone.settle()
    context = await browser.new_context(viewport=DESK, service_workers="block")  # type: ignore[arg-type]
    alice = Person(context, await context.new_page(), server.http, "alice")
    await alice.page.clock.install()
    await alice.page.goto(f"{server.http}/login/")
    await log_in(alice)
    await alice.open("u:bob")

    picture = alice.messages.get_by_role("img", name="Picture")
    await expect(picture).to_have_js_property("naturalWidth", 320)
    assert url.rpartition("/")[2].partition("-")[0] not in await alice.page.content()
    await expect(picture).to_have_attribute("src", HIDDEN)
    await alice.messages.get_by_role("button", name="Play").click()
    await expect(alice.messages.get_by_role("button", name="Pause")).to_be_visible()
    async with alice.page.expect_response(re.compile(r"/messages\?around=")) as answer:
        await alice.page.clock.fast_forward("30:00:00")
    assert (await answer.value).status == 200

    await close(alice)
