"""Who does too much is told to wait, and nobody else is."""

import asyncio
import json
import re
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import pytest

from testkit import recordings
from testkit.phone import Phone
from testkit.server import Server
from testkit.uploading import upload, upload_from
from tests.conftest import MakeServer
from tests.support.calls import OK, call
from tests.support.tokens import IN_TOKEN_MODE, token
from tests.wire.conftest import Cast

pytestmark = pytest.mark.slow

# Nothing comes again while a test runs.
NEVER = 1_000_000
ELSEWHERE = "127.0.0.2"
ALONE = {"IM66_PEOPLE_PER_ADDRESS": "1"}
UPLOADS, REFUSALS = 3, 50

Enter = Callable[..., Any]


@pytest.fixture
async def enter() -> AsyncIterator[Enter]:
    """Logs somebody in on a connection that ends with the test."""
    async with AsyncExitStack() as open_phones:

        async def enter(server: Server, userid: str, address: str = "127.0.0.1") -> Phone:
            phone = Phone(server.entry)
            phone._socket = await phone.open_connection(local_addr=(address, 0))
            open_phones.push_async_callback(phone.say_goodbye)
            if userid:
                phone.userid = userid
                await phone.send(f"login_{userid}")
            return phone

        yield enter


def refusals(server: Server, by: str) -> list[str]:
    """What the log says of them."""
    return [line for line in server.log.read_text().splitlines() if f"by {by}: refused" in line]


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """It limits what people do. Each test has people of its own."""
    limits = {
        "IM66_LIMIT_MESSAGES": "5/15",
        "IM66_LIMIT_BYTES": f"1000/{NEVER}",
        "IM66_LIMIT_QUERIES": "4/20",
        "IM66_LIMIT_LOGINS": f"3/{NEVER}",
        "IM66_LIMIT_GROUPS": f"2/{NEVER}",
        "IM66_LIMIT_REFUSALS": f"{REFUSALS}/{NEVER}",
    }
    with Server(tmp_path_factory.mktemp("limited"), **limits) as server:
        yield server


class TestMessages:
    @pytest.mark.promise("error-16")
    async def test_messages_beyond_the_limit_are_refused_for_a_while(
        self, limited: Server, enter: Enter, cast: Cast
    ) -> None:
        server = limited
        alice, bob, charlie = [await enter(server, name) for name in cast]
        for number in range(20):
            await alice.text(cast.bob, f"text {number}")
        assert await bob.contents(5) == [f"text {number}" for number in range(5)]
        for _ in range(15):
            assert re.fullmatch("error_429_too many messages, wait [123] seconds?", await alice.receive())
        await charlie.text(cast.bob, "others are not refused")
        assert await bob.contents(1) == ["others are not refused"]
        await asyncio.sleep(3.1)
        await alice.text(cast.bob, "after a while")
        assert await bob.contents(1) == ["after a while"]
        assert await bob.receives_nothing()
        stored = server.query(f"SELECT count(*) FROM log_message WHERE recipient_id = '{cast.bob}'")
        assert stored == [(7,)]
        assert len(refusals(server, repr(cast.alice))) == 1


@pytest.mark.promise("error-16")
async def test_bytes(limited: Server, enter: Enter, cast: Cast) -> None:
    alice, bob = await enter(limited, cast.alice), await enter(limited, cast.bob)
    await alice.text(cast.bob, "汉" * 300)
    assert await bob.contents(1) == ["汉" * 300]
    await alice.text(cast.bob, "x" * 101)
    assert (await alice.receive()).startswith("error_429_too many bytes, wait ")
    await alice.text(cast.bob, "x" * 50, "y" * 50)
    assert await bob.contents(1) == ["x" * 50]
    await bob.text(cast.alice, "z" * 1000)
    assert await alice.contents(1) == ["z" * 1000]


@pytest.mark.promise("error-21")
async def test_frames_after_too_many_refusals_are_delayed(limited: Server, enter: Enter, cast: Cast) -> None:
    alice, bob, charlie = [await enter(limited, name) for name in cast]
    for _ in range(REFUSALS + 1):
        await alice.send("nonsense")
    await alice.text(cast.charlie, "Alice waits")
    for _ in range(REFUSALS + 1):
        assert await alice.receive() == "error_400_unknown verb"
    await bob.text(cast.charlie, "Bob does not")
    assert await charlie.contents(2) == ["Bob does not", "Alice waits"]
    assert len(refusals(limited, repr(cast.alice))) == 1


