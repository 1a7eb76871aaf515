"""Processes behind one address that use different databases notice each other; those that use one do not."""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
import redis
from pytest_django import Settings

from chat.delivery.cluster.installation import Database
from im66.operating import one_database
from im66.operating.one_database import Claims
from testkit.availability import running
from testkit.phone import Phone
from testkit.server import Server
from testkit.services import Redis
from tests.support.probing import ask, failed
from tests.support.settings import override
from tests.support.waiting import until

OURS, THEIRS = Database("1", "SQLite here"), Database("2", "PostgreSQL there")
WARNING = "Another process serves"
TOKEN = "m" * 16


def _take(*claimed: dict[Database, int]) -> Claims:
    claims = Claims()
    for each in claimed:
        claims.update(OURS, each)
    return claims


class TestClaims:
    def test_one_database_with_two_descriptions_is_no_conflict(self) -> None:
        another_description = OURS._replace(description="SQLite over there")
        assert not _take({OURS: 1, another_description: 1}).others

    def test_claim_of_another_database_counts_at_once(self) -> None:
        assert _take({OURS: 1, THEIRS: 1}).others == ["PostgreSQL there"]

    def test_expired_claim_is_forgotten(self) -> None:
        """Twice: a process that ends takes back the claim that others of its database renew."""
        assert _take({THEIRS: 1}, {OURS: 2}).others == ["PostgreSQL there"]
        assert _take({THEIRS: 1}, {OURS: 2}, {OURS: 3}).others == []

    def test_other_database_is_logged_only_if_claimed_again(self, caplog: pytest.LogCaptureFixture) -> None:
        """The first claim may be that of a process which was killed before this one began."""
        _take({THEIRS: 1}, {THEIRS: 1}, {}, {})
        assert not caplog.messages
        _take({THEIRS: 1}, {THEIRS: 2}, {THEIRS: 3}, {}, {})
        warned, over = caplog.messages
        assert warned.startswith(WARNING)
        assert "PostgreSQL there" in warned
        assert "SQLite here" in warned
        assert "one database again" in over


class TestProof:
    def test_claim_is_valid_with_the_same_secret_key(self, settings: Settings) -> None:
        override(settings, production=True)
        assert one_database._verified(one_database._signed(THEIRS).encode()) == THEIRS

    @pytest.mark.parametrize("forged", [b"", b"{}", b"\xff", bytes(40)])
    def test_production_ignores_forged_database_claims(self, forged: bytes, settings: Settings) -> None:
        without_key = one_database._signed(THEIRS).encode()
        override(settings, production=True)
        assert one_database._verified(forged) is None
        assert one_database._verified(without_key) is None

    def test_claim_cannot_inject_log_lines(self) -> None:
        forged = one_database._signed(THEIRS._replace(description="x\nERROR all is lost"))
        assert one_database._verified(forged.encode()) is None


Start = Callable[..., Server]


@pytest.fixture
def shared() -> Iterator[Redis]:
    with running(Redis()) as service:
        yield service


@pytest.fixture
def start(shared: Redis, tmp_path: Path) -> Iterator[Start]:
    """Starts a server on one Redis, with data in the folder of that name."""
    with ExitStack() as ending:

        def start(name: str, folder: str, **settings: str) -> Server:
            server = Server(tmp_path / folder, REDIS_URL=shared.url, IM66_METRICS_TOKEN=TOKEN, **settings)
            server.data_dir.mkdir(exist_ok=True)
            server.log = tmp_path / f"{name}.log"
            server.prepare()
            server.start()
            ending.callback(server.stop)
            return server

        yield start


def figure(server: Server) -> float:
    """What tells of other databases."""
    token = {"Authorization": f"Bearer {TOKEN}"}
    with urlopen(Request(f"{server.http}/metrics", headers=token), timeout=30) as page:
        (result,) = re.findall(r"^im66_other_databases (\S+)$", page.read().decode(), re.MULTILINE)
    return float(result)


def _scores(server: Server) -> list[float]:
    with redis.Redis.from_url(server.environment["REDIS_URL"]) as client:
        return [
            score
            for key in client.keys("im66.databases.*")
            for _, score in client.zrange(key, 0, -1, withscores=True)
        ]


def _until_all_have_looked(server: Server) -> None:
    """Every process has claimed its database, and looked at the claims of the others since."""
    for _ in range(3):
        before = min(_scores(server), default=0.0)
        until(lambda: min(_scores(server), default=0.0) > before)  # noqa: B023


@pytest.mark.slow
async def test_two_databases_behind_one_address_are_detected(
    start: Start, shared: Redis, tmp_path: Path
) -> None:
    one = start("one", "data")
    assert failed(one) == []
    one.run_python("from chat.delivery.cluster.installation import installation_key; installation_key()")
    one.stop()
    # A copy has the same key in it.
    shutil.copytree(tmp_path / "data", tmp_path / "copy")
    one.start()
    other = start("other", "copy")
    assert failed(other) == ["other_database"], "it must not be ready at all"
    until(lambda: failed(one) == ["other_database"])
    assert [figure(server) for server in (one, other)] == [1, 1]
    assert str(tmp_path / "copy") in ask(one, "/readyz")[1]["failed"]["other_database"]
    for server in (one, other):
        until(lambda: WARNING in server.log.read_text())  # noqa: B023
        assert server.log.read_text().count(WARNING) == 1
    async with Phone(one.entry, "alice") as alice, Phone(other.entry, "bob") as bob:
        await alice.text("bob", "stays here")
        assert await bob.receives_nothing()
    other.stop()
    until(lambda: failed(one) == [])
    assert figure(one) == 0
    other.start()
    until(lambda: failed(one) == ["other_database"])
    shared.stop()
    until(lambda: failed(one) == [] == failed(other))


@pytest.mark.slow
def test_two_processes_with_one_database_are_ready(start: Start) -> None:
    one, other = start("one", "data"), start("other", "data")
    _until_all_have_looked(one)
    assert [failed(one), failed(other)] == [[], []]
    with redis.Redis.from_url(one.environment["REDIS_URL"]) as client:
        client.flushall()
    _until_all_have_looked(one)
    assert [failed(one), failed(other)] == [[], []]
    assert WARNING not in one.log.read_text() + other.log.read_text()


@pytest.mark.slow
def test_two_addresses_may_share_a_redis(start: Start) -> None:
    one = start("one", "data", IM66_PUBLIC_URL="https://chat.example")
    other = start("other", "more", IM66_PUBLIC_URL="https://staging.example")
    _until_all_have_looked(one)
    assert [failed(one), failed(other)] == [[], []]
