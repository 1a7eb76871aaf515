"""How a request comes to Django, and what of it Django then still finds."""

import asyncio
import json
from contextlib import AsyncExitStack
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from asgiref.sync import SyncToAsync
from asgiref.testing import ApplicationCommunicator
from django.core.files.storage import FileSystemStorage
from django.core.handlers.asgi import ASGIRequest

from accounts.limits.callers import caller
from accounts.limits.fair_queue import Breaks
from im66.handler import FILES, READS_EACH, SEARCHES_EACH, Handler, caller_of
from tests.support.groups import data
from uploads.media import CHUNK_BYTES

ICON = "/static/im66/favicon.svg"
FORM = "application/x-www-form-urlencoded"


def scope(path: str, query: str = "", *, method: str = "GET", **headers: str) -> dict[str, Any]:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost"), *named],
        "client": ("10.0.0.7", 1234),
        "server": ("127.0.0.1", 80),
    }


def request(body: bytes = b"", query: str = "", **headers: str) -> ASGIRequest:
    request_scope = scope("/creategrp", query, method="POST", content_length=str(len(body)), **headers)
    return ASGIRequest(request_scope, BytesIO(body))


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (request(), ("10.0.0.7", "", "")),
        (request(query="name=x&creator=%E6%98%8E&members=b"), ("10.0.0.7", "", "明")),
        (request(query="groupid=1&userid=alice"), ("10.0.0.7", "", "alice")),
        (request(b"creator=bob&name=x", "userid=alice", content_type=FORM), ("10.0.0.7", "", "bob")),
        (request(b'{"userid": "bob"}', content_type="application/json"), ("10.0.0.7", "", "")),
        (request(b"userid=bob&x=" + b"x" * 100_000, content_type=FORM), ("10.0.0.7", "", "")),
        (request(query="xuserid=alice"), ("10.0.0.7", "", "")),
        (request(x_forwarded_for="1.1.1.1, 2.2.2.2"), ("10.0.0.7", "2.2.2.2", "")),
    ],
)
def test_caller_has_address_and_userid_of_the_request(
    made: ASGIRequest, expected: tuple[str, str, str]
) -> None:
    assert caller_of(made) == expected


def test_calls_and_uploads_identify_a_caller_by_the_same_address() -> None:
    request_scope = scope("/grpinfo", "userid=alice", x_forwarded_for="10.0.0.8, 2001:db8::1")
    assert caller_of(ASGIRequest(request_scope, BytesIO())) == (*caller(request_scope), "alice")


async def _answer(
    handler: Handler, scope_of_request: dict[str, Any], body: bytes = b"", *, status: int = 200
) -> str:
    talk: Any = ApplicationCommunicator(handler, scope_of_request)  # type: ignore[no-untyped-call]
    await talk.send_input({"type": "http.request", "body": body})
    start = await talk.receive_output(30)
    assert start["status"] == status
    result = bytearray()
    while True:
        message = await talk.receive_output(30)
        result += message.get("body", b"")
        if not message.get("more_body"):
            await talk.wait(30)
            break
    return result.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_view_reads_the_form_that_identified_the_caller(method: str) -> None:
    body = urlencode({"creator": "alice", "members": "bob", "name": "群"}).encode()
    request_scope = scope(
        "/creategrp", "name=ignored", method=method, content_type=FORM, content_length=str(len(body))
    )
    made = data(await _answer(Handler(), request_scope, body))
    assert (made["creator"], made["name"], made["members"]) == ("alice", "群", ["alice", "bob"])