@pytest.mark.promise("error-16", "call-39")
async def test_queries(limited: Server, enter: Enter, cast: Cast) -> None:
    server = limited
    alice, bob = await enter(server, cast.alice), await enter(server, cast.bob)
    of_bob = f"records_{cast.bob}_0"
    for query in (f"{of_bob}_unicast", "members_17", of_bob, "records_17_0_group"):
        await alice.send(query)
        assert not (await alice.receive()).startswith("error_429_")
    for query in ("members_17", of_bob):
        await alice.send(query)
        assert (await alice.receive()).startswith("error_429_too many queries, wait ")
    await bob.send(f"records_{cast.alice}_0")
    assert (await bob.receive()).startswith(f"records_{cast.alice}_")
    reply = await call(server, "querymygrps", userid=cast.alice)
    assert reply["code"] == 6
    assert re.fullmatch(r"Too fast\. Try again in [1-5] s\.", reply["message"])
    assert (await call(server, "querymygrps", userid=cast.charlie))["code"] == 1
    await asyncio.sleep(5.1)
    assert (await call(server, "querymygrps", userid=cast.alice))["code"] == 1


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {**IN_TOKEN_MODE, **ALONE, "IM66_TOKEN_CREATES_USERS": "true"}
    limits = {"IM66_LIMIT_QUERIES": f"2/{NEVER}", "IM66_LIMIT_LOGINS": f"3/{NEVER}"}
    with Server(tmp_path_factory.mktemp("strict"), **settings, **limits) as server:
        yield server


class TestGroupCalls:
    async def test_group_calls_count_against_the_query_limit(self, make_server: MakeServer) -> None:
        server = make_server(IM66_LIMIT_QUERIES=f"2/{NEVER}", **ALONE)
        calls: list[tuple[str, dict[str, str], int]] = [
            ("creategrp", {"creator": "alice", "members": "bob", "name": "g"}, 1),
            ("creategrp", {"creator": "charlie", "members": "bob", "name": "x" * 101}, 2),
            ("addmembers", {"groupid": "17", "members": "bob"}, 3),
            ("delmembers", {"groupid": "17", "members": "bob"}, 3),
            ("editgrp", {"groupid": "17", "name": "g"}, 3),
            ("grpinfo", {"groupid": "nonsense"}, 2),
        ]
        for number, (path, fields, code) in enumerate(calls, 3):
            address = f"127.0.0.{number}"
            replies = [await asyncio.to_thread(_call_from, address, server, path, **fields) for _ in range(3)]
            assert [one["code"] for one in replies] == [code, code, 6], path

    async def test_bad_proofs_use_up_nothing(self, strict: Server) -> None:
        for _ in range(3):
            assert (await call(strict, "grpinfo", groupid="17", access_token="x.y.z"))["code"] == 4
        assert (await call(strict, "grpinfo", groupid="17", access_token=token("alice")))["code"] == 3


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("guarded"), IM66_LIMIT_CONNECTS="3/15", **ALONE) as server:
        yield server


class TestConnects:
    @pytest.mark.promise("socket-20")
    async def test_connections_beyond_the_limit_are_closed(self, guarded: Server, enter: Enter) -> None:
        first = [await enter(guarded, f"person{number}") for number in range(3)]
        fourth = await enter(guarded, "")
        assert (await fourth.receive()).startswith("error_429_too many connections, wait ")
        assert await fourth.close_code() == 4429
        await first[0].text("person1", "who is here stays")
        assert await first[1].contents(1) == ["who is here stays"]
        bob = await enter(guarded, "bob", ELSEWHERE)
        await bob.text("person2", "from elsewhere")
        assert await first[2].contents(1) == ["from elsewhere"]
        await asyncio.sleep(5.1)
        late = await enter(guarded, "late")
        await late.text("person2", "after a while")
        assert await first[2].contents(1) == ["after a while"]

    async def test_throttled_connection_closed_early_leaves_nothing(self, guarded: Server) -> None:
        third = "127.0.0.3"
        for _ in range(10):
            with socket.create_connection(("127.0.0.1", guarded.port), source_address=(third, 0)) as raw:
                raw.sendall(
                    b"GET /entry HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                    b"Connection: Upgrade\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
                    b"Sec-WebSocket-Version: 13\r\n\r\n"
                )
        await asyncio.sleep(2)
        assert "Traceback" not in guarded.log.read_text()
        assert len(refusals(guarded, repr(third))) == 1


