"""Token mode, where no server is needed to see it: rules, log, writer, and the order in which things end."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import pytest
from pytest_django import Settings

from accounts.authentication.authentication import Claim, UnknownPerson
from accounts.authentication.proofs import BadToken, Fault, Proof, ProofKind, token_proof
from accounts.codes import Cause, Name
from accounts.limits.limits import TooFast
from accounts.models import User
from accounts.selectors import avatar_url
from accounts.services import ensure_each
from chat import access
from chat.delivery import runtime
from chat.delivery.connection import connection as module
from chat.delivery.connection.client_link import ClientLink
from chat.delivery.connection.connection import Connection
from chat.delivery.runtime import Runtime
from chat.failures import CommandRefused
from chat.protocol.legacy import LegacyCodec
from chat.protocol.replies import Failure
from groups.services import create_group
from log import appending
from log.appending import Draft, append
from log.models import Group, Membership, Message
from log.rejections import Rejection
from server.sockets import PlainSocket
from tests.support.rests import finish
from tests.support.settings import override
from tests.support.tokens import SECRET, token

BOB, NOBODY = "bob", "nobody"


@pytest.fixture(autouse=True)
def token_mode(settings: Settings) -> None:
    override(settings, auth="token", token_secret=SECRET, token_leeway_seconds=0.0)


def unicast(content: str, to: str = BOB) -> Draft:
    return Draft("text", "alice", to, content, "")


class TestRules:
    def refusal(self, rule: Callable[[], object]) -> Failure:
        with pytest.raises(CommandRefused) as refused:
            rule()
        return refused.value.failure

    def test_a_claim_needs_its_proof(self) -> None:
        may_claim = access.may_claim(Claim(BOB, token_proof(token(BOB, exp=4_000_000_000))))
        assert (may_claim.profile.userid, may_claim.expires_at) == (BOB, 4_000_000_000)
        refusal = self.refusal(lambda: access.may_claim(Claim(BOB, token_proof(token("alice")))))
        assert refusal == Failure(Name.LOG_IN_FIRST, "the token is for another userid")

    def test_unknown_person_and_bad_token_have_their_errors(self) -> None:
        unknown = self.refusal(lambda: access.may_log_in(UnknownPerson(BOB)))
        assert unknown == Failure(Name.NOT_FOUND, "no such user")
        late = self.refusal(lambda: access.may_log_in(BadToken(Fault.EXPIRED)))
        assert late == Failure(Name.LOG_IN_FIRST, "the token has expired")

    def test_expired_token_and_ended_session_have_their_errors(self) -> None:
        by_session = Proof(ProofKind.SESSION, "x")
        events = (
            access.expiry_failure(Claim(BOB, token_proof("x"))),
            access.expiry_failure(Claim(BOB, by_session)),
        )
        assert events == (
            Failure(Name.LOG_IN_FIRST, "the token has expired"),
            Failure(Name.LOG_IN_FIRST, "log in again"),
        )


class TestTheLog:
    def test_invalid_drafts_are_rejected_and_their_neighbours_stored(self, open_group: Group) -> None:
        to_group = Draft("text", "charlie", open_group.pk, "by Charlie", "")
        appended = append([unicast("before"), unicast("lost", NOBODY), to_group, unicast("after")])
        before, lost, by_charlie, after = appended.outcomes
        assert (lost, by_charlie) == (Rejection(Cause.NO_SUCH_USER), Rejection(Cause.OUTSIDE))
        assert appended.batch.rows == (before, after)
        assert not User.objects.filter(pk=NOBODY).exists()

    def test_batch_without_known_recipients_is_empty(self, open_group: Group) -> None:
        appended = append([unicast("lost", NOBODY)])
        assert appended.outcomes == (Rejection(Cause.NO_SUCH_USER),)
        assert appended.batch.rows == ()


class TestTheWriter:
    @pytest.mark.promise("token-login-8")
    async def test_writer_reports_rejections_to_the_sender(self, run: Runtime, open_group: Group) -> None:
        for _ in range(2):  # whoever does not exist is not remembered
            good, lost = await self.put(run, unicast("hi")), await self.put(run, unicast("lost", NOBODY))
            outsider = await self.put(run, Draft("text", "charlie", open_group.pk, "lost", ""))
            assert (await good).content == "hi"
            assert await lost == Rejection(Cause.NO_SUCH_USER)
            assert await outsider == Rejection(Cause.OUTSIDE)

    async def test_known_recipients_are_not_looked_up_again(
        self, run: Runtime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looked_up: list[set[str]] = []

        def look_up(named: dict[str, set[str]]) -> dict[str, TooFast | None]:
            looked_up.append(set(named))
            return ensure_each(named)

        monkeypatch.setattr(appending, "ensure_each", look_up)
        for to in (BOB, BOB, NOBODY, BOB, NOBODY):
            await asyncio.wait([await self.put(run, unicast("hi", to))])
        assert looked_up == [{BOB}, {NOBODY}, {NOBODY}]

    async def test_recipient_deleted_since_the_lookup_is_rejected(self, run: Runtime) -> None:
        await (await self.put(run, unicast("first")))
        # The last row of a log stays.
        await (await self.put(run, Draft("text", "alice", "alice", "last", "")))
        await run.threads.write(_remove_bob)
        assert await (await self.put(run, unicast("again"))) == Rejection(Cause.NO_SUCH_USER)

    async def put(self, run: Runtime, draft: Draft) -> "asyncio.Future[Any]":
        known_at = None if isinstance(draft.to, int) else run.hub.cursor
        return await run.writer.enqueue(draft, known_at)


class Session:
    """Somebody logged in, who notes how it goes on."""

    def __init__(self, userid: str) -> None:
        self.userid = userid
        self.sent_id = 0
        self.is_retired = False
        self.renewed = 0
        self.ends: list[bool] = []
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def renew(self, claim: Claim) -> None:
        await self.may_go_on.wait()
        self.renewed += 1

    async def start(self) -> None:
        pass

    def leave(self) -> None:
        pass

    async def close(self, *, clean: bool) -> None:
        self.ends.append(clean)


class Client:
    """A connection without a server, and all sessions opened on it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.got: list[str] = []
        self.sessions: list[Session] = []
        self.checked: list[str] = []
        self.may_check = asyncio.Event()
        self.may_check.set()
        self.closed_with: list[int] = []
        # Ends the last session.
        self.turn_out: Callable[[Failure], None] | None = None
        self.refused: CommandRefused | None = None
        monkeypatch.setattr(module, "open_session", self._open)
        codec = LegacyCodec(avatar_url)
        self.connection = Connection(ClientLink(codec, self._take, PlainSocket()), self._close)

    async def logs_in(self, userid: str, **claims: Any) -> list[str]:
        """What that is answered."""
        self.got.clear()
        await finish(self.connection.receive(f"login_{userid}_{token(userid, **claims)}"))
        return list(self.got)

    async def _take(self, frame: str) -> None:
        self.got.append(frame)

    async def _close(self, code: int) -> None:
        self.closed_with.append(code)

    async def _open(self, claim: Claim, *rest: Any) -> Session:
        self.checked.append(claim.userid)
        await self.may_check.wait()
        if self.refused:
            raise self.refused
        await cast(Callable[[], Awaitable[int]], rest[2])()
        self.turn_out = cast(Callable[[Failure], None], rest[1])
        self.sessions.append(Session(claim.userid))
        return self.sessions[-1]


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    client = Client(monkeypatch)
    yield client
    await client.connection.end(clean=True)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


