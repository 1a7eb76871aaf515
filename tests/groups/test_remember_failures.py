"""What a group's picture has failed on once is not tried again until something about it changes."""

import threading
from pathlib import Path

import pytest
from PIL import Image
from pytest_django import Settings

from groups.pictures.refreshing import Painter
from testkit.recordings import halves, photo
from testkit.server import Server
from testkit.uploading import fetch, upload
from tests.conftest import MakeServer
from tests.support.calling import call
from tests.support.playing import seen
from tests.support.settings import override
from tests.support.waiting import until

pytestmark = pytest.mark.slow


def failures(server: Server, kind: str) -> int:
    (count,) = server.query(f"SELECT count(*) FROM uploads_failedattempt WHERE kind = '{kind}'")
    return int(count[0])


def look(server: Server, group_id: str, times: int = 1) -> str:
    for _ in range(times):
        snap: str = call(server, "grpinfo", groupid=group_id)["snap"]
    return snap


def make_group(server: Server, *members: str) -> str:
    made = call(server, "creategrp", creator=members[0], members=",".join(members), name="Friends")
    group_id: str = made["groupid"]
    return group_id


def test_a_mosaic_that_failed_is_not_tried_again_not_even_after_a_start(
    make_server: MakeServer, tmp_path: Path
) -> None:
    font = tmp_path / "font.ttf"
    font.write_bytes(b"no font")
    server = make_server(IM66_MOSAIC_FONT=str(font))
    group_id = make_group(server, "alice", "bob")
    until(lambda: failures(server, "mosaic") == 1)

    before = server.children_seconds()
    look(server, group_id, times=20)
    server.run_python("pass")  # takes longer than a child would
    assert server.children_seconds() == before
    server.stop()
    server.start()
    # It tries a child at its start.
    before = server.children_seconds()
    look(server, group_id, times=20)
    server.run_python("pass")
    assert server.children_seconds() == before
    assert server.log.read_text().count("could not be made") == 1


def test_failed_picture_is_retried_after_change(make_server: MakeServer, tmp_path: Path) -> None:
    font = tmp_path / "font.ttf"
    font.write_bytes(b"no font")
    server = make_server(IM66_MOSAIC_FONT=str(font))
    group_id = make_group(server, "alice", "bob")
    until(lambda: failures(server, "mosaic") == 1)

    call(server, "addmembers", groupid=group_id, members="dora")
    until(lambda: failures(server, "mosaic") == 2)
    server.stop()
    del server.environment["IM66_MOSAIC_FONT"]
    server.start()

    until(lambda: "/media/" in look(server, group_id))


def test_an_avatar_that_is_too_large_fails_once_and_alone(make_server: MakeServer) -> None:
    server = make_server()
    enormous = Image.new("1", (12_200, 12_200))
    names = []
    for number in range(2):
        enormous.putpixel((number, number), 1)
        names.append(upload(server, "/upload/writev2", photo(enormous, "PNG")).data.rpartition("/")[2])
    good = upload(server, "/upload/writev2", photo(halves((300, 300)), "JPEG")).data.rpartition("/")[2]
    server.run_python(
        "from accounts.services import ensure_users, set_avatar\n"
        f"for who, name in zip(('bob', 'dora', 'alice'), {[*names, good]!r}):\n"
        "    ensure_users([who]); set_avatar(who, '/media/' + name)"
    )

    group_id = make_group(server, "alice", "bob", "dora")
    until(lambda: "/media/" in look(server, group_id))

    assert failures(server, "thumbnail") == 2
    picture = seen(fetch(look(server, group_id)).body).convert("RGB").getpixel((70, 60))
    assert isinstance(picture, tuple)
    assert picture[0] > 150 > picture[2], "alice's own picture"
    before = server.children_seconds()
    first = look(server, group_id)
    call(server, "delmembers", groupid=group_id, members="alice")
    until(lambda: look(server, group_id) != first)
    assert failures(server, "thumbnail") == 2
    # One drawing, and no enormous picture.
    assert server.children_seconds() - before < 1


def test_many_groups_do_not_delay_others(settings: Settings) -> None:
    override(settings, mosaics=True)
    painter = Painter()
    turns = painter._thread
    turns._thread = threading.current_thread()  # so that nobody draws

    for group_id in (1, 2, 3, 2):
        painter.ask(group_id, "alice")
    painter.ask(9, "bob")

    assert [turns._next() for _ in range(4)] == [1, 9, 2, 3]
