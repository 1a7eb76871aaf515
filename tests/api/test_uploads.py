"""Files of every kind, sent to a server: what they are, their content says."""

import json
from typing import Any

import pytest

from testkit import recordings
from testkit.server import Server
from testkit.uploading import form, request
from tests.conftest import MakeServer
from tests.support.tokens import IN_TOKEN_MODE, token

pytestmark = pytest.mark.slow

PATH = "/api/v1/uploads"


def send(server: Server, content: bytes, authorization: str = "Userid bob", **more: Any) -> tuple[int, Any]:
    body, content_type = form(content, **{"filename": "x", **more})
    headers = {"Content-Type": content_type, "Authorization": authorization}
    got = request(server, "POST", PATH, body, headers)
    return got.status, json.loads(got.body)


def fetched(server: Server, url: str) -> bytes:
    return request(server, "GET", url.removeprefix(server.http)).body


def test_it_works(server: Server) -> None:
    status, said = send(server, recordings.photo(recordings.halves((200, 100)), "JPEG"))
    assert (status, said["kind"], said["type"]) == (201, "picture", "image/jpeg")
    assert (said["width"], said["height"]) == (200, 100)
    assert len(fetched(server, said["url"])) == said["size"]


def test_a_recording(server: Server) -> None:
    voice = recordings.tone(1, container="amr", codec="libopencore_amrnb", rate=8_000)
    status, said = send(server, voice)
    assert (status, said["kind"], said["type"], said["seconds"]) == (201, "audio", "audio/mpeg", 1)
    assert len(fetched(server, said["url"])) == said["size"]


def test_a_recording_in_the_container_of_a_video(server: Server) -> None:
    status, said = send(server, recordings.tone(1, container="mp4", codec="aac", rate=44_100))
    assert (status, said["kind"], said["seconds"]) == (201, "audio", 1)


def test_a_video(server: Server) -> None:
    status, said = send(server, recordings.film(container="mp4", codec="libx264", sound="aac"))
    assert (status, said["kind"], said["type"]) == (201, "video", "video/mp4")
    assert said["width"] > 0
    assert fetched(server, said["poster"]).startswith(b"\xff\xd8\xff")


def test_what_is_no_file(server: Server) -> None:
    status, said = send(server, b"no picture")
    assert (status, said["error"]["code"], said["error"]["name"]) == (415, 415, "invalid")
    headers = {"Content-Type": "application/json", "Authorization": "Userid bob"}
    assert request(server, "POST", PATH, b"{}", headers).status == 415
    body, content_type = form(b"x", filename="x")
    other = body.replace(b'name="file"', b'name="other"')
    headers["Content-Type"] = content_type
    got = request(server, "POST", PATH, other, headers)
    assert (got.status, list(json.loads(got.body)["error"]["fields"])) == (400, ["file"])


def test_without_a_proof_nothing_is_stored(make_server: MakeServer) -> None:
    server = make_server(**IN_TOKEN_MODE)
    server.run_python("from accounts.services import ensure_users; ensure_users(['bob'])")
    picture = recordings.photo(recordings.halves((20, 10)), "JPEG")
    for shown in ("Userid bob", "Bearer x", "Api-Key x"):
        status, said = send(server, picture, shown)
        assert (status, said["error"]["name"]) == (401, "log_in_first")
    assert send(server, picture, f"Bearer {token('bob')}")[0] == 201
