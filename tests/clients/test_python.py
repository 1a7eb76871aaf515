"""clients/python against a real server that is killed meanwhile."""

import asyncio
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from im66_client import Client, Failure, ThreadedClient
from websockets.asyncio.server import ServerConnection, serve

from testkit.recordings import halves, photo
from testkit.server import ROOT, Server
from tests.conftest import MakeServer
from tests.support.app_page import block, lists_talks_and_resumes
from tests.support.tokens import IN_TOKEN_MODE, token
from tests.support.waiting import until

pytestmark = pytest.mark.slow

SECONDS = 60.0
PACKAGE = ROOT / "clients" / "python"


async def texts(client: Client, count: int) -> list[str]:
    """The next messages' contents."""
    results: list[str] = []
    async for event in client.events():
        if event["ev"] == "message":
            results.append(event["content"])
        if len(results) == count:
            break
    return results


@pytest.mark.core
async def test_killed_server_loses_and_repeats_no_python_messages(make_server: MakeServer) -> None:
    server = make_server()
    people = Client(server.http, userid="bob", device="laptop"), Client(server.http, userid="alice")
    async with asyncio.timeout(SECONDS), people[0] as bob, people[1] as alice:
        hearing = asyncio.create_task(texts(bob, 12))
        while not bob.welcome:  # a new device gets what is sent after its first hello
            await asyncio.sleep(0.01)
        sent = [await alice.send("u:bob", str(number)) for number in range(4)]
        await asyncio.to_thread(server.kill)
        waiting = [asyncio.create_task(alice.send("u:bob", str(number))) for number in range(4, 8)]
        new_group = partial(alice.call, "POST", "groups", body={"name": "Once"}, key="one")
        grouping = asyncio.create_task(new_group())
        await asyncio.sleep(0.1)
        assert len(alice.pending) == 4
        await asyncio.to_thread(server.start)
        sent += await asyncio.gather(*waiting)
        sent += [await alice.send("u:bob", str(number)) for number in range(8, 12)]
        assert await hearing == [str(number) for number in range(12)]
        assert await grouping == await new_group()
        ids = [one["id"] for one in sent]
        assert ids == sorted(set(ids))
        picture = await alice.upload(photo(halves((40, 30)), "PNG"), "picture.png")
        last = await alice.send("u:bob", picture["url"], kind=picture["kind"])
        listed = await alice.call("GET", "conversations/u:bob/messages", query={"limit": 50})
        assert [one["kind"] for one in listed["items"]] == ["text"] * 12 + ["picture"]
        await bob.read("u:alice", last["id"])
        with pytest.raises(Failure, match="not_found"):
            await bob.call("GET", "groups/1")
        with pytest.raises(Failure) as refused:
            await alice.send("g:999999", "hello")
        assert not refused.value.is_passing
        assert alice.pending == []


async def test_client_resumes_where_another_run_ended(make_server: MakeServer) -> None:
    server = make_server()
    async with asyncio.timeout(SECONDS), Client(server.http, userid="alice") as alice:
        async with Client(server.http, userid="bob") as bob:
            hearing = asyncio.create_task(texts(bob, 1))
            await alice.send("u:bob", "one")
            assert await hearing == ["one"]
        await alice.send("u:bob", "two")
        await alice.send("u:alice", "long " * 100)
        results = [one["id"] async for one in alice.items("conversations", limit=1)]
        assert results == ["u:alice", "u:bob"]
        async with Client(server.http, userid="bob", since=bob.since, log=bob.log) as again:
            assert await texts(again, 1) == ["two"]


