"""The upload calls: their paths, their form, their errors."""

import pytest

from testkit.server import Server
from testkit.uploading import as_android_reads, request, upload

CALLS = ["writev1", "writev2", "writev3"]


@pytest.mark.promise("upload-2")
@pytest.mark.parametrize(
    "path", ["/upload/writev1", "/upload/writev1/", "/upload/writev1?", "/wsim/upload/writev1"]
)
def test_upload_works_at_every_form_of_its_path(server: Server, path: str, voice: bytes) -> None:
    assert as_android_reads(upload(server, path, voice).data) == "1"


@pytest.mark.promise("upload-2")
@pytest.mark.parametrize("call", CALLS)
def test_upload_get_shows_a_form(server: Server, call: str) -> None:
    page = request(server, "GET", f"/upload/{call}")

    assert page.status == 200
    assert b'type="file"' in page.body
    assert b'enctype="multipart/form-data"' in page.body


@pytest.mark.promise("upload-1")
@pytest.mark.parametrize("call", CALLS)
def test_upload_form_without_file_is_refused(server: Server, call: str, voice: bytes) -> None:
    reply = upload(server, f"/upload/{call}", voice, field="other")

    assert (reply.code, reply.data) == (1, "")


def test_upload_ignores_the_file_name(server: Server, picture: bytes) -> None:
    assert upload(server, "/upload/writev2", picture, filename="../../a_b-c.exe").data.endswith(".jpg")
