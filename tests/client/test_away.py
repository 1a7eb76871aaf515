"""The page while the server is unreachable."""

from pathlib import Path

from playwright.async_api import Locator, expect

from testkit.axe import findings
from testkit.server import Server
from tests.client.composing import say
from tests.client.conftest import Cast, SignIn
from tests.client.person import Person

# So the page does not come back by itself.
NO_MORE_TIMERS = """() => {
  for (let timer = setTimeout(() => undefined); timer > 0; timer--) clearTimeout(timer);
  window.setTimeout = () => 0;
}"""


def banner(person: Person, text: str) -> Locator:
    return person.page.get_by_role("status").filter(has_text=text)


async def test_page_shows_a_banner_until_the_server_is_back(sign_in: SignIn, tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        alice = await sign_in("alice", at=server)
        await expect(banner(alice, "cannot be reached")).to_have_count(0)

        server.kill()
        await expect(banner(alice, "The server cannot be reached")).to_be_visible()
        assert await findings(alice.page) == []
        server.start()
        await expect(banner(alice, "cannot be reached")).to_have_count(0)

        await alice.context.set_offline(True)
        server.kill()
        await expect(banner(alice, "You are offline.")).to_be_visible()
        await alice.context.set_offline(False)

        # Nobody needs to wait for the next attempt.
        await alice.button("Try now").wait_for()
        await alice.page.evaluate(NO_MORE_TIMERS)
        server.start()
        await alice.button("Try now").click()
        await expect(banner(alice, "cannot be reached")).to_have_count(0)


async def test_page_without_a_socket_shows_stored_messages(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    await alice.open("u:bob")
    await say(alice, "for later")
    await alice.page.add_init_script(
        "WebSocket = class { constructor() { setTimeout(() => this.onclose({})); } };"
    )

    await alice.page.reload()

    await expect(banner(alice, "The server cannot be reached")).to_be_visible()
    await expect(alice.conversation("Bob")).to_contain_text("for later")
    await alice.reads("for later")
