"""What a refusal leaves behind, and refusals of queries."""

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.wire.conftest import Cast


@pytest.mark.promise("from-client-5")
async def test_malformed_login_keeps_the_session(alice: Phone, bob: Phone, cast: Cast) -> None:
    await alice.send("login_not a userid")
    assert await alice.receive() == "error_400_not a userid"
    await alice.text(cast.bob, "still Alice")
    assert (await bob.message()).sender == cast.alice


@pytest.mark.promise("from-client-4")
@pytest.mark.slow
async def test_refused_login_has_ended_the_previous_session(server: Server, alice: Phone, cast: Cast) -> None:
    async with Phone(server.entry, cast.charlie):
        pass
    server.run_python(
        f"from accounts.models import User;User.objects.filter(pk='{cast.charlie}').update(is_active=False)",
    )
    await alice.send(f"login_{cast.charlie}")
    assert await alice.receive() == "error_403_this account is locked"
    await alice.text(cast.bob, "who am I?")
    assert await alice.receive() == "error_401_log in first"


@pytest.mark.promise("records-4")
@pytest.mark.parametrize(
    ("frame", "error"),
    [
        ("records_987654321_0_group", "error_404_no such group"),
        ("records_bob_0_group", "error_400_not a group id"),
        ("members_0", "error_400_not a group id"),
    ],
)
async def test_members_query_without_a_group_is_an_error(alice: Phone, frame: str, error: str) -> None:
    await alice.send(frame)
    assert await alice.receive() == error


@pytest.mark.promise("socket-8")
async def test_frames_of_one_connection_are_answered_in_their_order(alice: Phone, group: str) -> None:
    await alice.send("members_987654321")
    await alice.send("nonsense")
    await alice.send(f"members_{group}")
    assert await alice.receive() == "error_404_no such group"
    assert await alice.receive() == "error_400_unknown verb"
    assert (await alice.receive()).startswith(f"members_{group}_")
