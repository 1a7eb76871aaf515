"""The first load: the page brings the list, asks for the rest once, misses nothing, and is light."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Locator, Page, Request, WebSocketRoute, expect

from testkit.server import Server
from tests.client.conftest import Cast, SignIn
from tests.client.person import Person
from tests.client.writing import device, send_many


class Requests:
    """What a page asks for from now on: the paths, in order."""

    def __init__(self, page: Page) -> None:
        self.paths: list[str] = []
        self._page = page
        self._is_caught_up = asyncio.Event()
        page.on("request", self._note)
        page.on("websocket", lambda socket: socket.on("framereceived", self._on_frame))

    def of(self, ending: str) -> int:
        """The place of the request for this among all."""
        (result,) = (at for at, path in enumerate(self.paths) if path.endswith(ending))
        return result

    def twice(self) -> list[str]:
        return sorted({path for path in self.paths if self.paths.count(path) > 1})

    async def settled(self, *, by_own_line: bool = True) -> None:
        """What follows from there being a line has been asked for."""
        if by_own_line:
            await self._is_caught_up.wait()
        await self._page.evaluate("1")
        await self._page.wait_for_load_state("networkidle")

    def _note(self, request: Request) -> None:
        self.paths.append(urlsplit(request.url).path)

    def _on_frame(self, frame: str | bytes) -> None:
        if json.loads(frame).get("ev") == "caught_up":
            self._is_caught_up.set()


@pytest.mark.core
async def test_first_load_requests_nothing_twice(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), cast("bob")
    group = await alice.make_group("Tea", bob)
    async with device(demo, bob) as writer:
        for conversation in (group, f"u:{alice.userid}"):
            await send_many(writer, conversation, ["one", "two"])

    for conversation in (group, f"u:{bob}"):
        await alice.page.goto("about:blank")
        request = Requests(alice.page)
        await _load(alice, conversation)
        await request.settled()

        assert request.twice() == []
        assert not any(path.endswith("/conversations") for path in request.paths)
        assert request.of("/messages") < request.of("/me")

    request = Requests(alice.page)
    await alice.reload_bare()
    await _is_shown(alice)
    await request.settled()
    assert request.twice() == []
    assert request.of("/conversations") < request.of("/messages") < request.of("/me")


async def test_load_in_second_tab_requests_nothing_twice(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob:
        await send_many(bob, f"u:{alice.userid}", ["one", "two"])
        await alice.conversation(bob.userid).wait_for()

        tab = Person(alice.context, await alice.context.new_page(), alice.url, alice.userid)
        request = Requests(tab.page)
        await _load(tab, f"u:{bob.userid}")
        await send_many(bob, f"u:{alice.userid}", ["heard through the first tab"])
        await tab.reads("heard through the first tab")
        await request.settled(by_own_line=False)

        assert request.twice() == []
        assert tab.complaints == []


async def test_message_before_the_socket_opens_is_not_missed(
    demo: Server, sign_in: SignIn, cast: Cast
) -> None:
    alice = await sign_in(cast("alice"))
    may_speak = asyncio.Event()

    async def hold(page: WebSocketRoute) -> None:
        server = page.connect_to_server()

        async def pass_on(websocket_frame: str | bytes) -> None:
            await may_speak.wait()
            server.send(websocket_frame)

        page.on_message(lambda websocket_frame: asyncio.ensure_future(pass_on(websocket_frame)))

    async with device(demo, cast("bob")) as bob:
        await send_many(bob, f"u:{alice.userid}", ["before"])
        await alice.page.goto("about:blank")
        await alice.page.route_web_socket("**/entry", hold)
        await _load(alice, f"u:{bob.userid}")
        await send_many(bob, f"u:{alice.userid}", ["meanwhile"])
        may_speak.set()

        await alice.reads("meanwhile")
        await alice.conversation(bob.userid).get_by_text("meanwhile").wait_for()


async def test_first_load_transfers_few_bytes(browser: Browser, demo: Server) -> None:
    """The page on which the demo's people are offered, with its pictures."""
    context = await browser.new_context()
    page = await context.new_page()
    debugger = await context.new_cdp_session(page)
    sizes: list[int] = []
    debugger.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    await debugger.send("Network.enable")

    await page.goto(f"{demo.http}/")
    await page.get_by_role("button", name="Alice").wait_for()
    await page.wait_for_load_state("networkidle")

    pictures = await page.locator(".avatar img").evaluate_all(
        "all => all.map((one) => [one.naturalWidth, one.clientWidth * 4])"
    )
    assert len(pictures) == 4
    assert all(0 < pixels <= enough for pixels, enough in pictures)
    assert 90_000 < sum(sizes) < 120_000
    await context.close()


async def test_opening_a_conversation_loads_few_scripts(browser: Browser, demo: Server) -> None:
    """The page, its styles and scripts, with what is loaded after the first view."""
    context = await browser.new_context(service_workers="block")
    page = await context.new_page()
    await page.add_init_script("localStorage.setItem('im66.userid', 'alice')")
    debugger = await context.new_cdp_session(page)
    own: set[str] = set()
    sizes: dict[str, int] = {}

    def on_response(event: dict[str, Any]) -> None:
        if event["type"] in ("Document", "Script", "Stylesheet"):
            own.add(event["requestId"])

    def on_end(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = event["encodedDataLength"]

    debugger.on("Network.responseReceived", on_response)
    debugger.on("Network.loadingFinished", on_end)
    await debugger.send("Network.enable")

    async with page.expect_response("**/message_menu.js"):
        await page.goto(f"{demo.http}/#/u/bob")
    await page.get_by_role("article").first.wait_for()
    await page.wait_for_load_state("networkidle")

    assert 90_000 < sum(size for id_, size in sizes.items() if id_ in own) < 120_000
    await context.close()


async def test_rarely_used_parts_load_on_demand_and_retry(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    page = alice.page
    request = Requests(page)
    await page.route("**/later/**", lambda route: route.abort())

    async def open_settings() -> Locator:
        await page.get_by_role("button", name="profile and settings").click()
        await alice.choose("Settings")
        return page.get_by_role("dialog")

    await (await open_settings()).get_by_role("alert").get_by_text("could not be loaded").wait_for()
    await page.unroute("**/later/**")
    await alice.confirm("Try again")
    await page.get_by_role("dialog", name="Settings").wait_for()
    # Its parts are loaded by themselves.
    await expect(page.get_by_role("dialog").locator(".later")).to_have_count(0)
    await page.keyboard.press("Escape")
    scripts = _scripts_of_dialogs(request)
    await (await open_settings()).get_by_role("heading", name="Settings").wait_for()
    assert _scripts_of_dialogs(request) == scripts
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="profile and settings")).to_be_focused()


def _scripts_of_dialogs(requests: Requests) -> list[str]:
    """Without those that the page asks for by itself, some time after it has come."""
    by_itself = ("/installed.js", "/requests_button.js")
    return [path for path in requests.paths if "/later/" in path and not path.endswith(by_itself)]


async def _load(person: Person, conversation: str) -> None:
    await person.open(conversation)
    await _is_shown(person)


async def _is_shown(person: Person) -> None:
    await person.messages.get_by_role("article").last.wait_for()
    await person.conversations.get_by_role("link").first.wait_for()
