"""What pages of other origins are answered, as IM66_ORIGINS says: also before Django is asked."""

import http.client
import json
from collections.abc import Iterator

import pytest

from testkit.server import Server
from testkit.uploading import form
from tests.support.tokens import IN_TOKEN_MODE, token
from tests.wire.test_token_login import create

LISTED, UNLISTED = "https://app.example", "https://elsewhere.example"
APP = "capacitor://localhost"
TUS = "authorization,tus-resumable,upload-length,upload-metadata,upload-offset"


@pytest.fixture(scope="module")
def listing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "IM66_ORIGINS": f"{LISTED},{APP}",
        "IM66_LIMIT_QUERIES": "20/3600",
        "IM66_PEOPLE_PER_ADDRESS": "5",
    }
    with Server(tmp_path_factory.mktemp("listing"), **IN_TOKEN_MODE, **settings) as server:
        create(server, "alice")
        yield server


def ask(
    server: Server, method: str, path: str, body: bytes = b"", /, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body or None, fields)
        response = connection.getresponse()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
    finally:
        connection.close()


def test_page_of_a_listed_origin_can_read_every_response(listing: Server) -> None:
    bearer = f"Bearer {token('alice')}"
    body, content_type = form(b"x")
    too_large = {"Content_Length": str(2**30)}
    answers = {
        "read": ask(listing, "GET", "/api/v1/me", Origin=LISTED, Authorization=bearer),
        "refused by Django": ask(listing, "GET", "/api/v1/me", Origin=APP),
        "nowhere": ask(listing, "GET", "/api/v1/nowhere", Origin=LISTED),
        "no file": ask(listing, "GET", "/wsim/media/nothing.png", Origin=LISTED),
        # These are refused before the application gets them.
        "refused by its head": ask(
            listing, "POST", "/api/v1/uploads", body, Origin=LISTED, Content_Type=content_type
        ),
        "too large": ask(
            listing, "POST", "/api/v1/groups", b"{", Origin=LISTED, Authorization=bearer, **too_large
        ),
    }
    assert {name: status for name, (status, _, _) in answers.items()} == {
        "read": 200,
        "refused by Django": 401,
        "nowhere": 404,
        "no file": 404,
        "refused by its head": 401,
        "too large": 413,
    }
    for name, (_, headers, _) in answers.items():
        expected = APP if name == "refused by Django" else LISTED
        assert headers["access-control-allow-origin"] == expected, name
        assert "access-control-allow-credentials" not in headers, name
        assert "origin" in headers["vary"].lower(), name
        exposed = set(headers["access-control-expose-headers"].split(", "))
        assert {"location", "etag", "ratelimit", "retry-after", "sunset"} <= exposed, name


def test_page_of_an_unlisted_origin_can_read_no_response(listing: Server) -> None:
    for origin in (UNLISTED, "null", "https://app.example.elsewhere", f"{LISTED}, {UNLISTED}", "*", ""):
        for method, path in [("GET", "/api/v1/me"), ("GET", "/media/nothing.png"), ("OPTIONS", "/api/v1/me")]:
            _, headers, _ = ask(listing, method, path, Origin=origin, Access_Control_Request_Method="GET")
            assert "access-control-allow-origin" not in headers, origin
            # What a cache keeps of it is for this origin only.
            assert "origin" in headers["vary"].lower()
    # Pages and the calls of the shipped apps are for no other origin.
    for path in ("/login/", "/querymygrps?userid=alice", "/console"):
        assert "access-control-allow-origin" not in ask(listing, "GET", path, Origin=LISTED)[1]


def test_cors_preflight_is_answered_cacheable_and_limited(listing: Server) -> None:
    wants: dict[str, str] = {"Access_Control_Request_Method": "PATCH", "Access_Control_Request_Headers": TUS}
    status, headers, body = ask(listing, "OPTIONS", "/api/v1/uploads/files/7", b"", Origin=LISTED, **wants)
    assert (status, body) == (204, b"")
    assert "PATCH" in headers["access-control-allow-methods"]
    assert set(TUS.split(",")) <= set(headers["access-control-allow-headers"].split(", "))
    assert int(headers["access-control-max-age"]) >= 3600
    for _ in range(120):
        status, headers, body = ask(listing, "OPTIONS", "/api/v1/me", b"", Origin=LISTED, **wants)
        if status != 204:
            break
    assert status == 429
    assert json.loads(body)["error"]["name"] == "too_fast"
    assert int(headers["retry-after"]) > 0
