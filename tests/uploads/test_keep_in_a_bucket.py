"""Media in an S3 bucket: everything works as with a local folder."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from testkit.availability import running
from testkit.phone import Phone
from testkit.server import Server
from testkit.services import S3
from testkit.uploading import fetch, poster_of, send_file, upload

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(S3()) as store, Server(tmp_path_factory.mktemp("server"), **store.settings) as server:
        yield server


def is_there(url: str) -> bool:
    return fetch(url).status == 200


async def send(server: Server, sender: str, frame: str) -> None:
    async with Phone(server.entry, sender) as phone:
        await phone.send(frame)
        await phone.settle()


def test_uploaded_media_is_served_by_the_s3_store(server: Server, film: bytes) -> None:
    sent = upload(server, "/upload/writev3", film).data

    assert sent.startswith(server.environment["IM66_MEDIA_URL"])
    assert fetch(sent).headers["Content-Type"] == "video/mp4"
    assert is_there(poster_of(sent))


def test_bucket_file_is_served_by_the_server_only(server: Server) -> None:
    content = bytes(range(256)) * 1000
    url = send_file(server, "Userid alice", "a.bin", content)

    assert fetch(url).body == content
    assert fetch(url, Range="bytes=200000-").body == content[200_000:]
    assert fetch(url).headers["Content-Disposition"] == 'attachment; filename="a.bin"'
    assert not is_there(f"{server.environment['IM66_MEDIA_URL']}/{url.rpartition('/')[2]}")


async def test_unreferenced_files_are_pruned_from_bucket(
    server: Server, picture: bytes, voice: bytes
) -> None:
    sent = upload(server, "/upload/writev1", voice).data
    unsent = upload(server, "/upload/writev2", picture).data
    await send(server, "alice", f"audio_bob_{sent}_unicast_")

    server.manage("prunemedia", "--grace-days", "0")

    assert is_there(sent)
    assert not is_there(unsent)


async def test_export_includes_files_of_bucket(server: Server, picture: bytes, tmp_path: Path) -> None:
    sent = upload(server, "/upload/writev2", picture).data
    await send(server, "dave", f"picture_erin_{sent}_unicast_")

    server.manage("exportuser", "dave", str(tmp_path / "dave.zip"))

    with zipfile.ZipFile(tmp_path / "dave.zip") as archive:
        assert archive.read("files/" + sent.rpartition("/")[2]) == fetch(sent).body


async def test_files_of_erased_person_leave_bucket(server: Server, picture: bytes, voice: bytes) -> None:
    shared = upload(server, "/upload/writev1", voice).data
    own = upload(server, "/upload/writev2", picture + b"own").data
    await send(server, "frank", f"picture_grace_{own}_unicast_")
    await send(server, "frank", f"audio_grace_{shared}_unicast_")
    await send(server, "grace", f"audio_heidi_{shared}_unicast_")

    server.manage("eraseuser", "frank", "--yes", "--no-vacuum")

    assert not is_there(own)
    assert is_there(shared)


async def test_pruning_the_log_keeps_recent_bucket_files(server: Server, picture: bytes) -> None:
    sent = upload(server, "/upload/writev2", picture + b"old").data
    await send(server, "ivan", f"picture_judy_{sent}_unicast_")

    server.manage("prune", "--keep-days", "1")

    assert is_there(sent)


def test_backup_names_the_bucket_of_the_media(server: Server, tmp_path: Path) -> None:
    output = server.manage("backup", str(tmp_path / "backup.tar"))

    assert "in the bucket media" in output
