"""deploy/nginx: what nginx answers by itself, what it passes on, and what it writes down."""

import json
import socket
import ssl
import time
from contextlib import suppress
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from django.test import override_settings

from testkit.recordings import halves, photo
from testkit.uploading import form, send_file
from tests.faults.production import Production
from tests.support.tokens import token
from tests.wire.test_token_login import create
from uploads.bodies import too_large_reply
from uploads.media import POLICY

pytestmark = pytest.mark.slow

TOO_LARGE = b"x" * (22 * 1024 * 1024)
TAKERS = [
    "/upload/writev1",
    "/wsim/upload/writev3",
    "/upload/avatar",
    "/creategrp",
    "/wsim/report/",
    "/api/v1/uploads",
    "/hooks/a-token",
    "/login/",
]


def status(running: Production, path: str, *, at: str = "", **headers: str) -> int:
    """The HTTP status of a GET through nginx, or straight `at` a server."""
    request = Request((at or running.nginx.url) + path, headers=headers)
    try:
        with urlopen(request, timeout=30, context=None if at else running.nginx.trust) as reply:
            return int(reply.status)
    except HTTPError as error:
        return error.code


@pytest.fixture(scope="module")
def picture(running: Production) -> str:
    """The URL of one that Alice has uploaded."""
    create(running.servers[0], "alice")
    return running.upload("alice", photo(halves((200, 100)), "PNG"))


def test_nginx_sends_media_only_after_the_server_allows_it(running: Production, picture: str) -> None:
    with urlopen(picture, timeout=30, context=running.nginx.trust) as reply:
        assert reply.headers["Content-Type"] == "image/png"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Content-Security-Policy"] == POLICY
        assert reply.read().startswith(b"\x89PNG")
    for origin, expected in [("https://app.example", "https://app.example"), ("https://other.example", None)]:
        request = Request(picture, headers={"Origin": origin})
        with urlopen(request, timeout=30, context=running.nginx.trust) as reply:
            assert reply.headers["Access-Control-Allow-Origin"] == expected
            assert "origin" in reply.headers["Vary"]
    name = picture.rpartition("/")[2]
    straight = f"{running.servers[0].http}/media/{name}"
    with urlopen(Request(straight, headers={"Host": "localhost"}), timeout=30) as reply:
        assert reply.headers["X-Accel-Redirect"] == f"/stored/{name}"
    assert status(running, f"/stored/{name}") == 404


def test_nginx_sends_files_of_any_type_as_attachments(running: Production, picture: str) -> None:
    content = bytes(range(256)) * 1000
    proof = {"Authorization": f"Bearer {token('alice')}"}
    host = urlsplit(running.nginx.url).netloc
    url = send_file(running.servers[0], proof["Authorization"], "网页.html", content, Host=host)
    path = urlsplit(url).path

    request = Request(running.nginx.url + path, headers={**proof, "Range": "bytes=1000-"})
    with urlopen(request, timeout=30, context=running.nginx.trust) as reply:
        assert (reply.status, reply.read()) == (206, content[1000:])
        assert reply.headers["Content-Type"] == "application/octet-stream"
        assert reply.headers["Content-Disposition"].startswith("attachment; filename*=")
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Cache-Control"].startswith("private")
    assert status(running, path) == 404


def test_api_lists_are_compressed_by_the_server_only(running: Production) -> None:
    proof = {"Authorization": f"Bearer {token('carla')}", "Content-Type": "application/json"}
    text = json.dumps({"kind": "text", "content": "compressible " * 50}).encode()
    create(running.servers[0], "carla", "dora")
    sent = Request(f"{running.nginx.url}/api/v1/conversations/u:dora/messages", text, proof)
    with urlopen(sent, timeout=30, context=running.nginx.trust) as reply:
        assert reply.status == 201
    encodings = []
    for path in ("/api/v1/conversations", "/api/v1/schema", "/login/"):
        request = Request(running.nginx.url + path, headers={**proof, "Accept-Encoding": "gzip"})
        with urlopen(request, timeout=30, context=running.nginx.trust) as reply:
            encodings.append(reply.headers["Content-Encoding"])
    assert encodings == ["gzip", None, None]


@pytest.mark.parametrize("path", TAKERS)
def test_oversized_body_is_answered_like_the_server(running: Production, path: str) -> None:
    body, content_type = form(TOO_LARGE)
    request = Request(f"{running.nginx.url}{path}", body, {"Content-Type": content_type})
    try:
        with urlopen(request, timeout=60, context=running.nginx.trust) as reply:
            answer = reply.status, json.loads(reply.read())
    except HTTPError as error:
        answer = error.code, json.loads(error.read())
    with override_settings(LANGUAGE_CODE="en"):
        expected_status, expected = too_large_reply(path)
    assert answer[0] == expected_status
    assert shape(answer[1]) == shape(json.loads(expected))


def shape(reply: object) -> object:
    """A reply without its words, which differ."""
    if isinstance(reply, dict):
        return {name: shape(value) for name, value in reply.items() if name not in {"message", "reason"}}
    return reply


@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/readyz"])
def test_health_and_metrics_are_hidden_from_outside(running: Production, path: str) -> None:
    allowed = {"Authorization": f"Bearer {'m' * 16}"}
    assert status(running, path, at=running.servers[0].http, **allowed) == 200
    assert status(running, path, **allowed) == 404


def test_nginx_access_log_has_no_secrets(running: Production) -> None:
    uploading = f"/upload/writev1?access_token={token('alice')}"
    paths = [uploading, "/signup/an-invitation", "/hooks/a-token", "/recover/a-link/"]
    for path in paths:
        status(running, path)
    log = log_with(running, '"GET /upload/writev1"', '"GET /signup/"', '"GET /hooks/"')
    assert not any(secret in log for secret in ("eyJ", "access_token", "an-invitation", "a-token", "a-link"))


def test_nginx_error_log_has_no_secrets(running: Production) -> None:
    large, content_type = form(TOO_LARGE)
    for path in ["/hooks/a-token", f"/upload/writev1?access_token={token('alice')}"]:
        with suppress(HTTPError):
            request = Request(f"{running.nginx.url}{path}", large, {"Content-Type": content_type})
            urlopen(request, timeout=60, context=running.nginx.trust).close()
    assert not any(secret in running.nginx.error_logs for secret in ("eyJ", "access_token", "a-token"))


def log_with(running: Production, *lines: str) -> str:
    """What nginx has logged, once that is in it: it writes a line after the client has its reply."""
    deadline = time.monotonic() + 20
    while not all(line in running.nginx.access_log for line in lines):
        assert time.monotonic() < deadline, running.nginx.access_log
        time.sleep(0.05)
    return running.nginx.access_log


def test_browsers_get_http_2(running: Production) -> None:
    context = ssl.create_default_context(cafile=f"{running.nginx.folder}/own.pem")
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", running.nginx.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as tls,
    ):
        assert tls.selected_alpn_protocol() == "h2"
