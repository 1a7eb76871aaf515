"""Removing media that nothing refers to."""

import base64
import json
import os

import pytest

from testkit.phone import Phone
from testkit.recordings import animation, halves, photo
from testkit.server import Server
from testkit.uploading import fetch, poster_of, upload
from tests.conftest import MakeServer
from tests.support.calling import call
from tests.support.waiting import until

pytestmark = pytest.mark.slow

NOW = ("prunemedia", "--grace-days", "0")


@pytest.fixture
def own(make_server: MakeServer) -> Server:
    """Run a server with no media but the test's."""
    return make_server()


def is_there(url: str) -> bool:
    return fetch(url).status == 200


def thumbnail_of(avatar: str) -> str:
    return avatar.partition("-")[0] + ".jpg"


async def test_unreferenced_files_are_pruned(own: Server, voice: bytes, picture: bytes) -> None:
    sent = upload(own, "/upload/writev1", voice).data
    unsent = upload(own, "/upload/writev2", picture).data
    async with Phone(own.entry, "alice") as alice:
        await alice.send(f"audio_bob_{sent}_unicast_")
        await alice.settle()

    output = own.manage(*NOW)

    assert output == "1 files removed.\n"
    assert is_there(sent)
    assert not is_there(unsent)


def test_prune_media_dry_run_removes_nothing(own: Server, picture: bytes) -> None:
    unsent = upload(own, "/upload/writev2", picture).data

    output = own.manage(*NOW, "--dry-run")

    assert unsent.rpartition("/")[2] in output
    assert "1 files would be removed." in output
    assert is_there(unsent)


def test_recent_files_are_not_pruned(own: Server, picture: bytes) -> None:
    unsent = upload(own, "/upload/writev2", picture).data

    assert own.manage("prunemedia") == "0 files removed.\n"
    assert is_there(unsent)


async def test_file_forwarded_under_old_host_is_not_pruned(own: Server, picture: bytes) -> None:
    name = upload(own, "/upload/writev2", picture).data.rpartition("/")[2]
    async with Phone(own.entry, "alice") as alice:
        await alice.text("bob", f"look: https://old.example/media/{name}!")
        await alice.settle()

    own.manage(*NOW)

    assert is_there(f"{own.http}/media/{name}")


async def test_avatar_in_message_extension_is_not_pruned(own: Server, picture: bytes) -> None:
    url = upload(own, "/upload/writev2", picture).data
    packed = base64.encodebytes(json.dumps({"sender": "Alice", "senderAvartar": url}).encode()).decode()
    async with Phone(own.entry, "alice") as alice:
        await alice.text("bob", "hello", packed)
        await alice.settle()

    own.manage(*NOW)

    assert is_there(url)


def test_video_is_pruned_with_its_poster(own: Server, film: bytes) -> None:
    url = upload(own, "/upload/writev3", film).data
    assert is_there(poster_of(url))

    own.manage(*NOW)

    assert not is_there(url)
    assert not is_there(poster_of(url))


def test_avatars_and_group_pictures_are_not_pruned(own: Server) -> None:
    old = upload(own, "/upload/avatar?userid=alice", photo(halves((40, 40)), "PNG")).data
    new = upload(own, "/upload/avatar?userid=alice", photo(halves((50, 50)), "PNG")).data
    group = call(own, "creategrp", creator="alice", members="bob", name="Friends")["groupid"]
    until(lambda: "/media/" in call(own, "grpinfo", groupid=group)["snap"])
    snap = call(own, "grpinfo", groupid=group)["snap"]

    own.manage(*NOW)

    assert is_there(new)
    assert is_there(thumbnail_of(new))
    assert is_there(snap)
    assert not is_there(old)
    assert not is_there(thumbnail_of(old))


def test_pruned_file_can_be_uploaded_again(own: Server) -> None:
    first = upload(own, "/upload/writev2", animation("GIF"))
    own.manage(*NOW)
    assert not is_there(first.data)

    assert upload(own, "/upload/writev2", animation("GIF")) == first
    assert is_there(first.data)


def test_leftovers_of_crash_are_pruned(own: Server, picture: bytes) -> None:
    recent = upload(own, "/upload/writev2", picture).data
    left = own.data_dir / "media" / ("0" * 32 + "-3.mp3")
    left.write_bytes(b"x")
    foreign = own.data_dir / "media" / "readme.txt"
    foreign.write_bytes(b"x")
    working = own.data_dir / "media.arriving" / "tmpabc"
    working.mkdir()
    for path in (left, foreign, working):
        os.utime(path, (0, 0))

    own.manage("prunemedia", "--grace-days", "1")

    assert not left.exists()
    assert not working.exists()
    assert foreign.exists()
    assert is_there(recent)