class TestOneConnection:
    @pytest.mark.promise("token-login-6")
    async def test_second_login_renews_the_session(self, client: Client) -> None:
        assert await client.logs_in("alice") == []
        assert await client.logs_in("alice") == []
        (session,) = client.sessions
        assert (session.renewed, session.ends) == (1, [])

    async def test_session_of_a_banned_person_ends_during_a_second_login(self, client: Client) -> None:
        await client.logs_in("alice")
        client.may_check.clear()
        logging_in = asyncio.create_task(client.logs_in(BOB))
        await until(lambda: client.checked == ["alice", BOB])
        assert client.turn_out
        client.turn_out(Failure.of(Cause.BANNED))
        client.may_check.set()
        await logging_in
        await until(lambda: bool(client.closed_with))
        assert [session.userid for session in client.sessions] == ["alice"]
        assert (client.got, client.closed_with) == (["error_403_this account is locked"], [4403])

    @pytest.mark.promise("token-login-4")
    async def test_login_as_another_person_replaces_the_session_once_accepted(self, client: Client) -> None:
        await client.logs_in("alice")
        client.refused = CommandRefused(Name.NOT_ALLOWED, "too many connections")
        assert await client.logs_in("bob") == ["error_403_too many connections"]
        assert client.sessions[0].ends == []
        client.refused = None
        assert await client.logs_in("bob") == []
        assert client.sessions[0].ends == [True]
        assert [session.userid for session in client.sessions] == ["alice", "bob"]

    async def test_login_on_an_older_connection_makes_it_the_newest(self, client: Client) -> None:
        await client.logs_in("alice")
        client.sessions[0].is_retired = True
        await client.logs_in("alice")
        assert client.checked == ["alice", "alice"]
        assert [session.ends for session in client.sessions] == [[True], []]

    @pytest.mark.promise("token-login-5")
    async def test_expired_token_ends_the_session_without_a_goodbye(self, client: Client) -> None:
        await client.logs_in("alice", seconds=1)
        await until(lambda: bool(client.got))
        assert client.got == ["error_401_the token has expired"]
        assert client.sessions[0].ends == [False]

    async def test_renewed_token_keeps_the_session(self, client: Client) -> None:
        await client.logs_in("alice", seconds=1)
        await client.logs_in("alice", seconds=60)
        await asyncio.sleep(1.2)
        assert client.got == []
        assert client.sessions[0].ends == []

    async def test_logout_cancels_the_expiry_of_the_token(self, client: Client) -> None:
        await client.logs_in("alice", seconds=1)
        await finish(client.connection.receive("logout_alice"))
        # Nothing keeps the connection once it is closed.
        assert not client.connection._expiry.is_set
        await asyncio.sleep(1.2)
        assert client.got == []

    async def test_late_renewal_is_a_new_login(self, client: Client) -> None:
        """The token runs out while the database is asked about the new one."""
        await client.logs_in("alice", exp=int(time.time()) + 1)
        client.sessions[0].may_go_on.clear()
        renewing = asyncio.create_task(client.logs_in("alice"))
        await until(lambda: client.sessions[0].ends == [False])
        client.sessions[0].may_go_on.set()
        await renewing
        assert [session.ends for session in client.sessions] == [[False], []]


