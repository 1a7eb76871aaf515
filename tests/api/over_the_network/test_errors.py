"""Whatever a call is, what is wrong is told in one form, under each server program."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.server import Server
from testkit.services import Postgres, Unavailable
from tests.api.over_the_network.shapes import error
from tests.json.places import SERVERS
from tests.support.api import JSON, Remote
from tests.support.axes import NAMES

NOWHERE = error(404, "not_found", "There is nothing here.")


async def test_an_unknown_path_is_not_found_by_any_method(alice: Remote) -> None:
    for method in ("GET", "POST", "PUT", "DELETE"):
        assert (await alice.send(method, "nowhere")).outcome == NOWHERE


async def test_a_method_that_a_path_does_not_know(alice: Remote) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        answer = await alice.send(method, "me")
        assert answer.outcome == error(405, "malformed", "This path does not know the method.")
        assert answer.headers["Allow"] == "GET, HEAD, PATCH"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "The body is not JSON."),
        (b"\xff", "The body is not JSON."),
        (b'{"nickname": [' + b"[], " * 20_000 + b"1]}", "The body is not JSON."),
        (b"{" + b'"a":1, ' * 30_000 + b'"b":1}', "The body is not JSON."),
        (b"[]", "The body is not a JSON object."),
    ],
)
async def test_a_body_that_is_no_json_object(alice: Remote, body: bytes, reason: str) -> None:
    assert (await alice.send("PATCH", "me", body)).outcome == error(400, "malformed", reason)


async def test_a_long_body_may_have_texts_that_look_like_values(alice: Remote) -> None:
    for text in ("," * 30_000, "[{" * 15_000, "中" * 10_000):
        assert (await alice.send("PATCH", "me", json.dumps({"nickname": text}))).failed == (400, "invalid")


async def test_a_body_of_another_type(alice: Remote) -> None:
    for content_type, code, reason in (
        ("text/plain", 415, "The body is of another type than this call takes."),
        (f"{JSON}; charset=utf-16", 400, "The body must be in UTF-8."),
    ):
        answer = await alice.send("PATCH", "me", '{"nickname": "x"}', content_type)
        assert answer.outcome == error(code, "malformed", reason)
    assert (await alice.get("me")).said["nickname"] == ""


async def test_a_body_that_is_too_large(alice: Remote) -> None:
    answer = await alice.send("PATCH", "me", b" " * 2_700_000)
    assert answer.failed == (413, "too_long")


@pytest.fixture(params=NAMES)
def without_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A server whose PostgreSQL has stopped."""
    try:
        with (
            Postgres() as postgres,
            Server(tmp_path, SERVERS[request.param], DATABASE_URL=postgres.url) as server,
        ):
            asyncio.run(Remote(server, "alice").get("me"))
            postgres.stop()
            yield server
    except Unavailable as reason:
        unavailable(str(reason))


async def test_a_database_that_is_away(without_database: Server) -> None:
    alice = Remote(without_database, "alice")
    for answer in (await alice.get("users/alice"), await alice.post("groups", name="friends")):
        assert answer.outcome == error(503, "try_again", "The server is busy.")
        assert answer.headers["Retry-After"] == "1"
