"""Whose page a request is made by: the cookie of a browser session counts for our own pages only."""

from typing import Any

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from accounts.authentication.browser_sessions import session_in_request, session_in_scope
from accounts.authentication.proofs import Proof
from tests.support.sessions import by_session

KEY = "a1" * 16
COOKIE = {"Cookie": f"theme=dark; sessionid={KEY}"}
HOST = "testserver"
OURS = {"Origin": "http://testserver"}
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty"}

# Whether the cookie counts for a call by HTTP, and for a socket.
CASES: list[tuple[dict[str, str], bool, bool]] = [
    (OURS, True, True),
    ({"Origin": "https://testserver"}, True, True),
    ({**OURS, "Sec-Fetch-Site": "same-origin"}, True, True),
    (SAME_ORIGIN, True, False),
    ({**OURS, **SAME_ORIGIN}, True, True),
    ({}, False, False),
    ({"Sec-Fetch-Site": "none", "Sec-Fetch-Dest": "empty"}, False, False),
    ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "empty"}, False, False),
    ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "empty"}, False, False),
    # A picture, a frame or a link in a page of ours, whose address somebody else may have chosen.
    ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "image"}, False, False),
    ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "document"}, False, False),
    ({"Sec-Fetch-Site": "same-origin"}, False, False),
    ({"Origin": "null"}, False, False),
    ({"Origin": ""}, False, False),
    ({"Origin": "http://elsewhere.example"}, False, False),
    ({"Origin": "http://testserver:8000"}, False, False),
    ({"Origin": "http://testserver.elsewhere.example"}, False, False),
    ({"Origin": "http://elsewhere.example", **SAME_ORIGIN}, False, False),
    ({**OURS, "Sec-Fetch-Site": "cross-site"}, False, False),
]


def in_request(headers: dict[str, str]) -> Proof | None:
    return session_in_request(RequestFactory().get("/grpinfo", headers=headers))


def in_scope(kind: str, *headers: dict[str, str]) -> Proof | None:
    raw = [
        (name.lower().encode(), value.encode())
        for headers_sent in ({"Host": HOST}, *headers)
        for name, value in headers_sent.items()
    ]
    return session_in_scope({"type": kind, "headers": raw})


@pytest.mark.parametrize(("headers", "counts", "counts_for_sockets"), CASES, ids=str)
def test_session_counts_for_own_pages_only(
    headers: dict[str, str], counts: bool, counts_for_sockets: bool
) -> None:
    proof = by_session(KEY)
    assert in_request({**COOKIE, **headers}) == (proof if counts else None)
    assert in_scope("http", COOKIE, headers) == (proof if counts else None)
    assert in_scope("websocket", COOKIE, headers) == (proof if counts_for_sockets else None)


@pytest.mark.parametrize("cookie", ["", "sessionid=", "sessionid", "other=x", f"sessionid2={KEY}", "=;=;;"])
def test_request_without_cookie_has_no_browser_session(cookie: str) -> None:
    assert in_request({**OURS, "Cookie": cookie}) is None
    assert in_scope("websocket", OURS, {"Cookie": cookie}) is None
    assert in_scope("websocket", OURS) is None


def test_a_browser_may_send_cookies_in_several_headers() -> None:
    assert in_scope("http", OURS, {"Cookie": "theme=dark"}, {"Cookie": f"sessionid={KEY}"}) == by_session(KEY)


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_repeated_origin_or_host_header_is_not_ours(kind: str) -> None:
    assert in_scope(kind, COOKIE, OURS, {"Origin": "http://elsewhere.example"}) is None
    assert in_scope(kind, COOKIE, OURS, OURS) is None
    assert in_scope(kind, COOKIE, OURS, {"Host": "elsewhere.example"}) is None


def test_the_site_behind_a_proxy_is_ours(settings: Settings) -> None:
    origin = {"Origin": "https://chat.example.org"}
    assert in_request({**COOKIE, **origin}) is None
    settings.CSRF_TRUSTED_ORIGINS = ["https://chat.example.org"]
    assert in_request({**COOKIE, **origin}) == by_session(KEY)


def test_secure_cookies_need_https_page(settings: Settings) -> None:
    """Somebody in between may have made the other page."""
    settings.SESSION_COOKIE_SECURE = True
    assert in_scope("websocket", COOKIE, OURS) is None
    assert in_request({**COOKIE, **OURS}) is None
    assert in_request({**COOKIE, "Origin": "https://testserver"}) == by_session(KEY)
    assert in_request({**COOKIE, **SAME_ORIGIN}) == by_session(KEY)


@pytest.mark.parametrize("headers", [[], [(b"cookie", b"\xff=\xff; sessionid=\xff")], [(b"\xff", b"\xff")]])
def test_odd_heads_do_no_harm(headers: Any) -> None:
    for kind in ("http", "websocket"):
        assert session_in_scope({"type": kind, "headers": headers}) is None
