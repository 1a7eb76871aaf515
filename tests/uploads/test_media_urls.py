"""The rules of the shipped clients for media URLs: one `-`, no `_`."""

import re

import pytest

from testkit.server import Server
from testkit.uploading import as_android_reads, as_ios_reads_length, fetch, poster_of, upload

KINDS = {"voice": "writev1", "picture": "writev2", "film": "writev3"}
READ = {"voice": "1", "picture": "200x100", "film": "320x240"}


@pytest.mark.parametrize(("kind", "call"), KINDS.items())
def test_media_url_has_one_dash_and_no_underscore(
    server: Server, request: pytest.FixtureRequest, kind: str, call: str
) -> None:
    url = upload(server, f"/upload/{call}", request.getfixturevalue(kind)).data

    assert url.count("-") == 1
    assert "_" not in url
    assert re.fullmatch(r"http://[^/]+/media/[0-9a-f]{32}-[0-9x]+\.[a-z0-9]+", url)


@pytest.mark.parametrize(("kind", "call"), KINDS.items())
def test_android_reads_length_or_size_from_media_url(
    server: Server, request: pytest.FixtureRequest, kind: str, call: str
) -> None:
    url = upload(server, f"/upload/{call}", request.getfixturevalue(kind)).data

    assert as_android_reads(url) == READ[kind]


def test_ios_reads_length_from_voice_url(server: Server, voice: bytes) -> None:
    assert as_ios_reads_length(upload(server, "/upload/writev1", voice).data) == 1


def test_poster_url_follows_from_video_url(server: Server, film: bytes) -> None:
    url = upload(server, "/upload/writev3", film).data

    assert fetch(poster_of(url)).headers["Content-Type"] == "image/jpeg"