async def test_bot_knows_its_userid_before_the_first_event() -> None:
    async def talk(socket: ServerConnection) -> None:
        hello = json.loads(await socket.recv())
        ok = {"user": {"userid": "bot"}, "log": "a", "head": 1, "limits": {}, "features": []}
        await socket.send(json.dumps({"re": hello["id"], "ok": ok}))
        await socket.send(json.dumps({"ev": "message", "id": 1, "from": "bot"}))
        async for frame in socket:
            await socket.send(json.dumps({"re": json.loads(frame)["id"], "ok": {}}))

    # A server repeats in the same breath what was not acknowledged; bots must not answer themselves.
    async with asyncio.timeout(SECONDS), serve(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Client(f"http://127.0.0.1:{port}", userid="bot", device="bot") as client:
            async for event in client.events():
                assert event["ev"] == "message"
                assert client.welcome["user"]["userid"] == event["from"]
                break


async def test_connection_that_breaks_before_the_gap_to_another_log_asks_for_it_again() -> None:
    hellos: list[dict[str, Any]] = []

    async def talk(socket: ServerConnection) -> None:
        hellos.append(json.loads(await socket.recv()))
        ok = {"user": {"userid": "bob"}, "log": "new", "head": 5, "limits": {}, "features": []}
        await socket.send(json.dumps({"re": hellos[-1]["id"], "ok": ok}))
        if len(hellos) == 2:
            await socket.send(json.dumps({"ev": "gap", "from": 8, "to": 5}))
            await socket.wait_closed()

    async with asyncio.timeout(SECONDS), serve(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Client(f"http://127.0.0.1:{port}", userid="bob", since=8, log="old") as client:
            async for event in client.events():
                assert event["ev"] == "gap"
                break
            assert [(hello["since"], hello["log"]) for hello in hellos] == [(8, "old")] * 2
            assert (client.since, client.log) == (5, "new")


async def test_a_token_is_renewed_and_one_that_is_refused_ends_it(make_server: MakeServer) -> None:
    server = make_server(**IN_TOKEN_MODE, IM66_TOKEN_CREATES_USERS="true", IM66_TOKEN_LEEWAY_SECONDS="0")
    made: list[str] = []

    async def fresh() -> str:
        made.append(token("alice", seconds=2 if not made else 3600))
        return made[-1]

    async with asyncio.timeout(SECONDS), Client(server.http, token=fresh) as alice:
        while len(made) < 2:
            await asyncio.sleep(0.05)
        assert (await alice.send("u:alice", "still here"))["id"] > 0
    async with asyncio.timeout(SECONDS), Client(server.http, token=token("alice", "x" * 40)) as mallory:
        with pytest.raises(Failure, match="log_in_first"):
            await texts(mallory, 1)


def test_a_bot_answers_and_threads_talk_to_it(server: Server) -> None:
    name = "echo-bot"
    bot = subprocess.Popen([sys.executable, "example.py", server.http, name], cwd=PACKAGE)
    try:
        with ThreadedClient(server.http, userid="threaded-alice") as alice:
            # The bot hears from when it is there.
            answered: dict[str, Any] = {}
            for number in range(int(SECONDS)):
                alice.send(f"u:{name}", f"hello {number}")
                for event in alice.events(timeout=1.0):
                    if event["ev"] == "message":
                        answered = dict(event)
                        break
                if answered:
                    break
            assert answered["content"].startswith("You wrote: hello")
            assert alice.ask("ping") == {}
            assert [one["id"] for one in alice.items("conversations", limit=1)] == [f"u:{name}"]
    finally:
        bot.terminate()
        bot.wait(SECONDS)


async def test_python_program_of_the_page_lists_talks_and_resumes(
    make_server: MakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "chat.py").write_text(block("python"))
    monkeypatch.setenv("PYTHONPATH", str(PACKAGE))
    await lists_talks_and_resumes(make_server(), tmp_path, sys.executable, "chat.py")


def test_python_types_match_the_schema() -> None:
    subprocess.run([sys.executable, "make_types.py", "--check"], cwd=PACKAGE, check=True, timeout=SECONDS)


@pytest.mark.core
def test_a_bot_with_a_secret_writes_answers_that_grow(server: Server) -> None:
    with ThreadedClient(server.http, userid="asking-alice") as alice:
        group = alice.call("POST", "groups", body={"name": "Asked", "members": ["asking-bob"]})["id"]
        made = alice.call("POST", f"groups/{group}/hooks", body={"name": "Answers"})
        command = [sys.executable, str(ROOT / "docs/examples/answering_bot.py"), server.http, made["token"]]
        bot = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(PACKAGE)})
        try:
            until(lambda: bool(alice.ask("presence", users=[made["userid"]])["online"]))
            listed = alice.call("GET", f"conversations/g:{group}/commands")["items"]
            assert listed == [{"bot": made["userid"], "name": "roll", "description": "Rolls a die"}]
            alice.send(f"g:{group}", "not for it")
            alice.send(f"g:{group}", "/roll")
            alice.send(f"u:{made['userid']}", "why")
            grown, text = "", dict[str, str]()
            for event in alice.events(timeout=SECONDS):
                if event["ev"] == "growing" and "done" not in event and "u:" in event["conversation"]:
                    grown = grown + event["content"] if event["more"] else event["content"]
                if event["ev"] == "message":
                    text[event["conversation"]] = event["content"]
                if len(text) == 2:
                    break
            assert text[f"g:{group}"].startswith("asking-alice rolls ")
            assert text[f"u:{made['userid']}"].startswith("You asked: why. ")
            assert grown.startswith("You asked: ")
        finally:
            bot.terminate()
            bot.wait(SECONDS)
