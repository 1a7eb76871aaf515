"""A session follows the standing of its person at once, whenever it changes."""

import asyncio
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

import pytest

from accounts.account_status import EVERYTHING, session_digest
from accounts.authentication import authentication
from accounts.authentication.authentication import Claim, Denied, Person
from accounts.codes import Cause
from accounts.services import end_sessions, set_account_status
from chat.delivery.connection.client_link import NOTHING, Needs
from chat.delivery.connection.outbox import MAX_WINDOW_MESSAGES
from chat.delivery.connection.session import Session
from chat.failures import CommandRefused
from chat.protocol.commands import QueryRecords, Send
from chat.protocol.extensions import Naming, is_unreadable
from chat.protocol.replies import Failure, Records
from chat.reading import login_reads
from chat.reading.login_reads import LoginState
from log.models import Group
from tests.support.link import Link
from tests.support.stage import NEWEST_ONLY, SECONDS, Stage, unicast

MUTE, UNMUTE = (partial(set_account_status, "bob", muted=muted) for muted in (True, False))
LOCK, UNLOCK = (partial(set_account_status, "bob", banned=locked) for locked in (True, False))
LOG_OUT_EVERYWHERE = partial(end_sessions, "bob", EVERYTHING)
BROWSER = session_digest("the key of a browser session")
LOG_OUT = partial(end_sessions, "bob", BROWSER)
OTHER_LOGS_OUT = partial(end_sessions, "bob", session_digest("another key"))
# Why a session ends.
ENDS = [
    (LOCK, Failure.of(Cause.BANNED)),
    (LOG_OUT_EVERYWHERE, Failure.of(Cause.LOG_IN_AGAIN)),
    (LOG_OUT, Failure.of(Cause.LOG_IN_AGAIN)),
]


