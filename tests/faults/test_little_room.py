"""The disk is nearly full: uploads are refused first, then messages, and what is there goes on being read."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from testkit.disk import set_free_space, small_disk
from testkit.phone import Phone
from testkit.recordings import halves, photo
from testkit.server import WITHOUT_LIMITS, Server
from testkit.uploading import UploadReply, request, upload
from tests.conftest import MakeServer
from tests.faults.conftest import Services
from tests.support.calling import call
from tests.support.tokens import IN_TOKEN_MODE, token
from tests.support.waiting import until

MEGABYTE = 1024 * 1024
# Messages are refused when less is free, uploads when less than twice as much.
FLOOR = 16
PLENTY, FOR_MESSAGES, FOR_NOTHING = (megabytes * MEGABYTE for megabytes in (48, 24, 8))
# More than any disk has.
ALWAYS = str(2**31 - 1)
REFUSED = "error_503_there is no room left, the message was not stored"
FULL = UploadReply(2, "There is no room left. Try again later.", "")


@pytest.fixture
def disk() -> Iterator[Path]:
    with small_disk(2 * PLENTY) as disk:
        yield disk


@pytest.fixture
def server(disk: Path) -> Iterator[Server]:
    server = Server(disk, IM66_MIN_FREE_MB=str(FLOOR), **WITHOUT_LIMITS)
    server.prepare()
    server.log = Path(tempfile.mkstemp(prefix="im66-log-")[1])
    server.start()
    yield server
    server.stop()
    server.log.unlink()


def picture(number: int) -> bytes:
    return photo(halves((100 + number, 100)), "PNG")


def lines_with(server: Server, words: str) -> int:
    return server.log.read_text().count(words)


def refusal(server: Server, call_name: str, /, **parameters: str) -> tuple[int, str]:
    query = "&".join(f"{key}={value}" for key, value in parameters.items())
    reply = json.loads(request(server, "GET", f"/{call_name}?{query}").body)
    return reply["code"], reply.get("message", "")


async def test_full_disk_refuses_uploads_then_messages_until_space_is_free(
    server: Server, disk: Path
) -> None:
    set_free_space(disk, PLENTY)
    assert upload(server, "/upload/writev2", picture(0)).code == 0

    set_free_space(disk, FOR_MESSAGES)
    until(lambda: lines_with(server, "Less than 32 MB are free: uploads are refused.") == 1)
    for number in range(1, 6):
        assert upload(server, "/upload/writev2", picture(number)) == FULL
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        await alice.text("bob", "with little room")
        assert (await bob.message()).content == "with little room"

        # The first message made the server look, and so it is told when there is less.
        set_free_space(disk, FOR_NOTHING)
        until(lambda: lines_with(server, "Less than 16 MB are free: messages are refused.") == 1)
        for number in range(5):
            await alice.text("bob", f"refused {number}")
            assert await alice.receive() == REFUSED
        await alice.send("records_bob_0")
        assert (await alice.receive()).startswith("records_bob_")
        assert await bob.receives_nothing()

        set_free_space(disk, PLENTY)
        until(lambda: lines_with(server, "There is room again: messages are taken.") == 1)
        await alice.text("bob", "with room again")
        assert (await bob.message()).content == "with room again"
    until(lambda: lines_with(server, "There is room again: uploads are taken.") == 1)
    assert upload(server, "/upload/writev2", picture(6)).code == 0
    assert server.stored() == ["with little room", "with room again"]
    assert lines_with(server, "refused") == 2
    assert lines_with(server, "Traceback") == 0


@pytest.mark.promise("error-19")
async def test_low_disk_rejects_messages_and_uploads(make_server: MakeServer) -> None:
    server = make_server(IM66_MIN_FREE_MB=ALWAYS)

    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        await alice.text("bob", "hello")

        assert await alice.receive() == REFUSED
        assert await bob.receives_nothing()
    assert upload(server, "/upload/writev2", picture(0)) == FULL
    assert server.stored() == []


async def test_disabled_disk_reserve_accepts_messages_and_uploads(make_server: MakeServer) -> None:
    server = make_server(IM66_MIN_FREE_MB="0")

    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        await alice.text("bob", "hello")
        assert (await bob.message()).content == "hello"
    assert upload(server, "/upload/writev2", picture(0)).code == 0


@pytest.mark.promise("call-41")
def test_full_disk_refuses_joining_but_not_leaving(
    make_server: MakeServer,
) -> None:
    server = make_server(IM66_MIN_FREE_MB="0")
    group_id = call(server, "creategrp", creator="alice", members="bob", name="Friends")["groupid"]
    server.stop()
    server.environment["IM66_MIN_FREE_MB"] = ALWAYS
    server.start()

    full = (9, "There is no room left. Try again later.")
    assert refusal(server, "creategrp", creator="alice", members="dora", name="More") == full
    assert refusal(server, "addmembers", groupid=group_id, members="dora") == full
    call(server, "delmembers", groupid=group_id, members="bob")

    members = call(server, "grpinfo", groupid=group_id)["members"]
    assert [member["userid"] for member in members] == ["alice"]
    assert lines_with(server, "Traceback") == 0


async def test_full_disk_refuses_only_uploads_with_a_remote_database(
    make_server: MakeServer, services: Services
) -> None:
    server = make_server(DATABASE_URL=services.postgres.url, IM66_MIN_FREE_MB=ALWAYS)

    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        await alice.text("bob", "hello")
        assert (await bob.message()).content == "hello"
    assert upload(server, "/upload/writev2", picture(0)) == FULL


def test_data_export_waits_while_disk_space_is_low(make_server: MakeServer) -> None:
    server = make_server(
        **IN_TOKEN_MODE,
        IM66_TOKEN_CREATES_USERS="true",
        IM66_OWN_EXPORTS="true",
        IM66_MIN_FREE_MB=ALWAYS,
    )
    headers = {"Authorization": f"Bearer {token('alice')}"}
    request(server, "POST", "/api/v1/me/export", b"", headers)

    server.manage("ownrequests")

    data = json.loads(request(server, "GET", "/api/v1/me/export", None, headers).body)
    assert (data["state"], data["failure"]) == ("waiting", "no_space")
    assert list((server.data_dir / "exports").iterdir()) == []


def test_upload_to_a_full_disk_is_refused_before_its_body(make_server: MakeServer) -> None:
    server = make_server(IM66_MIN_FREE_MB=ALWAYS)
    headers = {"Content-Length": "20000000", "Expect": "100-continue"}

    answer = request(server, "POST", "/upload/writev3", None, headers)

    assert json.loads(answer.body)["message"] == FULL.message


def test_upload_to_a_full_disk_is_rejected_and_may_be_repeated(disk: Path, make_server: MakeServer) -> None:
    server = make_server(IM66_MIN_FREE_MB="0", IM66_MEDIA_ROOT=str(disk / "media"))
    small = photo(Image.effect_noise((250, 240), 90), "PNG")
    large = photo(Image.effect_noise((1_000, 900), 90), "PNG")
    assert len(small) < 80_000 < 800_000 < len(large)

    set_free_space(disk, 100_000)  # for the file that was sent, and not for what is made of it
    assert upload(server, "/upload/writev2", small) == FULL
    set_free_space(disk, 500_000)
    assert upload(server, "/upload/writev2", large) == FULL

    set_free_space(disk, PLENTY)
    assert upload(server, "/upload/writev2", small).code == 0
    assert upload(server, "/upload/writev2", large).code == 0
