"""Extracts and tests the programs of docs/app.md."""

import asyncio
import re
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from testkit.device import Device
from testkit.server import ROOT, Server

SECONDS = 60.0


def block(language: str) -> str:
    """Return the page's only code block of this language."""
    page = (ROOT / "docs" / "app.md").read_text()
    (text,) = re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    return str(text)


async def lists_talks_and_resumes(server: Server, folder: Path, *command: str) -> None:
    """Check that the program lists, sends and resumes. It stores its state in the folder."""
    arguments = [*command, server.http, "alice", "u:bob"]
    async with Device(server.entry, "bob") as bob:
        await bob.text("u:alice", "before")
        async with _running(folder, arguments) as program:
            await _prints(program, "u:bob")
            await _sends(program, bob, "hello")
            await bob.text("u:alice", "hello yourself")
            await _prints(program, "bob: hello yourself")
            await _sends(program, bob, "bye")
        await bob.text("u:alice", "you missed this")
        async with _running(folder, arguments) as program:
            # In any order; a list that a killed server breaks off ends the program.
            printed = [await _prints(program, "bob") for _ in range(2)]
            assert [line for line in printed if line.startswith("bob: ")] == ["bob: you missed this\n"]
            assert any(line.startswith("u:bob") for line in printed)
            await asyncio.to_thread(server.kill)
            _type(program, "are you there?")
            await asyncio.to_thread(server.start)
            async with asyncio.timeout(SECONDS):
                while "are you there?" not in server.stored():
                    await asyncio.sleep(0.02)
    assert server.stored() == [
        "before",
        "hello",
        "hello yourself",
        "bye",
        "you missed this",
        "are you there?",
    ]


@asynccontextmanager
async def _running(folder: Path, arguments: list[str]) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(*arguments, cwd=folder, stdin=PIPE, stdout=PIPE)
    try:
        yield process
    finally:
        process.kill()
        await process.communicate()


def _type(program: Process, line: str) -> None:
    assert program.stdin
    program.stdin.write(f"{line}\n".encode())


async def _sends(program: Process, bob: Device, line: str) -> None:
    _type(program, line)
    async with asyncio.timeout(SECONDS):
        while (event := await bob.event())["ev"] != "message":
            pass
    assert event["content"] == line


async def _prints(program: Process, text: str) -> str:
    """Return the next line that contains the text."""
    assert program.stdout
    async with asyncio.timeout(SECONDS):
        while line := (await program.stdout.readline()).decode():
            if text in line:
                return line
    raise AssertionError(f"The program has ended, and {text!r} did not come.")
