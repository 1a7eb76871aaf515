"""What a moderator does to somebody, or to a group, is said where it matters: until when, and why."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest
from playwright.async_api import Locator, expect

from testkit.axe import findings
from testkit.server import WITHOUT_LIMITS, Server
from tests.client.conftest import SIZES, Cast, SignIn
from tests.client.person import Person

Act = Callable[[str], Awaitable[None]]
sizes = pytest.mark.parametrize("size", SIZES)
IMPORTS = "from accounts.services import *; from groups.services import *; "
# In the year 2096.
LATER = 4_000_000_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("standing"), **WITHOUT_LIMITS) as running:
        yield running


@pytest.fixture
def act(server: Server) -> Act:
    """Do what a moderator does, in a process of its own."""

    async def act_(call: str) -> None:
        await asyncio.to_thread(server.run_python, IMPORTS + call)

    return act_


def banner(person: Person, text: str) -> Locator:
    return person.page.get_by_role("status").filter(has_text=text)


@sizes
async def test_it_works(sign_in: SignIn, server: Server, cast: Cast, act: Act, size: dict[str, int]) -> None:
    bob = await sign_in(cast("bob"), at=server, size=size)
    await act(f"set_standing({bob.userid!r}, muted=True, until={LATER}, reason='Too much advertising.')")

    await expect(banner(bob, "A moderator has muted you until")).to_be_visible()
    await expect(banner(bob, "Too much advertising.")).to_be_visible()
    assert await findings(bob.page) == []

    await act(f"set_standing({bob.userid!r}, muted=False)")
    await expect(banner(bob, "A moderator has muted you")).to_have_count(0)


async def test_whoever_was_muted_before_is_told_too(
    sign_in: SignIn, server: Server, cast: Cast, act: Act
) -> None:
    bob = await sign_in(cast("bob"), at=server)
    await act(f"set_standing({bob.userid!r}, muted=True, reason='Too much advertising.')")
    await expect(banner(bob, "A moderator has muted you.")).to_be_visible()

    await bob.page.reload()

    await expect(banner(bob, "Too much advertising.")).to_be_visible()


async def test_whoever_is_locked_is_told_until_when_and_why(
    sign_in: SignIn, server: Server, cast: Cast, act: Act
) -> None:
    bob = await sign_in(cast("bob"), at=server)
    await act(f"set_standing({bob.userid!r}, locked=True, until={LATER}, reason='Threats.')")

    for _ in range(2):
        await expect(bob.page.get_by_text("This account is locked").first).to_be_visible()
        await expect(bob.page.get_by_text("It is locked until").first).to_be_visible()
        await expect(bob.page.get_by_text("Threats.").first).to_be_visible()
        await bob.page.reload()


async def test_a_warning_stays_until_it_is_put_away(
    sign_in: SignIn, server: Server, cast: Cast, act: Act
) -> None:
    bob = await sign_in(cast("bob"), at=server)
    await act(f"warn({bob.userid!r}, 'No more of this.')")
    await expect(banner(bob, "A moderator has warned you. No more of this.")).to_be_visible()

    await bob.button("OK").click()

    await expect(banner(bob, "A moderator has warned you.")).to_have_count(0)


async def test_in_a_quiet_group_only_who_manages_it_has_a_box(
    sign_in: SignIn, server: Server, cast: Cast, act: Act
) -> None:
    alice, bob = await sign_in(cast("alice"), at=server), await sign_in(cast("bob"), at=server)
    group = await alice.make_group("Friends", bob.userid)
    await alice.open(group)
    await bob.open(group)

    await act(f"set_quiet({group[2:]}, True)")
    for person in (alice, bob):
        await expect(person.messages.get_by_text("Only owners and admins can write now")).to_be_visible()
    await expect(bob.box).to_have_count(0)
    await expect(banner(bob, "Only owners and admins can write now.")).to_be_visible()
    await alice.write("a word from the owner")
    await bob.reads("a word from the owner")

    await act(f"set_quiet({group[2:]}, False)")
    await expect(bob.messages.get_by_text("All members can write again")).to_be_visible()
    await bob.write("thank you")
    await alice.reads("thank you")


async def test_somebody_muted_in_one_group_writes_in_others(
    sign_in: SignIn, server: Server, cast: Cast, act: Act
) -> None:
    alice, bob = await sign_in(cast("alice"), at=server), await sign_in(cast("bob"), at=server)
    group = await alice.make_group("Friends", bob.userid)
    await bob.open(group)

    await act(f"mute_member({group[2:]}, {bob.userid!r}, {LATER}, '')")
    await expect(banner(bob, "A moderator has muted you in this group until")).to_be_visible()
    await expect(bob.box).to_have_count(0)
    await bob.open(f"u:{alice.userid}")
    await bob.write("not here")
    await bob.reads("not here")

    await bob.page.go_back()
    await act(f"unmute_member({group[2:]}, {bob.userid!r})")
    await expect(bob.box).to_be_visible()


async def test_a_group_tells_how_often_one_may_write_and_that_it_is_back(
    sign_in: SignIn, server: Server, cast: Cast, act: Act
) -> None:
    alice = await sign_in(cast("alice"), at=server)
    group = await alice.make_group("Friends", cast("bob"))
    await alice.open(group)

    for call, said in (
        (f"set_slow({group[2:]}, 30)", "Members can write once in 30 seconds now"),
        (f"set_slow({group[2:]}, 0)", "Members can write as often as they like again"),
        (f"dissolve({group[2:]})", "The group was dissolved"),
        (f"restore({group[2:]})", "The group was restored"),
    ):
        await act(call)
        await expect(alice.messages.get_by_text(said)).to_be_visible()
    await alice.write("back again")
    await alice.reads("back again")
