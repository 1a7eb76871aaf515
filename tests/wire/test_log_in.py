"""Logging in and out."""

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.wire.conftest import Cast


@pytest.mark.promise("socket-1")
@pytest.mark.parametrize("path", ["/entry", "/wsim/entry", "/entry/", "/entry?"])
async def test_login_at_each_path_can_send(server: Server, bob: Phone, cast: Cast, path: str) -> None:
    async with Phone(f"ws://127.0.0.1:{server.port}{path}", cast.alice) as alice:
        await alice.text(cast.bob, "here I am")
        assert (await bob.message()).sender == cast.alice


@pytest.mark.promise("from-client-1")
async def test_login_may_carry_a_token(server: Server, bob: Phone, cast: Cast) -> None:
    async with Phone(server.entry) as alice:
        await alice.send(f"login_{cast.alice}_eyJhbGciOi_with_underscores")
        await alice.text(cast.bob, "here I am")
        assert (await bob.message()).sender == cast.alice


@pytest.mark.promise("from-client-2", "error-2")
@pytest.mark.parametrize(
    "frame",
    [
        "text_bob_hi_unicast_",
        "members_1",
        "records_bob_0",
        "records_bob_0_group",
        "audio_1_hi_group_",
    ],
)
async def test_command_before_the_login_gets_error_401(server: Server, frame: str) -> None:
    async with Phone(server.entry) as stranger:
        await stranger.send(frame)
        assert await stranger.receive() == "error_401_log in first"


@pytest.mark.promise("from-client-6")
async def test_logout_before_the_login_is_no_error(server: Server, cast: Cast) -> None:
    """The Android app opens with one."""
    async with Phone(server.entry) as phone:
        await phone.send(f"logout_{cast.alice}")
        await phone.log_in(cast.alice)
        assert await phone.receives_nothing()


@pytest.mark.promise("from-client-2")
async def test_message_before_the_login_is_not_stored(
    server: Server, alice: Phone, bob: Phone, cast: Cast
) -> None:
    async with Phone(server.entry) as stranger:
        await stranger.text(cast.bob, f"unsigned for {cast.bob}")
        assert await stranger.receive() == "error_401_log in first"
    await alice.text(cast.bob, "signed")
    assert (await bob.message()).content == "signed"
    assert f"unsigned for {cast.bob}" not in server.stored()


@pytest.mark.promise("from-client-4")
async def test_second_login_replaces_the_first(
    server: Server, bob: Phone, charlie: Phone, cast: Cast
) -> None:
    async with Phone(server.entry, cast.alice) as phone:
        await phone.log_in(f"{cast.alice}-other")
        await phone.text(cast.bob, "who am I?")
        assert (await bob.message()).sender == f"{cast.alice}-other"
        await bob.text(cast.alice, "for the first one")
        await bob.text(f"{cast.alice}-other", "for the second one")
        assert (await phone.message()).content == "for the second one"


@pytest.mark.promise("from-client-7")
async def test_logged_out_socket_stays_open_without_messages(
    server: Server, alice: Phone, bob: Phone, cast: Cast
) -> None:
    await alice.text(cast.bob, "before")
    assert (await bob.message()).content == "before"
    await bob.send(f"logout_{cast.bob}")
    await bob.text(cast.alice, "too late")
    assert await bob.receive() == "error_401_log in first"
    await alice.text(cast.bob, "after")
    assert await bob.receives_nothing()
    await bob.log_in(cast.bob)
    assert (await bob.message()).content == "after"


@pytest.mark.promise("from-client-8")
async def test_logout_of_another_person_is_refused(alice: Phone, bob: Phone, cast: Cast) -> None:
    await bob.send(f"logout_{cast.alice}")
    assert (await bob.receive()).startswith("error_400_")
    await alice.text(cast.bob, "still logged in?")
    assert (await bob.message()).content == "still logged in?"


@pytest.mark.promise("socket-2")
async def test_socket_at_an_unknown_path_is_refused(server: Server) -> None:
    from websockets.exceptions import InvalidStatus

    with pytest.raises(InvalidStatus) as refusal:
        await Phone(f"ws://127.0.0.1:{server.port}/nowhere").connect()
    assert refusal.value.response.status_code == 403
