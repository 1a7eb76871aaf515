"""Refusing uploads whose URLs the apps could not parse, because of the server's address."""

import json
import logging
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from pytest_django import Settings

from testkit.server import Server
from testkit.uploading import UploadReply, form, request
from tests.conftest import MakeServer
from tests.support.settings import override
from uploads import hosts

CALLS = {"writev1": "voice", "writev2": "picture", "writev3": "film", "avatar?userid=alice": "picture"}
BAD = "No file can be stored, because of the address of this server."
LOGGED = "The apps cannot read the URLs of files below"


def send(server: Server, call: str, content: bytes, host: str = "127.0.0.1") -> UploadReply:
    """Upload the file, with this host name of the server."""
    body, content_type = form(content)
    headers = {"Content-Type": content_type, "Host": f"{host}:{server.port}"}
    return UploadReply(**json.loads(request(server, "POST", f"/upload/{call}", body, headers).body))


def logged(server: Server) -> list[str]:
    return [line for line in server.log.read_text().splitlines() if LOGGED in line]


def stored_files(server: Server) -> int:
    (row,) = server.query("SELECT count(*) FROM uploads_storedfile")
    return int(row[0])


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("strict"), IM66_LEGACY_MEDIA_HOST="refuse") as server:
        yield server


@pytest.mark.slow
class TestRefused:
    @pytest.mark.promise("upload-4")
    @pytest.mark.parametrize(("call", "kind"), CALLS.items())
    def test_upload_with_unreadable_host_is_refused(
        self, strict: Server, request: pytest.FixtureRequest, call: str, kind: str
    ) -> None:
        before = stored_files(strict), strict.children_seconds()
        assert send(strict, call, request.getfixturevalue(kind), "im-66.example") == UploadReply(2, BAD, "")
        assert (stored_files(strict), strict.children_seconds()) == before

    def test_unreadable_host_is_logged_once_with_the_setting(self, strict: Server, picture: bytes) -> None:
        for _ in range(3):
            send(strict, "writev2", picture, "chat-of-ours.example")
        (line,) = [line for line in logged(strict) if "chat-of-ours.example" in line]
        assert " ERROR uploads.hosts: " in line
        assert "IM66_MEDIA_URL" in line
        assert "IM66_PUBLIC_URL" in line
        assert "uploads are refused" in line

    def test_upload_under_a_readable_host_is_accepted(self, strict: Server, picture: bytes) -> None:
        assert send(strict, "writev2", picture, "im66.example").code == 0

    def test_form_is_served_with_unreadable_host(self, strict: Server) -> None:
        page = request(strict, "GET", "/upload/writev1", headers={"Host": "im-66.example"})
        assert b"<form" in page.body


@pytest.mark.slow
def test_media_url_makes_unreadable_hosts_acceptable(make_server: MakeServer, picture: bytes) -> None:
    server = make_server(IM66_LEGACY_MEDIA_HOST="refuse", IM66_MEDIA_URL="https://media.example/files")
    reply = send(server, "writev2", picture, "im-66.example")
    assert reply.data.startswith("https://media.example/files/")
    assert logged(server) == []


@pytest.mark.slow
def test_path_of_public_url_is_checked(make_server: MakeServer, picture: bytes) -> None:
    server = make_server(IM66_LEGACY_MEDIA_HOST="refuse", IM66_PUBLIC_URL="https://im66.example/our_chat")
    assert send(server, "writev2", picture).code == 2


@pytest.mark.slow
def test_refusal_of_unreadable_urls_is_chinese_for_shipped_apps(
    make_server: MakeServer, picture: bytes
) -> None:
    server = make_server(IM66_CLIENTS="shipped")
    reply = send(server, "writev2", picture, "im-66.example")
    assert reply == UploadReply(2, "系统错误", "")


@pytest.mark.promise("upload-4")
@pytest.mark.slow
def test_unreadable_url_is_accepted_with_a_warning_by_default(
    make_server: MakeServer, picture: bytes, voice: bytes
) -> None:
    server = make_server()
    for call, content in [("writev2", picture), ("writev2", picture), ("writev1", voice)]:
        assert send(server, call, content, "im-66.example").data.startswith("http://im-66.example:")
    (line,) = logged(server)
    assert " WARNING uploads.hosts: " in line
    assert "refused" not in line


@pytest.mark.parametrize("address", ["http://im66.example", "https://im66.example:8443", "http://[::1]:6060"])
def test_ordinary_addresses_are_readable(address: str) -> None:
    assert hosts.is_readable(address)


@pytest.mark.parametrize(
    "address", ["http://im-66.example", "http://x/a_b", "http://me-too@im66.example", "http://x/a-b/media/"]
)
def test_dash_or_underscore_before_file_name_is_unreadable(address: str) -> None:
    assert not hosts.is_readable(address)


def test_number_of_logged_hosts_is_limited(
    settings: Settings | LazySettings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "_logged", set())
    override(settings, legacy_media_host="warn")
    with caplog.at_level(logging.WARNING, logger="uploads.hosts"):
        for number in range(2 * hosts.MAX_LOGGED_ADDRESSES):
            hosts.check(f"http://im-{number}.example")
    # Beside those, one says that there are many.
    own = [record for record in caplog.records if record.module == "hosts"]
    assert len(own) == len(hosts._logged) == hosts.MAX_LOGGED_ADDRESSES
