"""A server serves while its log is pruned: people go on writing, and whoever comes back is told of what is
gone, and gets the rest."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

import pytest

from testkit.availability import unavailable
from testkit.device import Device
from testkit.phone import Phone
from testkit.recordings import halves, photo
from testkit.server import WITHOUT_LIMITS
from testkit.services import Postgres, Unavailable
from testkit.uploading import fetch, upload
from tests.keeping.places import Place

pytestmark = pytest.mark.slow

OLD = 300
# A device that acknowledges nothing gets at most 1,000 messages.
PAUSE_SECONDS = 0.05
# So many days ago the old rows were written, and the old files uploaded.
AGE = """
import time
from datetime import timedelta
from django.utils import timezone
from log.models import Message
from uploads.models import StoredFile
Message.objects.filter(pk__lte={upto}).update(timet=int(time.time()) - 40 * 24 * 3600)
StoredFile.objects.update(used_at=timezone.now() - timedelta(days=40))
"""
TO_BOB = "u:bob"


@pytest.fixture(params=["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.wide)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as running:
        database = {}
        if request.param == "PostgreSQL":
            try:
                database = {"DATABASE_URL": running.enter_context(Postgres()).url}
            except Unavailable as reason:
                unavailable(str(reason))
        yield running.enter_context(Place(tmp_path, **database, **WITHOUT_LIMITS))


class Written(NamedTuple):
    """Ids of what Alice has written to Bob. `seen`: the last one that Bob has. `old`: the last one that is
    old. `kept`: all that are not. `files`: the one in an old message, and the one in a new one."""

    log: str
    seen: int
    old: int
    remaining: list[int]
    files: tuple[str, str]


async def test_prune_while_serving_gives_returning_devices_a_gap(place: Place) -> None:
    written = await _write(place)
    is_pruned = asyncio.Event()
    writing = asyncio.create_task(_go_on(place, is_pruned))
    output = await asyncio.to_thread(_prune, place)
    is_pruned.set()
    written.remaining.extend(await writing)

    assert int(output.removeprefix("The log: ").partition(" ")[0]) > OLD
    assert "1 files removed." in output
    assert [fetch(file).status for file in written.files] == [404, 200]
    await _check_devices(place, written)
    await _check_pages(place, written)


async def _write(place: Place) -> Written:
    old_file, new_file = (_upload(place, height) for height in (8, 9))
    async with Device(place.entry, "alice") as alice:
        seen = await alice.text(TO_BOB, "seen")
        async with Device(place.entry, "bob", device="phone", since=0) as bob:
            await bob.call("ack", upto=seen)
        await alice.call("send", to=TO_BOB, kind="picture", content=old_file)
        ids = [await alice.command("send", to=TO_BOB, kind="text", content=f"old {n}") for n in range(OLD)]
        old = max([(await alice.reply(id))["id"] for id in ids])
        remaining = [(await alice.call("send", to=TO_BOB, kind="picture", content=new_file))["id"]]
        await asyncio.to_thread(place.run_python, AGE.format(upto=old))
        return Written(alice.welcome["log"], seen, old, remaining, (old_file, new_file))


def _upload(place: Place, height: int) -> str:
    """The URL of a picture of this height."""
    reply = upload(place, "/upload/writev2", photo(halves((16, height)), "JPEG"))
    assert reply.code == 0, reply
    return reply.data


async def _go_on(place: Place, is_pruned: asyncio.Event) -> list[int]:
    """Alice writes to Bob until the log is pruned, and Bob gets it at once. Returns the ids."""
    ids: list[int] = []
    async with Device(place.entry, "alice") as alice, Device(place.entry, "bob") as bob:
        while not is_pruned.is_set():
            ids.append(await alice.text(TO_BOB, f"new {len(ids)}"))
            assert (await bob.message())["id"] == ids[-1]
            await asyncio.sleep(PAUSE_SECONDS)
    return ids


def _prune(place: Place) -> str:
    """What the command said that pruned all that is old: nobody needs it any more."""
    while "needed by" in (output := place.manage("prune", "--keep-days", "30", "--dry-run")):
        pass
    assert "rows would be removed" in output
    return place.manage("prune", "--keep-days", "30")


async def _check_devices(place: Place, written: Written) -> None:
    gap = {"ev": "gap", "from": written.seen, "to": written.old}
    for hello in ({"since": written.seen, "log": written.log}, {"device": "phone"}):
        async with Device(place.entry, "bob", **hello) as bob:
            assert bob.backlog[0] == gap
            assert [event["id"] for event in bob.backlog[1:]] == written.remaining
    for since in (written.old, written.remaining[0]):
        async with Device(place.entry, "bob", since=since, log=written.log) as bob:
            assert [event["id"] for event in bob.backlog] == [id for id in written.remaining if id > since]


async def _check_pages(place: Place, written: Written) -> None:
    """What the calls and an old phone get is what is kept."""
    page = await asyncio.to_thread(_get, place, "conversations/u:alice/messages?after=0&limit=200")
    assert [one["id"] for one in page["items"]] == written.remaining[:200]
    around = await asyncio.to_thread(
        _get, place, f"conversations/u:alice/messages?around={written.old}&limit=2"
    )
    assert written.remaining[0] in [one["id"] for one in around["items"]]
    (alice,) = (await asyncio.to_thread(_get, place, "conversations"))["items"]
    assert alice["unread"] == len(written.remaining)
    async with Phone(place.entry, "bob") as phone:
        received = [await phone.message() for _ in written.remaining]
        assert await phone.receives_nothing()
    assert [one.content for one in received] == [
        written.files[1],
        *(f"new {n}" for n in range(len(received) - 1)),
    ]


def _get(place: Place, path: str) -> Any:
    request = Request(f"{place.http}/api/v1/{path}", headers={"Authorization": "Userid bob"})
    with urlopen(request, timeout=20) as reply:
        return json.load(reply)