@pytest.fixture
def by_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody is known by a browser session of this digest."""
    known = authentication.authenticate_all

    def authenticate_all(claims: Collection[Claim]) -> dict[Claim, Person | Denied]:
        return {
            claim: result._replace(session=BROWSER) if isinstance(result, Person) else result
            for claim, result in known(claims).items()
        }

    for module in (authentication, login_reads):
        monkeypatch.setattr(module, "authenticate_all", authenticate_all)


@pytest.mark.usefixtures("by_browser")
class TestStanding:
    async def test_muted_person_may_not_send_and_gets_the_reason(self, stage: Stage) -> None:
        bob = await stage.log_in("bob")
        await stage.written(MUTE)
        with pytest.raises(CommandRefused, match="muted"):
            await stage.send(bob, unicast("hi", to="alice"))
        await stage.send(await stage.log_in("alice"), unicast("hello"))
        assert await stage.contents(1) == ["hello"]
        await stage.written(UNMUTE)
        await stage.send(bob, unicast("hi", to="alice"))
        assert await stage.contents(2) == ["hello", "hi"]
        assert stage.ended == []

    async def test_mute_is_checked_without_a_database_query(self, stage: Stage) -> None:
        bob = await stage.log_in("bob")
        await stage.written(MUTE)
        with pytest.raises(CommandRefused, match="muted"):
            await stage.send(bob, Send("text", 10**6, "to a group that is not there", ""))

    @pytest.mark.promise("error-3")
    @pytest.mark.parametrize(("change", "why"), ENDS)
    async def test_all_sessions_of_the_person_end(
        self, stage: Stage, change: Callable[[], None], why: Failure
    ) -> None:
        bobs = [await stage.log_in("bob") for _ in range(3)]
        await stage.log_in("alice")
        await stage.written(change)
        assert stage.ended == [why] * 3
        for bob in bobs:
            with pytest.raises(CommandRefused, match=why.reason):
                await stage.send(bob, unicast("hi", to="alice"))

    async def test_logout_of_another_browser_session_does_not_end_the_socket(self, stage: Stage) -> None:
        bob = await stage.log_in("bob")
        await stage.written(OTHER_LOGS_OUT)
        await stage.send(bob, unicast("hi", to="alice"))
        assert stage.ended == []

    @pytest.mark.parametrize(("change", "why"), ENDS)
    async def test_older_sessions_of_a_banned_person_end_too(
        self, stage: Stage, change: Callable[[], None], why: Failure
    ) -> None:
        older = await stage.log_in("bob", needs=NEWEST_ONLY)
        await stage.log_in("bob", needs=NEWEST_ONLY)
        assert older.is_retired
        await stage.written(change)
        assert stage.ended == [why] * 2

    async def test_closed_session_is_not_ended_by_a_ban(self, stage: Stage) -> None:
        bob = await stage.log_in("bob")
        await bob.close(clean=True)
        await stage.written(LOCK)
        assert stage.ended == []

    async def test_mute_is_in_no_backlog_and_no_records(self, stage: Stage) -> None:
        await stage.log_in("bob", link := Link())
        await stage.log_in("alice")
        await stage.written(MUTE)
        await stage.written(UNMUTE)
        records = await stage.sessions[0].do(QueryRecords(0, user="bob"), print)
        assert isinstance(records, Records)
        assert (stage.frames, records.entries, records.more) == ([], [], False)
        assert link.followed

    async def test_message_still_waiting_for_names_is_rejected_after_a_mute(
        self, stage: Stage, group: Group, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bob = await stage.log_in("bob", needs=Needs(lacks_names=is_unreadable))
        event, answered = asyncio.Event(), asyncio.Event()

        async def naming(*_: object) -> Naming:
            event.set()
            await answered.wait()
            return Naming("Bob", "bob", None, "Alice", None)

        monkeypatch.setattr(stage.run.names, "naming", naming)
        sending = asyncio.create_task(stage.send(bob, unicast("hi", to="alice")))
        await event.wait()
        await stage.written(MUTE)
        answered.set()
        with pytest.raises(CommandRefused, match="muted"):
            await sending
        assert await stage.extensions() == []

    async def test_message_stored_before_a_ban_is_delivered(self, stage: Stage) -> None:
        alice, bob = await stage.log_in("alice"), await stage.log_in("bob")
        await stage.send(bob, unicast("hi", to="alice"))
        await stage.run.writer.drain()
        await stage.written(LOCK)
        assert stage.ended == [Failure.of(Cause.BANNED)]
        assert len(await stage.extensions()) == 1
        assert await stage.contents(1) == ["hi"]
        alice.leave()


class TestWhatWaitsToBeWritten:
    """Bob has sent as much as he may before it is written. The change is written first."""

    @pytest.fixture
    async def bob(self, stage: Stage) -> Session:
        return await stage.log_in("bob")

    async def _change(self, stage: Stage, bob: Session, change: Callable[[], object]) -> None:
        for _ in range(MAX_WINDOW_MESSAGES):
            await stage.send(bob, unicast("hi", to="alice"))
        assert not stage.answers
        await stage.run.threads.write(change)

    @pytest.mark.promise("error-8")
    @pytest.mark.parametrize("is_late", [False, True])
    async def test_pending_message_of_muted_sender_is_refused(
        self, stage: Stage, bob: Session, is_late: bool
    ) -> None:
        with unheard(stage) if is_late else nullcontext():
            await self._change(stage, bob, MUTE)
            assert await stage.extensions() == []
        assert stage.answers == [Failure.of(Cause.MUTED)] * MAX_WINDOW_MESSAGES
        assert stage.ended == []

    @pytest.mark.parametrize("is_late", [False, True])
    async def test_pending_message_of_banned_sender_is_dropped_with_the_session(
        self, stage: Stage, bob: Session, is_late: bool
    ) -> None:
        with unheard(stage) if is_late else nullcontext():
            await self._change(stage, bob, LOCK)
            assert await stage.extensions() == []
        assert (stage.answers, stage.ended) == ([], [Failure.of(Cause.BANNED)])
        with pytest.raises(CommandRefused, match="locked"):
            await stage.send(bob, unicast("hi", to="alice"))
        await stage.written(int)
        assert stage.ended == [Failure.of(Cause.BANNED)]

    async def test_late_ban_does_not_end_a_session_already_left(self, stage: Stage, bob: Session) -> None:
        with unheard(stage):
            await self._change(stage, bob, LOCK)
            bob.leave()
            assert await stage.extensions() == []
        assert (stage.answers, stage.ended) == ([], [])

    async def test_pending_messages_of_an_ended_session_are_stored(self, stage: Stage, bob: Session) -> None:
        await self._change(stage, bob, LOG_OUT_EVERYWHERE)
        assert len(await stage.extensions()) == MAX_WINDOW_MESSAGES


@contextmanager
def unheard(stage: Stage) -> Iterator[None]:
    """The hub does not hear of what is written in the block, until it reads the log."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage.run.hub, "receive", lambda batch: None)
        yield


