"""Token mode: who logs in proves it, and nobody else gets anything."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.conftest import MakeServer
from tests.support.tokens import IN_TOKEN_MODE, pem, rsa_key, signed, token
from tests.wire.conftest import Cast

pytestmark = pytest.mark.slow

MISSING = "error_401_log in with a token"
BAD = "error_401_the token is not valid"
EXPIRED = "error_401_the token has expired"
OF_ANOTHER = "error_401_the token is for another userid"
UNKNOWN = "error_404_no such user"
LOCKED = "error_403_this account is locked"
FORGED = "a-secret-that-somebody-else-has-made-up"


def create(server: Server, *userids: str, **fields: object) -> None:
    """People, as an operator creates them."""
    code = "from accounts.models import User\n" + "\n".join(
        f"User.objects.create_user({userid!r}, **{fields!r})" for userid in userids
    )
    server.run_python(code)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that believes nobody, and takes no token late."""
    with Server(tmp_path_factory.mktemp("strict"), IM66_TOKEN_LEEWAY_SECONDS="0", **IN_TOKEN_MODE) as server:
        yield server


@pytest.fixture
def people(strict: Server, cast: Cast) -> Cast:
    """All three exist."""
    create(strict, *cast)
    return cast


@pytest.fixture
async def bob(strict: Server, people: Cast) -> AsyncIterator[Phone]:
    async with Phone(strict.entry) as phone:
        await log_in(phone, people.bob)
        yield phone


async def log_in(phone: Phone, userid: str, **claims: object) -> None:
    """Return when the login has taken effect."""
    phone.userid = userid
    await phone.send(f"login_{userid}_{token(userid, **claims)}")  # type: ignore[arg-type]
    await phone.settle()


async def answer(phone: Phone, frame: str) -> str:
    await phone.send(frame)
    return await phone.receive()


@pytest.mark.promise("token-login-1")
async def test_socket_login_by_token(strict: Server, people: Cast, bob: Phone) -> None:
    async with Phone(strict.entry) as alice:
        await log_in(alice, people.alice)
        await alice.text(people.bob, "here I am")
        assert (await bob.message()).sender == people.alice
        await bob.text(people.alice, "so am I")
        assert (await alice.message()).sender == people.bob


@pytest.mark.promise("token-login-1", "error-4")
async def test_socket_login_needs_a_valid_token(strict: Server, people: Cast) -> None:
    alice = people.alice
    async with Phone(strict.entry) as phone:
        assert await answer(phone, f"login_{alice}") == MISSING
        assert await answer(phone, f"login_{alice}_") == MISSING
        assert await answer(phone, f"login_{alice}_{alice}") == BAD
        assert await answer(phone, f"login_{alice}_{token(alice, FORGED)}") == BAD
        assert await answer(phone, f"login_{alice}_{token(alice, seconds=-1)}") == EXPIRED
        assert await answer(phone, f"login_{alice}_{token(people.bob)}") == OF_ANOTHER
        assert await answer(phone, f"records_{people.bob}_0") == "error_401_log in first"
        await log_in(phone, alice)
        assert await phone.receives_nothing()


@pytest.mark.promise("token-login-2", "error-13")
async def test_unknown_person_is_refused_in_token_mode(strict: Server, cast: Cast) -> None:
    async with Phone(strict.entry) as phone:
        assert await answer(phone, f"login_{cast.alice}_{token(cast.alice)}") == UNKNOWN
    assert strict.query(f"SELECT * FROM accounts_user WHERE userid = '{cast.alice}'") == []


@pytest.mark.promise("token-login-4")
async def test_failed_login_keeps_the_session(strict: Server, people: Cast, bob: Phone) -> None:
    create(strict, f"{people.alice}-locked", is_active=False)
    async with Phone(strict.entry) as phone:
        await log_in(phone, people.alice)
        for failing, error in [
            (f"login_{people.charlie}", MISSING),
            (f"login_{people.charlie}_x", BAD),
            (f"login_{people.alice}_x", BAD),
            (f"login_{people.charlie}_{token(people.alice)}", OF_ANOTHER),
            (f"login_{people.alice}-unknown_{token(f'{people.alice}-unknown')}", UNKNOWN),
            (f"login_{people.alice}-locked_{token(f'{people.alice}-locked')}", LOCKED),
        ]:
            assert await answer(phone, failing) == error
            await bob.text(people.alice, error)
            assert (await phone.receive()).startswith(f"text_{people.bob}_error")
        await phone.text(people.bob, "still Alice")
        assert (await bob.message()).sender == people.alice


