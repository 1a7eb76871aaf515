"""Calls whose headers or bodies are odd: each has one reply, and all replies have the same headers."""

import http.client
import json
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlencode

import pytest

from testkit.server import Server
from tests.support.groups import NO_SUCH_GROUP, bad

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
QUERY = b"groupid=987654321"
PARTS = b'--b\r\nContent-Disposition: form-data; name="groupid"\r\n\r\n987654321\r\n--b--\r\n'

NOT_UTF_8 = bad(f"HTTP requests with the '{FORM}' content type must be UTF-8 encoded.")
NO_FORM = bad("The body must be a form, url-encoded or multipart.")
UNREADABLE = "The body is not a form that can be read."
NO_GROUP = bad("groupid: This field is required.")
OTHER_METHOD = bad("Use GET or POST.")
NO_FILE = '{"code":1,"message":"There is no file in the form.","data":""}'
NO_FORM_WITH_FILE = f'{{"code":1,"message":"{UNREADABLE}","data":""}}'

# Nothing that frameworks add: no Allow, no Vary, no WWW-Authenticate, no cookie.
HEADERS = {
    "content-length",
    "content-security-policy",
    "content-type",
    "cross-origin-opener-policy",
    "referrer-policy",
    "server",
    "x-content-type-options",
    "x-frame-options",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One of this file's own, whose log is about nothing else."""
    with Server(tmp_path_factory.mktemp("server")) as own:
        yield own
        assert "Traceback" not in own.log.read_text()


class Form(NamedTuple):
    """A request, and what group calls and upload calls say to it. A body that is a tuple comes in chunks."""

    method: str
    query: bytes
    headers: dict[str, str]
    body: bytes | tuple[bytes, ...]
    group_reply: str = NO_SUCH_GROUP
    upload_reply: str = NO_FILE


def posted(content_type: str, body: bytes | tuple[bytes, ...], *replies: str, query: bytes = b"") -> Form:
    return Form("POST", query, {"Content-Type": content_type} if content_type else {}, body, *replies)


def asking(**headers: str) -> Form:
    """A form that can be read, and headers that ask for something else."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Form("POST", b"", {"Content-Type": FORM, **named}, QUERY)


FORMS = {
    "accepts HTML": asking(Accept="text/html"),
    "accepts pictures": asking(Accept="image/png"),
    "accepts indented JSON": asking(Accept="application/json; indent=4"),
    "names a format": posted(FORM, QUERY, query=b"format=api"),
    "has a password": asking(Authorization="Basic eDp5"),
    "has a session": asking(Cookie="sessionid=abcdefgh"),
    "overrides its method": asking(X_HTTP_Method_Override="DELETE"),
    "form in capitals": posted("Application/X-WWW-Form-URLencoded", QUERY),
    "form with a semicolon": posted(f"{FORM};", QUERY),
    "form in UTF8 without a hyphen": posted(f"{FORM}; charset=utf8", QUERY, NOT_UTF_8, NO_FORM_WITH_FILE),
    "form in GBK": posted(f"{FORM}; charset=gbk", QUERY, NOT_UTF_8, NO_FORM_WITH_FILE),
    "empty form in GBK": posted(f"{FORM}; charset=gbk", b"", NOT_UTF_8, NO_FORM_WITH_FILE, query=QUERY),
    "form in nonsense": posted(f"{FORM}; charset=nonsense", QUERY),
    "form in chunks": posted(FORM, (QUERY,)),
    "empty form in chunks": posted(FORM, (), query=QUERY),
    "multipart": posted(MULTIPART, PARTS),
    "multipart in GBK": posted(f"{MULTIPART}; charset=gbk", PARTS),
    "multipart in what can decode nothing": posted(
        f"{MULTIPART}; charset=idna", PARTS, bad(UNREADABLE), NO_FORM_WITH_FILE
    ),
    "multipart in chunks": posted(MULTIPART, (PARTS,), NO_GROUP),
    "multipart and empty": posted(MULTIPART, b"", query=QUERY),
    "multipart, empty, without a boundary": posted(
        "multipart/form-data", b"", bad(UNREADABLE), NO_FORM_WITH_FILE, query=QUERY
    ),
    "multipart without a boundary": posted(
        "multipart/form-data", PARTS, bad(UNREADABLE), NO_FORM_WITH_FILE, query=QUERY
    ),
    "mixed multipart": posted("multipart/mixed; boundary=b", PARTS, NO_FORM),
    "JSON": posted("application/json", b"{}", NO_FORM, query=QUERY),
    "JSON in chunks": posted("application/json", (b"{}",), NO_FORM, query=QUERY),
    "empty JSON": posted("application/json", b"", query=QUERY),
    "empty JSON in chunks": posted("application/json", (), query=QUERY),
    "any type": posted("*/*", QUERY, NO_FORM),
    "no type": posted("", QUERY, NO_FORM),
    "form of a GET": Form("GET", b"", {"Content-Type": FORM}, QUERY, upload_reply=""),
    "JSON of a GET": Form("GET", QUERY, {"Content-Type": "application/json"}, b"{}", NO_FORM, ""),
    "PUT": Form("PUT", QUERY, {}, b"", OTHER_METHOD),
    "PUT of JSON": Form("PUT", QUERY, {"Content-Type": "application/json"}, b"{}", OTHER_METHOD),
    "OPTIONS": Form("OPTIONS", QUERY, {}, b"", OTHER_METHOD),
    "OPTIONS before a POST": Form(
        "OPTIONS", b"", {"Access-Control-Request-Method": "POST"}, b"", OTHER_METHOD
    ),
    "PROPFIND": Form("PROPFIND", QUERY, {}, b"", OTHER_METHOD),
}


def answered(server: Server, path: str, form: Form) -> tuple[int, http.client.HTTPMessage, str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    chunks: Iterator[bytes] | None = iter(form.body) if isinstance(form.body, tuple) else None
    body = form.body if isinstance(form.body, bytes) else None
    headers = {**form.headers, **({"Transfer-Encoding": "chunked"} if chunks else {})}
    try:
        connection.request(
            form.method, f"{path}?{form.query.decode()}", chunks or body, headers, encode_chunked=bool(chunks)
        )
        reply = connection.getresponse()
        return reply.status, reply.headers, reply.read().decode()
    finally:
        connection.close()


@pytest.mark.promise("call-4")
@pytest.mark.parametrize("name", FORMS)
def test_malformed_group_call_gets_one_reply(server: Server, name: str) -> None:
    status, headers, body = answered(server, "/grpinfo", FORMS[name])

    assert (status, headers["Content-Type"], body) == (200, "application/json", FORMS[name].group_reply)
    assert {header.lower() for header in headers} == HEADERS


@pytest.mark.promise("upload-5")
@pytest.mark.parametrize("name", [name for name, form in FORMS.items() if form.upload_reply])
def test_malformed_upload_call_gets_one_reply(server: Server, name: str) -> None:
    status, headers, body = answered(server, "/upload/writev2", FORMS[name])

    assert (status, headers["Content-Type"], body) == (200, "application/json", FORMS[name].upload_reply)
    assert {header.lower() for header in headers} == HEADERS


@pytest.mark.parametrize("path", ["/creategrp", "/upload/writev2"])
@pytest.mark.parametrize("content_type", [FORM, "application/json"])
def test_api_call_from_a_foreign_origin_is_refused_before_its_body_is_read(
    server: Server, path: str, content_type: str
) -> None:
    form = Form("POST", b"", {"Content-Type": content_type, "Origin": "http://elsewhere.example"}, b"{}")
    status, headers, body = answered(server, path, form)

    assert (status, body) == (403, "Not for pages of another site.")
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert {header.lower() for header in headers} == HEADERS


def test_line_separators_are_not_escaped_in_replies(server: Server) -> None:
    form = posted(FORM, b"creator=odd1&members=&name=%E2%80%A8%3C%E2%80%A9")
    _, _, body = answered(server, "/creategrp", form)

    assert '"name":"\u2028<\u2029"' in body
    assert json.loads(body)["data"]["name"] == "\u2028<\u2029"


def test_url_query_of_32_kb_is_accepted(server: Server) -> None:
    # As the iOS app sends them, who writes everything into the query.
    members = ",".join(f"member{number:058}" for number in range(499))
    query = urlencode({"creator": "alice", "members": members, "name": "many"}).encode()
    assert len(query) > 32 * 1024
    status, _, body = answered(server, "/creategrp", Form("POST", query, {}, b""))
    assert (status, len(json.loads(body)["data"]["members"])) == (200, 500)


def test_url_query_of_100_kb_is_refused(server: Server) -> None:
    status, _, _ = answered(server, "/grpinfo", Form("GET", b"a" * 100_000, {}, b""))
    assert status == 400