class Pause:
    """Holds up logins at the first of these calls that they come to, until `go_on`."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._may_go_on = threading.Event()

    def __call__(self) -> None:
        self.reached.set()
        assert self._may_go_on.wait(SECONDS)

    def go_on(self) -> None:
        self._may_go_on.set()


@pytest.mark.usefixtures("by_browser")
class TestStandingWhileLoggingIn:
    """The change is written before the person is read, after that, or once all is read. It is applied here at
    once, or only when the login has read everything."""

    @pytest.fixture(params=["before the person", "after the person", "at the end"])
    def held(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Pause:
        pause = Pause()
        known = authentication.authenticate_all

        def authenticate_all(claims: Collection[Claim]) -> dict[Claim, Person | Denied]:
            if request.param == "before the person":
                pause()
            result = known(claims)
            if request.param == "after the person":
                pause()
            return result

        def login_state(*fields: Any) -> LoginState:
            if request.param == "at the end":
                pause()
            return LoginState(*fields)

        monkeypatch.setattr(login_reads, "authenticate_all", authenticate_all)
        monkeypatch.setattr(login_reads, "LoginState", login_state)
        return pause

    async def _log_in(
        self, stage: Stage, held: Pause, change: Callable[[], object], is_late: bool, needs: Needs
    ) -> Session | BaseException:
        logging_in = asyncio.create_task(stage.log_in("bob", needs=needs))
        await asyncio.to_thread(held.reached.wait, SECONDS)
        with unheard(stage) if is_late else nullcontext():
            await stage.run.threads.write(change)
            await asyncio.sleep(0.01)  # it is announced
        held.go_on()
        return (await asyncio.gather(logging_in, return_exceptions=True))[0]

    @pytest.mark.parametrize("needs", [NOTHING, NEWEST_ONLY])
    @pytest.mark.parametrize("is_late", [False, True])
    async def test_person_muted_during_login_may_not_send(
        self, stage: Stage, held: Pause, is_late: bool, needs: Needs
    ) -> None:
        bob = await self._log_in(stage, held, MUTE, is_late, needs)
        assert isinstance(bob, Session)
        await stage.written(int)
        with pytest.raises(CommandRefused, match="muted"):
            await stage.send(bob, unicast("hi", to="alice"))

    @pytest.mark.parametrize("needs", [NOTHING, NEWEST_ONLY])
    @pytest.mark.parametrize("is_late", [False, True])
    @pytest.mark.parametrize(("change", "why"), ENDS)
    async def test_person_banned_during_login_is_rejected_or_logged_out(
        self,
        stage: Stage,
        held: Pause,
        change: Callable[[], object],
        why: Failure,
        is_late: bool,
        needs: Needs,
    ) -> None:
        refused = await self._log_in(stage, held, change, is_late, needs)
        await stage.written(int)
        if isinstance(refused, CommandRefused):
            assert refused.failure == why
            assert stage.run.hub.connection_count("bob") == 0
            assert stage.run.newest.open_connections("bob") == 0
        else:
            assert stage.ended == [why]

    @pytest.mark.parametrize(("change", "undo"), [(MUTE, UNMUTE), (LOCK, UNLOCK)])
    async def test_login_after_a_lifted_ban_or_mute_succeeds(
        self, stage: Stage, held: Pause, change: Callable[[], None], undo: Callable[[], None]
    ) -> None:
        def both() -> None:
            change()
            undo()

        with unheard(stage):
            await stage.run.threads.write(both)
            await asyncio.sleep(0.01)
        bob = await self._log_in(stage, held, int, False, NOTHING)
        assert isinstance(bob, Session)
        await stage.send(bob, unicast("hi", to="alice"))
        assert stage.ended == []