class TestRunningOut:
    @pytest.mark.promise("token-login-5", "error-4")
    async def test_expired_token_logs_out_the_socket(self, strict: Server, people: Cast, bob: Phone) -> None:
        async with Phone(strict.entry) as alice:
            await log_in(alice, people.alice, seconds=2)
            await bob.text(people.alice, "in time")
            assert (await alice.message()).content == "in time"
            assert await alice.receive() == EXPIRED
            await bob.text(people.alice, "too late")
            await bob.settle()
            assert await alice.receives_nothing()
            assert await answer(alice, f"text_{people.bob}_hi_unicast_") == "error_401_log in first"
            await log_in(alice, people.alice)
            # What was sent on this connection before is not sent again.
            assert (await alice.message()).content == "too late"
            assert await alice.receives_nothing()

    @pytest.mark.promise("token-login-6")
    async def test_login_with_a_new_token_renews_the_session(
        self, strict: Server, people: Cast, bob: Phone
    ) -> None:
        async with Phone(strict.entry) as alice:
            await log_in(alice, people.alice, seconds=2)
            ends = time.time() + 2.5
            number = 0
            while time.time() < ends:
                number += 1
                await bob.text(people.alice, str(number))
                if number % 5 == 0:
                    seconds = 2 if time.time() + 1.5 < ends else 60
                    await alice.send(f"login_{people.alice}_{token(people.alice, seconds=seconds)}")
                await asyncio.sleep(0.02)
            await bob.text(people.alice, "last")
            expected = [*map(str, range(1, number + 1)), "last"]
            assert await alice.contents_until("last") == expected
            assert await alice.receives_nothing()


@pytest.mark.promise("token-login-3")
async def test_connection_limit_is_checked_only_after_the_proof(make_server: MakeServer) -> None:
    """Whoever proves nothing is told nothing of how many connections somebody has."""
    server = make_server(IM66_MAX_CONNECTIONS_PER_USER="1", **IN_TOKEN_MODE)
    create(server, "alice")
    async with Phone(server.entry) as first, Phone(server.entry) as second:
        await log_in(first, "alice")
        assert await answer(second, "login_alice_x") == BAD
        assert await answer(second, f"login_alice_{token('alice')}") == "error_403_too many connections"


@pytest.mark.promise("token-login-3", "token-login-7")
async def test_login_without_proof_retires_no_older_connection(make_server: MakeServer) -> None:
    server = make_server(IM66_LEGACY_CONNECTIONS="newest", **IN_TOKEN_MODE)
    create(server, "alice", "bob")
    async with Phone(server.entry) as older, Phone(server.entry) as newer, Phone(server.entry) as bob:
        await log_in(older, "alice")
        await log_in(bob, "bob")
        assert await answer(newer, "login_alice_x") == BAD
        await bob.text("alice", "to the older")
        assert (await older.message()).content == "to the older"
        await log_in(newer, "alice")
        await bob.text("alice", "to the newer")
        assert (await newer.message()).content == "to the newer"
        assert await older.receives_nothing()
        # An older one that logs in again is the newest, and no mere renewal.
        await log_in(older, "alice")
        await bob.text("alice", "to the older again")
        assert (await older.message()).content == "to the older again"
        assert await newer.receives_nothing()


@pytest.mark.promise("token-login-2")
async def test_valid_token_creates_the_person_if_enabled(make_server: MakeServer) -> None:
    server = make_server(IM66_TOKEN_CREATES_USERS="true", **IN_TOKEN_MODE)
    async with Phone(server.entry) as phone:
        assert await answer(phone, f"login_alice_{token('alice', FORGED)}") == BAD
        assert server.query("SELECT userid FROM accounts_user") == []
        await log_in(phone, "alice", nickname="爱丽丝", avatar="https://host.example/a.png")
    rows = server.query("SELECT userid, nickname, avatar FROM accounts_user")
    assert rows == [("alice", "爱丽丝", "https://host.example/a.png")]


@pytest.mark.promise("token-login-9")
async def test_token_keys_are_reloaded_while_the_server_runs(
    make_server: MakeServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("keys") / "keys.pem"
    path.write_bytes(pem(rsa_key()))
    server = make_server(IM66_AUTH="token", IM66_TOKEN_KEYS=str(path))
    create(server, "alice")
    old, new = (f"login_alice_{signed(rsa_key(number), 'RS256')}" for number in (0, 1))
    async with Phone(server.entry) as phone:
        assert await answer(phone, new) == BAD
        phone.userid = "alice"
        await phone.send(old)
        await phone.settle()
        path.write_bytes(pem(rsa_key(1)))
        await asyncio.sleep(2.5)
        assert await answer(phone, old) == BAD
        await phone.send(new)
        assert await phone.receives_nothing()