class TestALogin:
    async def test_login_reads_the_database_once(self, run: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
        requests: list[str] = []
        ask = run.logins.load

        async def count(claim: Claim) -> Any:
            requests.append(claim.userid)
            return await ask(claim)

        async def take(_: object) -> None:
            pass

        monkeypatch.setattr(run.logins, "load", count)
        link = ClientLink(LegacyCodec(avatar_url), take, PlainSocket())
        connection = Connection(link, take)
        for userid in ("alice", BOB):
            await finish(connection.receive(f"login_{userid}_{token(userid)}"))
        assert run.hub.is_logged_in(BOB)
        assert not run.hub.is_logged_in("alice")
        await connection.end(clean=True)
        assert requests == ["alice", BOB]


@pytest.fixture
def open_group(settings: Settings, transactional_db: None) -> Group:
    """Of Alice and Bob; Charlie is outside. All three exist, and nobody else."""
    for userid in ("alice", BOB, "charlie"):
        User.objects.create_user(userid)
    return create_group("alice", [BOB], "群")


@pytest.fixture
async def run(open_group: Group) -> AsyncIterator[Runtime]:
    yield await runtime.current()
    await runtime.close_current()


def _remove_bob() -> None:
    Membership.objects.filter(user=BOB).delete()
    Message.objects.filter(recipient=BOB).delete()
    User.objects.get(pk=BOB).delete()
