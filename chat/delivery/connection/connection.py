"""One connection: frames in, frames out, whether or not somebody is logged in on it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Any

from django.conf import settings
from django.db import Error as AnyDatabaseError

from accounts import refusals
from accounts.authentication.authentication import Claim, after_proof, claim_of
from accounts.authentication.proofs import Proof, by_token
from accounts.authentication.proving import Proven
from accounts.limits import limits
from chat import access
from chat.access import Refused
from chat.delivery.connection.client_link import ClientLink
from chat.delivery.connection.device_session import DeviceSession, open_device_session
from chat.delivery.connection.expiry import Expiry
from chat.delivery.connection.feed import ConnectionGone
from chat.delivery.connection.login_wait import LoginWait
from chat.delivery.connection.session import Session, check_login, check_proof, open_session
from chat.protocol.commands import (
    Acknowledge,
    Amend,
    Command,
    Hello,
    Login,
    Logout,
    MarkRead,
    Ping,
    QueryMembers,
    QueryRecords,
    Request,
    RequestId,
    Send,
    Type,
    WatchPresence,
)
from chat.protocol.replies import Accepted, Amended, Code, Done, Failure, Reply, Result
from chat.protocol.rows import LogId
from server.sockets import Rest

logger = logging.getLogger(__name__)

# What is added to a failure's code to close a socket with it.
CLOSE_CODES = 4000
TOO_MANY, TOO_LARGE = 4409, 4413
# How long the server tries to tell a client why it is turned away.
TELL_SECONDS = 1.0
# A longer text takes turns with those of others. Shorter ones take less time than to wait for a turn.
LONG_CHARACTERS = 8 * 1024
# A long text that is refused costs as much as a short one for each so many of its characters.
CHARACTERS_PER_CHARGE = 1024
# For how many logins it counts if a person logs in once more on the same connection. The Android app logs out
# and in on its newest connection for each of its connections that opens, and it may have many.
AGAIN_COST = 0.1
# How long a login may wait until it is not too fast.
MAX_TURN_SECONDS = 60.0
# How often it is looked meanwhile whether the client is still there.
LOOK_SECONDS = 1.0
# A connection remembers, for at most this many people who were logged in on it, what was sent to them.
REMEMBERED = 16

# What a log calls a command.
_ACTIONS: dict[type[Command], str] = {
    Login: "login",
    Logout: "logout",
    Send: "send",
    QueryMembers: "members",
    QueryRecords: "records",
    Hello: "hello",
    Amend: "amend",
    Acknowledge: "ack",
    Ping: "ping",
    MarkRead: "read",
    Type: "typing",
    WatchPresence: "presence",
}
# A refusal with another code tells of a mistake or of trouble.
_OF_RIGHTS = (Code.LOG_IN_FIRST, Code.NOT_ALLOWED)


class Connection:
    """`base_url`: the address that the client used, as `http://host:port`. `close(code)` closes the
    connection. `browser`: the browser session in which the connection was opened, a proof for logins without
    a token; in open mode, for a hello that names nobody either. `address`: where the client is."""

    def __init__(
        self,
        client: ClientLink,
        base_url: str,
        close: Callable[[int], Awaitable[None]],
        browser: Proof | None = None,
        address: str = "",
    ) -> None:
        self._client = client
        self._codec = client.codec
        self._address = address
        self._limits = limits.current()
        # What stands for this connection where limits are counted.
        self._counted = object()
        self._socket = client.socket
        self._base_url = base_url
        self._close = close
        self._needs = client.needs
        self._browser = browser
        self._session: Session | None = None
        # What was sent to the people who were logged in before.
        self._sent_ids: dict[str, LogId] = {}
        self._is_logging_in = False
        # Why the person may not stay: the connection is being closed.
        self._why_ended: Failure | None = None
        # What a refusal of the text that is being handled is charged, and the turn that it has if it is long.
        self._cost = 1
        self._turn: AsyncExitStack | None = None
        self._expiry = Expiry()
        self._login_wait: LoginWait | None = None
        self._telling: set[asyncio.Task[None]] = set()

    def wait_for_login(
        self, seconds: float, hang_up: Callable[[], Awaitable[None]], max_kept: int = 0
    ) -> None:
        """If nobody logs in within `seconds`, tell the client so and `hang_up`; with `max_kept`, only if too
        many such connections are open: see LoginWait."""
        late = Reply(None, Failure(Code.TOO_LATE, f"log in within {seconds:g} seconds"))
        self._login_wait = LoginWait(
            seconds,
            lambda: self._start(self._hang_up(late, hang_up)),
            lambda: self._is_logging_in,
            self._address,
            max_kept,
        )

    def receive(self, text: str) -> Rest | None:
        """Do what `text` asks for, and answer. Returns what has to be waited for before the next text; None
        for nothing, as is usual for messages. This and the rest raise nothing, whatever the text."""
        if len(text) > LONG_CHARACTERS and self._session:
            return partial(self._receive_in_turn, self._session, text)
        return self._handle(text)

    async def _receive_in_turn(self, session: Session, text: str) -> None:
        self._cost = 1 + len(text) // CHARACTERS_PER_CHARGE
        try:
            async with AsyncExitStack() as self._turn:
                await self._turn.enter_async_context(session.turn())
                if rest := self._handle(text):
                    await rest()
        finally:
            self._cost, self._turn = 1, None

    async def _leave_turn(self) -> None:
        """Called before something is waited for that takes as long as the client likes."""
        if self._turn:
            await self._turn.aclose()

    def _handle(self, text: str) -> Rest | None:
        if self._why_ended:
            return None
        request = self._codec.decode(text)
        if not isinstance(request, Request):
            return self._answer(request)
        if not isinstance(request.command, Send):
            return partial(self._finish, request, partial(self._do, request.command, request.id))
        try:
            rest = self._send_message(request.command, request.id)
        except Refused as refused:
            return self._answer(self._refusal(request, refused))
        return rest and partial(self._finish, request, rest)

    async def refuse(self, reason: str) -> None:
        """Tell the client that it sent something that is not a frame."""
        self._socket.charge()
        await self._tell(Reply(None, Failure(Code.MALFORMED, reason, "malformed")))

    async def refuse_longer(self, longest: int) -> None:
        """Tell the client that it sent more than `longest` bytes."""
        self._socket.charge()
        why = Reply(None, Failure(Code.TOO_LONG, f"a frame has at most {longest} bytes"))
        if self._needs.closes:
            await self._hang_up(why, partial(self._close, TOO_LARGE))
        else:
            await self._tell(why)

    async def end(self, *, clean: bool) -> None:
        """The connection is closed. `clean`: the client said goodbye."""
        self._stop_waiting()
        await self._log_out(clean=clean)

    async def _finish(self, request: Request, do: Callable[[], Awaitable[Result | None]]) -> None:
        if not isinstance(request.command, Send | Amend):
            await self._leave_turn()
        reply = await self._reply_to(request, do)
        if reply is not None and not self._why_ended and (rest := self._answer(reply)):
            del reply  # it may be large, and the client slow
            await rest()

    async def _reply_to(self, request: Request, do: Callable[[], Awaitable[Result | None]]) -> Reply | None:
        """None if the reply comes later, or has been sent."""
        try:
            result = await do()
        except Refused as refused:
            return self._refusal(request, refused)
        except AnyDatabaseError as error:
            logger.error("A command failed: %s", error)
            result = Failure(Code.TRY_AGAIN, "the database is away, try again")
        return None if result is None else Reply(request.id, result)

    def _refusal(self, request: Request, refused: Refused) -> Reply:
        self._tell_of(refused.failure, _ACTIONS[type(request.command)], self._claimed(request.command))
        return Reply(request.id, refused.failure)

    def _answer(self, reply: Reply) -> Rest | None:
        """Answer at once, if that can be done without waiting; otherwise return what sends the answer."""
        if isinstance(reply.result, Failure):
            self._socket.charge(self._cost)
        text = self._encoded(reply)
        if text is None or self._sends_now(text):
            return None
        return partial(self._send_without_turn, text)

    def _send_message(self, command: Send, id_: RequestId) -> Rest | None:
        """See Session.send."""
        session = self._logged_in()
        if refusal := self._codec.refusal(command, session.userid):
            raise Refused.because(refusal)
        answer = partial(self._answer_later, session.userid, id_)
        return session.send(command, self._base_url, answer)

    async def _do(self, command: Command, id_: RequestId) -> Result | None:
        match command:
            case Login():
                proof = by_token(command.token) or self._browser
                await self._log_in(Claim(command.userid, proof, self._address))
            case Logout():
                # The Android app logs out before it logs in.
                if self._session:
                    access.may_log_out(self._session.userid, command.userid)
                    await self._log_out(clean=True)
                else:
                    self._socket.charge()  # it costs what an error costs, and no limit counts it
            case QueryMembers():
                session = self._logged_in()
                await self._socket.taking()
                return await session.members(command)
            case QueryRecords():
                session = self._logged_in()
                await self._socket.taking()
                return await session.records(command)
            case Hello():
                return await self._greet(command, id_)
            case Amend():
                device = self._device()
                await device.amend(command, partial(self._answer_later, device.userid, id_))
                return None
            case Acknowledge(upto):
                self._device().acknowledge(upto)
            case MarkRead() | Type() | WatchPresence():
                return await self._device().do_ephemeral(command)
            case Ping():
                self._logged_in()
        return Done()

    def _logged_in(self) -> Session:
        return access.may_command(self._session)

    def _device(self) -> DeviceSession:
        session = self._logged_in()
        assert isinstance(session, DeviceSession)
        return session

    async def _greet(self, hello: Hello, id_: RequestId) -> Result | None:
        """None: the reply is sent already."""
        try:
            return await self._welcome(hello, id_)
        except Refused as refused:
            code = _close_code(refused.failure) if self._needs.closes and not self._session else None
            if code is None:
                raise
            self._tell_of(refused.failure, _ACTIONS[Hello], hello.userid or "")
            self._why_ended = refused.failure
            await self._hang_up(Reply(id_, refused.failure), partial(self._close, code))
            return None

    async def _welcome(self, hello: Hello, id_: RequestId) -> Result | None:
        claim = claim_of(hello.userid, by_token(hello.token) or self._browser, self._address)
        access.may_be_anybody(claim)
        await self._log_in(claim, hello)
        session = self._device()
        welcome = await session.welcome()
        # Not only if it is new: an earlier hello may have failed after it had begun.
        if session.has_started:
            return welcome
        await self._tell(Reply(id_, welcome))
        with suppress(ConnectionGone):
            await session.start()
        return None

    async def _log_in(self, claim: Claim, hello: Hello | None = None) -> None:
        self._is_logging_in = True
        try:
            cost = self._cost_of(claim)
            await self._in_turn(partial(access.may_try_to_log_in, self._limits, claim, self._counted, cost))
            await self._prove_and_open(claim, hello)
        finally:
            self._is_logging_in = False

    def _cost_of(self, claim: Claim) -> float:
        """For how many logins one with this claim counts."""
        return AGAIN_COST if self._needs.newest_only and claim.userid in self._sent_ids else 1.0

    async def _in_turn(self, check: Callable[[], None]) -> None:
        """Call `check`, which raises Refused if the client is too fast. Where only the newest connection is
        fed, wait instead: an app that was refused there would get no more messages."""
        deadline = asyncio.get_running_loop().time() + MAX_TURN_SECONDS
        while True:
            try:
                return check()
            except Refused as refused:
                seconds = refused.failure.retry or MAX_TURN_SECONDS
                is_late = asyncio.get_running_loop().time() + seconds > deadline
                if is_late or not (self._needs.newest_only and await self._stays(seconds)):
                    raise

    async def _stays(self, seconds: float) -> bool:
        """Whether the client is still there in so many seconds. Nobody who is gone may log in, and so take
        the messages from a newer connection. Meanwhile it counts as a connection without a login."""
        until = asyncio.get_running_loop().time() + seconds
        self._is_logging_in = False
        # No server reports when it becomes false.
        while self._socket.is_served and (left := until - asyncio.get_running_loop().time()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(min(left, LOOK_SECONDS))
        self._is_logging_in = True
        return self._socket.is_served

    async def _prove_and_open(self, claim: Claim, hello: Hello | None) -> None:
        proven = await self._prove(claim)
        claim, expires_at = after_proof(claim, proven), proven.expires_at
        claim = claim._replace(userid=claim.userid or proven.profile.userid)
        cost = self._cost_of(claim)
        await self._in_turn(partial(access.may_log_in_again, self._limits, claim.userid, cost))
        if hello and self._session:
            access.may_greet_again(self._session.userid, claim.userid)
        # Where people prove who they are, whoever is logged in stays so unless this login succeeds.
        is_new = not (hello or expires_at is not None) or not await self._renew(claim)
        if is_new:
            await self._log_out(clean=True)
            await self._open(claim, hello)
        if expires_at is not None:
            self._expiry.set(expires_at, partial(self._expire, access.run_out(claim)))

    async def _prove(self, claim: Claim) -> Proven:
        try:
            return await check_proof(claim)
        except Refused:
            access.may_fail_to_log_in(self._limits, self._address)
            raise

    async def _renew(self, claim: Claim) -> bool:
        """Whether the session goes on with this login. Raises Refused if the login cannot replace it."""
        session = self._session
        if session is None:
            return False
        if session.userid != claim.userid or session.is_retired:
            await check_login(claim, self._needs)
            return False
        await session.renew(claim)
        return session is self._session  # it may have run out meanwhile

    async def _open(self, claim: Claim, hello: Hello | None) -> None:
        access.may_stay(self._why_ended)  # a session may have ended while this login was checked
        if hello:
            self._session = await open_device_session(claim, hello, self._client, self._turn_out)
        else:
            sent_id = self._sent_ids.get(claim.userid, 0)
            self._session = await open_session(claim, self._client, self._turn_out, sent_id)
        self._stop_waiting()
        self._socket.admit(settings.IM66.max_frame_bytes)

    async def _log_out(self, *, clean: bool) -> None:
        session, self._session = self._session, None
        self._expiry.cancel()
        if session:
            self._socket.dismiss()
            self._remember(session)
            await session.close(clean=clean)

    def _expire(self, why: Failure) -> None:
        """The proof of who is logged in has run out. That is no goodbye, so it confirms nothing."""
        if self._session:
            self._start(self._end_expired(self._session, why))

    async def _end_expired(self, session: Session, why: Failure) -> None:
        if session is self._session and not self._expiry.is_set:
            if self._needs.closes:
                self._why_ended = why
                await self._close_because(why)
                return
            await self._log_out(clean=False)
            await self._tell(Reply(None, why))

    def _turn_out(self, why: Failure) -> None:
        """The person who is logged in may not stay. That is no goodbye, so it confirms nothing."""
        self._why_ended = why
        if self._session:
            self._session.leave()
            self._start(self._close_because(why))

    async def _close_because(self, why: Failure) -> None:
        await self._log_out(clean=False)
        await self._hang_up(Reply(None, why), partial(self._close, CLOSE_CODES + why.code))

    def _remember(self, session: Session) -> None:
        self._sent_ids[session.userid] = session.sent_id
        if len(self._sent_ids) > REMEMBERED:
            del self._sent_ids[next(iter(self._sent_ids))]

    def _stop_waiting(self) -> None:
        if self._login_wait:
            self._login_wait.stop()
            self._login_wait = None

    async def _hang_up(self, why: Reply, hang_up: Callable[[], Awaitable[None]]) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(TELL_SECONDS):
                await self._tell(why)
        await hang_up()

    def _answer_later(self, userid: str, id_: RequestId, result: Accepted | Amended | Failure) -> None:
        if isinstance(result, Accepted):
            text = self._codec.encode_accepted(id_, result)
        else:
            if isinstance(result, Failure):
                self._tell_of(result, _ACTIONS[Send], userid)
            text = self._encoded(Reply(id_, result))
        if text is not None and not self._sends_now(text):
            self._start(self._send_text(text))

    def _sends_now(self, text: str) -> bool:
        # Not before what waits already.
        return not self._telling and self._socket.send_now(text)

    def _claimed(self, command: Command) -> str:
        if isinstance(command, Login):
            return command.userid
        return self._session.userid if self._session else ""

    def _tell_of(self, failure: Failure, action: str, userid: str) -> None:
        # Who logs in is not found only after a good proof. Whoever else is not found is a mistake.
        is_of_caller = failure.code is Code.NOT_FOUND and action in (_ACTIONS[Login], _ACTIONS[Hello])
        if failure.code in _OF_RIGHTS or is_of_caller:
            refusals.tell(action, userid, self._address, failure.reason)

    def _start(self, telling: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(telling)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell(self, reply: Reply) -> None:
        if (text := self._encoded(reply)) is not None:
            await self._send_text(text)

    def _encoded(self, reply: Reply) -> str | None:
        """What the client is told; None if nothing. Counts refusals."""
        if isinstance(reply.result, Failure):
            refusals.counted[reply.result.label] += 1
        return self._codec.encode_reply(reply, self._base_url)

    async def _send_without_turn(self, text: str) -> None:
        await self._leave_turn()
        await self._send_text(text)

    async def _send_text(self, text: str) -> None:
        with suppress(ConnectionGone):  # the server reports the end of the connection
            await self._client.send(text)


def _close_code(failure: Failure) -> int | None:
    """With which code a connection is closed on which nobody may log in; None if it may be tried again."""
    if failure == access.TOO_MANY:
        return TOO_MANY
    if access.is_locked_out(failure):
        return CLOSE_CODES + failure.code
    if failure.code in (Code.LOG_IN_FIRST, Code.NOT_FOUND):
        return CLOSE_CODES + Code.LOG_IN_FIRST
    return None
