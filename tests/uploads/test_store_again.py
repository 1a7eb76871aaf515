"""The same file again, and what is left on the disk."""

import pytest

from testkit.server import Server
from testkit.uploading import as_android_reads, fetch, upload
from tests.conftest import MakeServer
from tests.support.waiting import until


def media(server: Server) -> dict[str, float]:
    """The stored files, and when each was written."""
    return {path.name: path.stat().st_mtime_ns for path in (server.data_dir / "media").iterdir()}


@pytest.mark.slow
def test_the_same_file_again_is_not_made_again(make_server: MakeServer, film: bytes) -> None:
    server = make_server()
    first = upload(server, "/upload/writev3", film)
    before = media(server)

    assert upload(server, "/wsim/upload/writev3", film) == first
    assert media(server) == before
    assert len(before) == 2


def test_a_voice_message_is_the_same_whichever_call_takes_it(server: Server, voice: bytes) -> None:
    assert upload(server, "/upload/writev2", voice).data == upload(server, "/upload/writev1", voice).data


def test_another_file_has_another_name(server: Server, voice: bytes) -> None:
    longer = voice + voice[6:]

    assert upload(server, "/upload/writev1", voice).data != upload(server, "/upload/writev1", longer).data


@pytest.mark.slow
def test_a_file_that_was_lost_is_made_again(make_server: MakeServer, voice: bytes) -> None:
    server = make_server()
    first = upload(server, "/upload/writev1", voice)
    (server.data_dir / "media" / first.data.rpartition("/")[2]).unlink()
    assert fetch(first.data).status == 404

    assert upload(server, "/upload/writev1", voice) == first
    assert fetch(first.data).status == 200


@pytest.mark.slow
def test_nobody_can_guess_a_name(make_server: MakeServer, voice: bytes) -> None:
    names = [upload(make_server(), "/upload/writev1", voice).data.rpartition("/")[2] for _ in range(2)]

    assert names[0] != names[1]
    assert {as_android_reads(name) for name in names} == {"1"}


@pytest.mark.slow
def test_nothing_half_made_is_left(make_server: MakeServer, film: bytes) -> None:
    server = make_server()
    assert upload(server, "/upload/writev3", film).code == 0
    assert upload(server, "/upload/writev3", film[: len(film) // 2]).code == 1

    assert len(media(server)) == 2
    until(lambda: not list((server.data_dir / "media.arriving").iterdir()))
