"""A frame so large that it is not even read to be refused, or too large for somebody nobody knows."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed

from testkit.phone import Phone
from testkit.server import Server

pytestmark = pytest.mark.slow

LARGEST = 16 * 1024 * 1024
FRAME = 1024 * 1024
STRANGERS = 64 * 1024


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("enormous")) as server:
        yield server


@pytest.mark.promise("socket-10")
async def test_enormous_frame_ends_the_connection(server: Server) -> None:
    async with Phone(server.entry, "bob") as bob:
        async with Phone(server.entry, "alice") as alice:
            with suppress(ConnectionClosed):
                await alice.send("x" * (LARGEST + 1))
            assert await alice.close_code() != 1000
        async with Phone(server.entry, "alice") as again:
            await again.text("bob", "back")
            assert await bob.contents(1) == ["back"]


@pytest.mark.promise("socket-10")
async def test_enormous_fragmented_frame_ends_the_connection(server: Server) -> None:
    async with Phone(server.entry, "alice") as alice:
        with suppress(ConnectionClosed):
            await alice.socket.send(["x" * FRAME] * 17)
        assert await alice.receive() == f"error_413_a frame has at most {FRAME} bytes"
        assert await alice.close_code() != 1000


@pytest.mark.promise("socket-11")
async def test_fragmented_message_is_limited_by_its_total_size(server: Server) -> None:
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        await alice.socket.send(["video_bob_", "v" * 60_000, "v" * 60_000, "_unicast_"])
        assert len((await bob.message()).content) == 120_000
        await alice.socket.send(["video_bob_", "v" * 600_000, "v" * 600_000, "_unicast_"])
        assert await alice.receive() == f"error_413_a frame has at most {FRAME} bytes"
        await alice.text("bob", "still here")
        assert await bob.contents(1) == ["still here"]


@pytest.mark.promise("socket-12")
async def test_frame_before_the_login_has_at_most_64_kb(server: Server) -> None:
    async with Phone(server.entry) as alice:
        await alice.send("x" * STRANGERS)
        assert await alice.receive() == "error_400_unknown verb"
        await alice.send("x" * (STRANGERS + 1))
        assert await alice.receive() == f"error_413_a frame has at most {STRANGERS} bytes"
        await alice.log_in("alice")
        await alice.send("x" * (STRANGERS + 1))
        assert await alice.receive() == "error_400_unknown verb"
        await alice.send("logout_alice")
        await alice.send("members_1")
        assert await alice.receive() == "error_401_log in first"
        await alice.send("x" * (STRANGERS + 1))
        assert await alice.receive() == f"error_413_a frame has at most {STRANGERS} bytes"


@pytest.mark.promise("socket-13")
async def test_frame_right_after_the_login_may_be_large(server: Server) -> None:
    async with Phone(server.entry, "bob") as bob, Phone(server.entry) as alice:
        await alice.send("login_alice")
        await alice.send(f"video_bob_{'v' * 120_000}_unicast_")
        assert len((await bob.message()).content) == 120_000
