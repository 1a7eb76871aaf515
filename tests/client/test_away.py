"""What is said while the server cannot be reached, or does not want one to write."""

from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from testkit.axe import findings
from testkit.server import Server
from tests.client.conftest import PHONE, SIZES, Cast, SignIn
from tests.client.person import Person
from tests.support.operator import Operator

# So the page does not come back by itself.
NO_MORE_TIMERS = """() => {
  for (let timer = setTimeout(() => undefined); timer > 0; timer--) clearTimeout(timer);
  window.setTimeout = () => 0;
}"""

sizes = pytest.mark.parametrize("size", SIZES)


def banner(person: Person, text: str) -> Locator:
    return person.page.get_by_role("status").filter(has_text=text)


@sizes
async def test_it_works(sign_in: SignIn, tmp_path: Path, size: dict[str, int]) -> None:
    with Server(tmp_path) as server:
        alice = await sign_in("alice", at=server, size=size)
        await expect(banner(alice, "cannot be reached")).to_have_count(0)

        server.kill()
        await expect(banner(alice, "The server cannot be reached")).to_be_visible()
        assert await findings(alice.page) == []
        server.start()

        await expect(banner(alice, "cannot be reached")).to_have_count(0)


async def test_nobody_needs_to_wait_for_the_next_attempt(sign_in: SignIn, tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        alice = await sign_in("alice", at=server)
        server.kill()
        await alice.button("Try now").wait_for()
        await alice.page.evaluate(NO_MORE_TIMERS)
        server.start()

        await alice.button("Try now").click()

        await expect(banner(alice, "cannot be reached")).to_have_count(0)


async def test_who_is_offline_is_told_so(sign_in: SignIn, tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        alice = await sign_in("alice", at=server, size=PHONE)
        await alice.context.set_offline(True)
        server.kill()

        await expect(banner(alice, "You are offline.")).to_be_visible()


async def test_where_no_socket_is_let_through_what_there_is_can_be_read(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    await alice.open("u:bob")
    await alice.write("for later")
    await alice.reads("for later")
    await alice.page.add_init_script(
        "WebSocket = class { constructor() { setTimeout(() => this.onclose({})); } };"
    )

    await alice.page.reload()

    await expect(banner(alice, "The server cannot be reached")).to_be_visible()
    await expect(alice.conversation("Bob")).to_contain_text("for later")
    await alice.reads("for later")


async def test_who_is_muted_is_told_so_while_it_lasts(sign_in: SignIn, tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        operator = await Operator.of(server)
        alice = await sign_in("alice", at=server)

        await operator.act("mute", "alice")
        await expect(banner(alice, "A moderator has muted you.")).to_be_visible()
        await operator.act("unmute", "alice")

        await expect(banner(alice, "A moderator has muted you.")).to_have_count(0)


async def test_whose_sessions_have_ended_signs_in_again(sign_in: SignIn, tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        operator = await Operator.of(server)
        alice = await sign_in("alice", at=server)

        await operator.set_password("alice")
        await expect(banner(alice, "You are no longer logged in")).to_be_visible()
        await alice.button("Sign in again").click()

        await expect(alice.page.get_by_role("textbox", name="User ID")).to_be_visible()
