"""Whatever a call is, what is wrong is told in one form, under each server program."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.server import Server
from testkit.services import Postgres, Unavailable
from tests.api.over_the_network.shapes import error
from tests.json.places import SERVERS
from tests.support.api import Remote
from tests.support.axes import NAMES

NOWHERE = error(404, "not_found", "There is nothing here.")


async def test_paths_and_methods_that_are_not_there(alice: Remote) -> None:
    for method in ("GET", "POST", "PUT", "DELETE"):
        assert (await alice.send(method, "nowhere")).outcome == NOWHERE
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        answer = await alice.send(method, "me")
        assert answer.outcome == error(405, "malformed", "This path does not know the method.")
        assert answer.headers["Allow"] == "GET, HEAD, PATCH"


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
