"""A client that stops reading."""

from pathlib import Path

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.conftest import MakeServer

MESSAGES = 300
# Far more than sockets and queues may hold: 30 MB in all.
CONTENT = "x" * 100_000
MEGABYTE = 1024 * 1024


# Half of it, in which a client must give a sign of life, is longer than the test.
SETTINGS = {"IM66_HEARTBEAT_SECONDS": "3600", "IM66_MAX_TEXT_BYTES": "200000"}


@pytest.mark.promise("delivery-16")
async def test_stalled_reader_delays_nobody_and_gets_every_message(
    make_server: MakeServer,
) -> None:
    server = make_server(**SETTINGS)
    async with (
        Phone(server.entry, "alice") as alice,
        Phone(server.entry, "bob") as sound,
        Phone(server.entry, "bob") as stalled,
    ):
        stalled.socket.transport.pause_reading()
        before = _memory(server)
        for number in range(MESSAGES):
            await alice.text("bob", f"{number} {CONTENT}")
            assert (await sound.message()).content == f"{number} {CONTENT}"
        assert _memory(server) - before < 25 * MEGABYTE
        stalled.socket.transport.resume_reading()
        contents = await stalled.contents(MESSAGES)
        assert [content.split()[0] for content in contents] == [str(number) for number in range(MESSAGES)]
        assert await stalled.receives_nothing()


async def test_sender_is_read_no_faster_than_the_log_is_written(make_server: MakeServer) -> None:
    server = make_server(IM66_MAX_TEXT_BYTES="200000")
    async with Phone(server.entry, "alice") as alice:
        before = _memory(server)
        for number in range(MESSAGES):
            await alice.text("bob", f"{number} {CONTENT}")
        # The answer includes what was sent before, so it waits until that is written.
        await alice.send("records_bob_0")
        await alice.receive()
        assert _memory(server) - before < 25 * MEGABYTE
    assert len(server.stored()) == MESSAGES


def _memory(server: Server) -> int:
    """The server's resident memory in bytes."""
    status = Path(f"/proc/{server.pid}/status")
    if not status.exists():
        pytest.skip("no /proc to read a process's memory from")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024
