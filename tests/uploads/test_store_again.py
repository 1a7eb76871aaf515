"""Uploading the same file again, and the files on the disk."""

import json

import pytest

from testkit.recordings import halves, photo
from testkit.server import Server
from testkit.uploading import as_android_reads, fetch, form, request, upload, upload_from
from tests.conftest import MakeServer
from tests.support.tokens import IN_TOKEN_MODE, token
from tests.support.waiting import until
from tests.wire.test_token_login import create


def media(server: Server) -> dict[str, float]:
    """Return the stored files with their modification times."""
    return {path.name: path.stat().st_mtime_ns for path in (server.data_dir / "media").iterdir()}


@pytest.mark.slow
def test_repeated_upload_is_not_converted_again(make_server: MakeServer, film: bytes) -> None:
    server = make_server()
    first = upload(server, "/upload/writev3", film)
    before = media(server)

    assert upload(server, "/wsim/upload/writev3", film) == first
    assert media(server) == before
    assert len(before) == 2


def test_same_voice_by_different_calls_is_stored_once(server: Server, voice: bytes) -> None:
    assert upload(server, "/upload/writev2", voice).data == upload(server, "/upload/writev1", voice).data


def test_different_files_have_different_names(server: Server, voice: bytes) -> None:
    longer = voice + voice[6:]

    assert upload(server, "/upload/writev1", voice).data != upload(server, "/upload/writev1", longer).data


@pytest.mark.slow
def test_missing_stored_file_is_converted_again(make_server: MakeServer, voice: bytes) -> None:
    server = make_server()
    first = upload(server, "/upload/writev1", voice)
    (server.data_dir / "media" / first.data.rpartition("/")[2]).unlink()
    assert fetch(first.data).status == 404

    assert upload(server, "/upload/writev1", voice) == first
    assert fetch(first.data).status == 200


@pytest.mark.slow
def test_media_names_differ_between_servers(make_server: MakeServer, voice: bytes) -> None:
    names = [upload(make_server(), "/upload/writev1", voice).data.rpartition("/")[2] for _ in range(2)]

    assert names[0] != names[1]
    assert {as_android_reads(name) for name in names} == {"1"}


@pytest.mark.slow
def test_failed_conversion_leaves_no_files(make_server: MakeServer, film: bytes) -> None:
    server = make_server()
    assert upload(server, "/upload/writev3", film).code == 0
    assert upload(server, "/upload/writev3", film[: len(film) // 2]).code == 1

    assert len(media(server)) == 2
    until(lambda: not list((server.data_dir / "media.arriving").iterdir()))


@pytest.mark.slow
def test_upload_does_not_reveal_same_file_of_others(make_server: MakeServer) -> None:
    """Neither the name nor the duration reveals it: the file is converted anew, also if it failed before."""
    server = make_server(**IN_TOKEN_MODE)
    create(server, "alice", "bob")
    # Large enough that it takes more than a tick of the processor's clock.
    picture, broken = photo(halves((2_000, 1_500)), "JPEG"), b"\xff\xd8\xff" + bytes(100)

    def send(userid: str, content: bytes) -> tuple[str, float]:
        """Upload the file. Return its URL, and the processor time of the conversion."""
        body, content_type = form(content)
        headers = {"Content-Type": content_type, "Authorization": f"Bearer {token(userid)}"}
        before = server.children_seconds()
        reply = json.loads(request(server, "POST", "/upload/writev2", body, headers).body)
        return reply["data"], server.children_seconds() - before

    first, again, bobs = send("alice", picture), send("alice", picture), send("bob", picture)
    assert first[0] == again[0] != bobs[0]
    assert again[1] == 0 < bobs[1]
    failed, again, bobs = send("alice", broken), send("alice", broken), send("bob", broken)
    assert {failed[0], again[0], bobs[0]} == {""}
    assert len(server.query("SELECT key FROM uploads_failedattempt")) == 2


@pytest.mark.slow
def test_anonymous_uploads_are_deduplicated_by_address(make_server: MakeServer, voice: bytes) -> None:
    server = make_server()
    urls = [upload_from(address, server, "/upload/writev1", voice).data for address in ("", "127.0.0.2")]
    assert urls[0] != urls[1]
    assert upload_from("127.0.0.2", server, "/upload/writev1", voice).data == urls[1]