class TestLogins:
    @pytest.mark.promise("error-16")
    async def test_logins_on_one_connection_are_limited(
        self, limited: Server, enter: Enter, cast: Cast
    ) -> None:
        phone, bob = await enter(limited, "one"), await enter(limited, cast.bob)
        await phone.send("login_two")
        await phone.send("login_three")
        await phone.send("login_four")
        assert (await phone.receive()).startswith("error_429_too many logins, wait ")
        await phone.text(cast.bob, "three is still logged in")
        assert (await bob.message()).sender == "three"

    async def test_failed_logins_do_not_lock_out_others_at_the_address(
        self, strict: Server, enter: Enter
    ) -> None:
        server = strict
        mallories = [await enter(server, "alice_x.y.z") for _ in range(5)]
        answers = [await mallory.receive() for mallory in mallories]
        assert [answer[:9] for answer in answers] == ["error_401"] * 3 + ["error_429"] * 2
        people = [await enter(server, f"{name}_{token(name)}") for name in ("a", "b", "c", "d")]
        for person in people:
            assert await person.receives_nothing()
        mallory = await enter(server, "alice_x.y.z")
        assert (await mallory.receive()).startswith("error_429_too many logins, wait ")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The address 127.0.0.1 has made as many people as it may: Alice, Bob and Charlie."""

    async def make() -> None:
        for name in ("alice", "bob", "charlie"):
            async with Phone(server.entry, name):
                pass

    folder = tmp_path_factory.mktemp("full")
    with Server(folder, IM66_LIMIT_USERS=f"3/{NEVER}", **ALONE) as server:
        asyncio.run(make())
        yield server


class TestNewPeople:
    async def test_login_of_a_new_person_beyond_the_limit_is_refused(
        self, full: Server, enter: Enter
    ) -> None:
        dora = await enter(full, "dora")
        assert (await dora.receive()).startswith("error_429_too many new people, wait ")
        assert full.query("SELECT 1 FROM accounts_user WHERE userid = 'dora'") == []

    @pytest.mark.promise("error-16")
    async def test_message_to_a_new_person_beyond_the_limit_is_refused(
        self, full: Server, enter: Enter
    ) -> None:
        alice, bob = await enter(full, "alice"), await enter(full, "bob")
        await alice.text("dora", "never")
        assert (await alice.receive()).startswith("error_429_too many new people, wait ")
        await alice.text("bob", "but to others")
        assert await bob.contents(1) == ["but to others"]
        assert "never" not in full.stored()

    @pytest.mark.promise("call-39")
    async def test_adding_new_people_beyond_the_limit_is_refused(self, full: Server) -> None:
        refused = await call(full, "creategrp", creator="alice", members="bob,dora", name="g")
        assert refused["code"] == 6
        made = await call(full, "creategrp", creator="alice", members="bob", name="g")
        group = made["data"]["groupid"]
        assert (await call(full, "addmembers", groupid=group, members="charlie,dora"))["code"] == 6
        assert await call(full, "addmembers", groupid=group, members="charlie") == OK
        rows = full.query("SELECT user_id FROM log_membership ORDER BY user_id")
        assert rows == [("alice",), ("bob",), ("charlie",)]


class TestGroups:
    @pytest.mark.promise("call-39")
    async def test_new_ones(self, limited: Server, cast: Cast) -> None:
        make = {"members": cast.bob, "name": "g"}
        for _ in range(2):
            assert (await call(limited, "creategrp", creator=cast.alice, **make))["code"] == 1
        for _ in range(2):
            assert (await call(limited, "creategrp", creator=cast.alice, **make))["code"] == 6
        assert (await call(limited, "creategrp", creator=cast.charlie, **make))["code"] == 1
        assert limited.query("SELECT count(*) FROM log_group") == [(3,)]

    @pytest.mark.promise("call-39")
    async def test_new_members(self, make_server: MakeServer) -> None:
        server = make_server(IM66_LIMIT_MEMBERSHIPS=f"6/{NEVER}", **ALONE)
        made = await call(server, "creategrp", creator="alice", members="a,b", name="g")
        group = made["data"]["groupid"]
        for _ in range(3):  # they are members already
            assert await call(server, "addmembers", groupid=group, members="a,b,alice") == OK
        assert (await call(server, "addmembers", groupid=group, members="a,b,c,d,e,f"))["code"] == 6
        assert await call(server, "addmembers", groupid=group, members="c,d,e") == OK
        assert (await call(server, "addmembers", groupid=group, members="f"))["code"] == 6
        elsewhere = await asyncio.to_thread(
            _call_from, ELSEWHERE, server, "addmembers", groupid=group, members="f"
        )
        assert elsewhere == OK


@pytest.fixture(scope="module")
def uploading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    limits = {
        "IM66_LIMIT_UPLOADS": f"{UPLOADS}/{NEVER}",
        "IM66_LIMIT_UPLOAD_BYTES": f"20000/{NEVER}",
    }
    with Server(tmp_path_factory.mktemp("uploading"), **limits, **ALONE) as server:
        yield server


class TestUploads:
    """Each from addresses of its own."""

    def test_uploads_beyond_the_limit_are_refused(self, uploading: Server) -> None:
        for number in range(UPLOADS):
            assert upload(uploading, "/upload/writev2", _picture(number)).code == 0
        assert upload(uploading, "/upload/writev2", _picture(UPLOADS)).code == 6
        assert upload_from(ELSEWHERE, uploading, "/upload/writev2", _picture(UPLOADS + 1)).code == 0
        # Before the body.
        with socket.create_connection(("127.0.0.1", uploading.port), timeout=10) as raw:
            raw.sendall(
                b"POST /upload/writev3 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n"
                b"Content-Type: multipart/form-data; boundary=x\r\n\r\n"
            )
            answer = b""
            while b"}" not in answer:
                answer += raw.recv(4096)
            assert b'"code":6' in answer

    def test_bytes(self, uploading: Server) -> None:
        def send(content: bytes) -> int:
            return upload_from("127.0.0.3", uploading, "/upload/writev2", content).code

        assert send(_picture(1) + b"\0" * 15_000) == 0
        assert send(_picture(2) + b"\0" * 15_000) == 6
        assert send(_picture(3)) == 0

    def test_bytes_of_which_the_head_does_not_tell(self, uploading: Server) -> None:
        chunked = {"Content-Type": "multipart/form-data; boundary=x", "Transfer-Encoding": "chunked"}
        with closing(HTTPConnection("127.0.0.1", uploading.port, source_address=("127.0.0.4", 0))) as sent:
            sent.request("POST", "/upload/writev2", _chunks(b"x" * 30_000), chunked)
            # Nothing can be read out of it, but it has arrived.
            assert json.loads(sent.getresponse().read())["code"] == 1
        assert upload_from("127.0.0.4", uploading, "/upload/writev2", _picture(1)).code == 6
        assert upload_from("127.0.0.5", uploading, "/upload/writev2", _picture(1)).code == 0

    def test_bytes_of_bodies_that_are_cut_off(self, uploading: Server) -> None:
        where = ("127.0.0.1", uploading.port)
        with socket.create_connection(where, timeout=10, source_address=("127.0.0.6", 0)) as raw:
            raw.sendall(
                b"POST /upload/writev2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 30001\r\n"
                b"Content-Type: multipart/form-data; boundary=x\r\n\r\n" + b"x" * 30_000
            )
            time.sleep(0.3)
        time.sleep(0.5)
        assert upload_from("127.0.0.6", uploading, "/upload/writev2", _picture(1)).code == 6
        assert upload_from("127.0.0.7", uploading, "/upload/writev2", _picture(1)).code == 0


def _picture(number: int) -> bytes:
    return recordings.photo(recordings.halves((64, 48)), "JPEG") + str(number).encode()


def _chunks(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


def _call_from(address: str, server: Server, path: str, **parameters: str) -> Any:
    connection = HTTPConnection("127.0.0.1", server.port, source_address=(address, 0))
    try:
        connection.request("GET", f"/{path}?{urlencode(parameters)}")
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()