@pytest.mark.parametrize("charset", ["hex", "idna", "undefined", "nonsense", "utf-16", "gbk"])
async def test_form_in_other_encoding_is_refused(charset: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\na\r\n--x--\r\n'
    form = f"multipart/form-data; boundary=x; charset={charset}"
    request_scope = scope("/login/", method="POST", content_type=form, content_length=str(len(body)))
    assert await _answer(Handler(), request_scope, body, status=400) == "This form is not in UTF-8."


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", "us-ascii"])
async def test_form_in_utf_8_is_read(charset: str) -> None:
    form = f"{FORM}; charset={charset}"
    request_scope = scope("/login/", method="POST", content_type=form, content_length="0")
    assert "Nothing was done" in await _answer(Handler(), request_scope, status=403)


@pytest.mark.promise("call-40")
async def test_api_call_above_the_waiting_limit_gets_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("im66.handler.WAIT_SECONDS", 0.05)
    handler = Handler()
    async with handler._calls.turn(("another",)):
        answer = await _answer(handler, scope("/creategrp", "name=x"))
    assert json.loads(answer) == {"code": 9, "message": "The server is busy. Try again."}


async def test_long_api_call_yields_to_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    # As if every call took a minute.
    monkeypatch.setattr("im66.handler.BREAKS", Breaks(grace=-60.0, maximum=60.0))
    handler = Handler()
    await _answer(handler, scope("/grpinfo", "groupid=1"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05), handler._reads.turn(("10.0.0.7",)):
            pass
    async with asyncio.timeout(5), handler._pages.turn(("another",)):
        pass


async def test_pictures_and_pages_do_not_wait_for_api_calls() -> None:
    handler = Handler()
    async with handler._calls.turn(("10.0.0.7",)):
        assert "<form" in await _answer(handler, scope("/upload/writev1"))
        assert "<html" in await _answer(handler, scope("/console"))
        assert "<svg" in await _answer(handler, scope(ICON))


@pytest.mark.parametrize(
    ("path", "status"),
    [(ICON, 503), ("/media/x", 503), ("/static/nothing.js", 503), ("/upload/writev1", 200)],
)
async def test_files_have_their_own_lane(path: str, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("im66.handler.WAIT_SECONDS", 0.05)
    handler = Handler()
    async with AsyncExitStack() as held:
        for number in range(FILES):
            await held.enter_async_context(handler._files.turn((str(number),)))
        await _answer(handler, scope(path), status=status)


async def test_slow_download_holds_no_turn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("uploads.media.default_storage", FileSystemStorage(tmp_path))
    name, content = f"{'0' * 32}-3.mp3", bytes(3 * CHUNK_BYTES)
    (tmp_path / name).write_bytes(content)
    handler = Handler()
    talk: Any = ApplicationCommunicator(handler, scope(f"/media/{name}"))  # type: ignore[no-untyped-call]
    await talk.send_input({"type": "http.request", "body": b""})
    assert (await talk.receive_output(30))["status"] == 200
    async with asyncio.timeout(5), AsyncExitStack() as held:
        for number in range(FILES):
            await held.enter_async_context(handler._files.turn((str(number),)))
    body = b""
    while (piece := await talk.receive_output(30)).get("more_body"):
        body += piece["body"]
    await talk.wait(30)
    assert body == content


async def test_api_calls_run_one_at_a_time_unless_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("im66.handler.SLOW_SECONDS", 60.0)
    handler = Handler()
    async with handler._calls.turn(("10.0.0.7",)):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), handler._reads.turn(("10.0.0.8",)):
                pass
        async with asyncio.timeout(5), handler._searches.turn(("10.0.0.8",)):
            pass
    monkeypatch.setattr("im66.handler.SLOW_SECONDS", 0.01)
    async with handler._calls.turn(("10.0.0.7",)), asyncio.timeout(5), handler._reads.turn(("10.0.0.8",)):
        pass


SEARCH = "/api/v1/messages/search"


@pytest.mark.parametrize(
    ("queue", "method", "path", "query"),
    [
        ("reads", "GET", "/api/v1/conversations", ""),
        ("reads", "HEAD", "/api/v1/conversations", ""),
        ("reads", "GET", "/api/v1/nothing", ""),
        ("reads", "GET", "/querymygrps", "userid=alice"),
        ("reads", "POST", "/wsim/grpinfo/", ""),
        ("calls", "POST", "/api/v1/groups", ""),
        ("calls", "PATCH", "/api/v1/me", ""),
        ("calls", "PUT", SEARCH, "q=x"),
        ("calls", "GET", "/creategrp", "creator=alice"),  # a call that writes may come by GET
        ("calls", "GET", "/wsim/addmembers/", ""),
        ("calls", "POST", "/report", ""),
        ("searches", "GET", SEARCH, "q=x"),
        ("searches", "HEAD", SEARCH, "q=x"),
        ("searches", "GET", "/admin/messages/", "person=alice&q=x"),
        ("searches", "GET", "/admin/accounts/user/", "q=x"),
        ("pages", "GET", "/admin/messages/", "person=alice&q="),
        ("pages", "GET", "/console", "q=x"),
    ],
)
def test_request_waits_in_the_lane_of_its_path(queue: str, method: str, path: str, query: str) -> None:
    handler = Handler()
    made = ASGIRequest(scope(path, query, method=method), BytesIO())
    assert handler._lane_of(made) is getattr(handler, f"_{queue}")


@pytest.mark.parametrize(("queue", "most"), [("reads", READS_EACH), ("searches", SEARCHES_EACH)])
async def test_slow_requests_of_one_address_leave_capacity_to_others(queue: str, most: int) -> None:
    line, alice = getattr(Handler(), f"_{queue}"), ("10.0.0.7", "", "alice")
    async with asyncio.timeout(30), AsyncExitStack() as slow:
        for _ in range(most):
            await slow.enter_async_context(line.turn(alice))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), line.turn(alice):
                pass
        async with line.turn(("10.0.0.8", "", "charlie")):
            pass


# What Django does before and after, the call itself, its connection, and a line in the log if it is refused.
ERRANDS = 5


@pytest.mark.parametrize(
    ("path", "query", "status"), [("/grpinfo", "groupid=1", 200), ("/api/v1/groups/1", "", 401)]
)
async def test_api_call_switches_threads_a_few_times_only(
    path: str, query: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    errands = []
    do: Any = SyncToAsync.thread_handler

    def count(self: Any, *scope_of_request: Any, **named: Any) -> Any:
        errands.append(self)
        return do(self, *scope_of_request, **named)

    monkeypatch.setattr(SyncToAsync, "thread_handler", count)
    await _answer(Handler(), scope(path, query), status=status)
    assert 1 <= len(errands) <= ERRANDS
