"""Groups in which not everybody may write, or not often, as the shipped apps see them."""

import asyncio
import re
from collections.abc import Iterator

import pytest

from testkit.phone import Phone
from testkit.server import Server

pytestmark = pytest.mark.slow

QUIET = "error_403_only owners and admins may write now"
MUTED = "error_403_you are muted"
TOO_FAST = re.compile(r"error_429_too many messages in this group, wait 3[56]\d\d seconds")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that finds nothing by polling. So it hears of no change that another process makes, and must find
    it out when it writes."""
    folder = tmp_path_factory.mktemp("restrictions")
    with Server(folder, IM66_POLL_SECONDS="60") as running:
        yield running


async def act(server: Server, call: str) -> None:
    """In a process of its own."""
    await asyncio.to_thread(server.run_python, f"from groups.services import *; {call}")


@pytest.mark.promise("error-9")
async def test_only_managers_write_in_a_quiet_group(
    server: Server, group: str, alice: Phone, bob: Phone
) -> None:
    await act(server, f"set_quiet({group}, True)")
    await bob.group_text(group, "hello")
    assert await bob.receive() == QUIET
    await alice.group_text(group, "only I may")
    assert (await bob.message()).content == "only I may"
    await bob.text(alice.userid, "here I may")
    assert (await alice.message()).content == "here I may"
    await act(server, f"set_quiet({group}, False)")
    await bob.group_text(group, "thank you")
    assert (await alice.message()).content == "thank you"


@pytest.mark.promise("error-9")
async def test_member_muted_in_one_group_writes_elsewhere(
    server: Server, group: str, alice: Phone, bob: Phone
) -> None:
    await act(server, f"mute_member({group}, {bob.userid!r}, None, 'spam')")
    await bob.group_text(group, "hello")
    assert await bob.receive() == MUTED
    await bob.text(alice.userid, "here I may")
    assert (await alice.message()).content == "here I may"
    await act(server, f"unmute_member({group}, {bob.userid!r})")
    await bob.group_text(group, "thank you")
    assert (await alice.message()).content == "thank you"


@pytest.mark.promise("error-17")
async def test_slow_group_limits_members_and_not_the_owner(
    server: Server, group: str, alice: Phone, bob: Phone
) -> None:
    await act(server, f"set_slow({group}, 3600)")
    await bob.group_text(group, "one")
    await bob.group_text(group, "two")
    assert TOO_FAST.fullmatch(await bob.receive())
    for content in ("the owner", "writes more"):
        await alice.group_text(group, content)
    assert await bob.contents(2) == ["the owner", "writes more"]
    assert await alice.contents(1) == ["one"]
