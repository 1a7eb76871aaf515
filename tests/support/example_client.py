"""Checks each example client in docs/examples: it chats, and reconnects after the server was killed."""

import asyncio
from asyncio.subprocess import PIPE

from testkit.device import Device
from testkit.server import Server

SECONDS = 60.0


async def talks_and_comes_back(server: Server, *command: str) -> None:
    """Check a command that prints each event, and sends each line that it reads."""
    arguments = [*command, server.entry, "ana", "u:ben"]
    client = await asyncio.create_subprocess_exec(*arguments, stdin=PIPE, stdout=PIPE)
    assert client.stdin
    try:
        await _prints(client, "caught_up")
        async with Device(server.entry, "ben") as ben:
            client.stdin.write(b"hello\n")
            assert (await ben.event())["content"] == "hello"
            await ben.text("u:ana", "hello yourself")
            assert "hello yourself" in await _prints(client, '"ev"')
        server.kill()
        client.stdin.write(b"are you there?\n")
        await asyncio.sleep(0.5)
        server.start()
        async with Device(server.entry, "ben", since=0) as ben:
            if "are you there?" not in [event["content"] for event in ben.backlog]:
                assert (await ben.event())["content"] == "are you there?"
            await ben.text("u:ana", "still here")
            assert "still here" in await _prints(client, '"message"')
    finally:
        client.kill()
        await client.communicate()
    assert server.stored() == ["hello", "hello yourself", "are you there?", "still here"]


async def _prints(client: asyncio.subprocess.Process, what: str) -> str:
    """Return the next line that contains the text."""
    assert client.stdout
    async with asyncio.timeout(SECONDS):
        while line := (await client.stdout.readline()).decode():
            if what in line:
                return line
    raise AssertionError("The client has ended.")
