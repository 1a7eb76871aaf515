"""One connection of a client, with or without a login: decodes frames, runs their commands and answers."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from functools import partial

from django.conf import settings
from django.db import Error as AnyDatabaseError

from accounts.authentication.authentication import Claim, claim_of
from accounts.authentication.proofs import Proof, token_or_bot_proof, token_proof
from accounts.codes import Cause, Name
from chat import access
from chat.delivery.connection.admission import Expiry, LoginCheck, LoginTimeout
from chat.delivery.connection.answers import Answers
from chat.delivery.connection.client_link import ClientLink
from chat.delivery.connection.commands import charge_of
from chat.delivery.connection.feed import ConnectionGone
from chat.delivery.connection.session import Session, open_session
from chat.failures import CommandRefused
from chat.protocol.commands import Amend, Command, CommandRequest, Hello, Login, Logout, Send
from chat.protocol.replies import Done, Failure, Reply, RequestId, Result
from log.rows import LogId
from server.sockets import Rest

logger = logging.getLogger(__name__)

# The code with which a socket is closed is this number plus the code of the failure.
CLOSE_CODES = 4000
NO_LOGIN, TOO_MANY, TOO_LARGE = 4408, 4409, 4413
# A longer text waits for a turn among the long texts of all people. Handling a shorter one takes less time
# than waiting for a turn.
LONG_CHARACTERS = 8 * 1024
# A refused long text is charged like a short one for each so many of its characters.
CHARACTERS_PER_CHARGE = 1024
# For how many people who were logged in on it a connection remembers how far they were sent the log.
MAX_REMEMBERED_PEOPLE = 16


class Connection:
    """`close(code)` closes the connection. `browser`: the browser session in which the connection was opened,
    which proves logins without a token; in open mode, also a hello without a userid."""

    def __init__(
        self,
        client: ClientLink,
        close: Callable[[int], Awaitable[None]],
        browser: Proof | None = None,
    ) -> None:
        self._client = client
        self._codec = client.codec
        self._socket = client.socket
        self._close = close
        self._needs = client.needs
        self._browser = browser
        self._session: Session | None = None
        # For people who were logged in before, up to which row they were sent the log.
        self._sent_ids: dict[str, LogId] = {}
        # Set while the connection is being closed: the reason.
        self._close_reason: Failure | None = None
        # The charge if the current text is refused, and the turn that the text holds if it is long.
        self._cost = 1
        self._turn: AsyncExitStack | None = None
        self._answers = Answers(client)
        self._login_check = LoginCheck(client, self._sent_ids)
        self._expiry = Expiry()
        self._login_timeout: LoginTimeout | None = None

    def wait_for_login(self, seconds: float, max_idle: int = 0) -> None:
        """If nobody logs in within `seconds`, send the client an error and close the connection; with
        `max_idle`, only if too many connections without a login are open: see LoginTimeout."""
        late = Reply(None, Failure(Name.TOO_LATE, f"log in within {seconds:g} seconds"))
        self._login_timeout = LoginTimeout(
            seconds,
            lambda: self._answers.start(self._answers.hang_up(late, partial(self._close, NO_LOGIN))),
            lambda: self._login_check.is_busy,
            self._client.address,
            max_idle,
        )

    def receive(self, text: str) -> Rest | None:
        """Handle the command in `text`, and answer it. Return a callable that must be awaited before the next
        text; None if there is nothing to wait for, as for most messages. Neither this nor the callable
        raises, whatever the text."""
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
        """Give up the turn before a wait whose duration depends on the client."""
        if self._turn:
            await self._turn.aclose()

    def _handle(self, text: str) -> Rest | None:
        if self._close_reason:
            return None
        request = self._codec.decode(text)
        if not isinstance(request, CommandRequest):
            return self._answer(request)
        if not isinstance(request.command, Send):
            return partial(self._finish, request, partial(self._do, request.command, request.id))
        try:
            rest = self._send_message(request.command, request.id)
        except CommandRefused as refused:
            return self._answer(self._refusal(request, refused))
        return rest and partial(self._finish, request, rest)

    async def refuse(self, reason: str) -> None:
        """Send the client an error because it sent something that is not a frame."""
        await self._answer_fully(Reply(None, Failure(Name.MALFORMED, reason)))

    async def refuse_longer(self, max_bytes: int) -> None:
        """Send the client an error because it sent a frame of more than `max_bytes` bytes; close the
        connection if the client needs that."""
        error = Reply(None, Failure(Name.TOO_LONG, f"a frame has at most {max_bytes} bytes"))
        if self._needs.closes:
            await self._answers.hang_up(error, partial(self._close, TOO_LARGE))
        else:
            await self._answer_fully(error)

    async def end(self, *, clean: bool) -> None:
        """End the session: the connection is closed. `clean`: the client said goodbye."""
        self._stop_login_timeout()
        await self._log_out(clean=clean)

    async def _finish(self, request: CommandRequest, do: Callable[[], Awaitable[Result | None]]) -> None:
        if not isinstance(request.command, Send | Amend):
            await self._leave_turn()
        reply = await self._reply_to(request, do)
        if reply is not None and not self._close_reason and (rest := self._answer(reply)):
            del reply  # it may be large, and the client slow
            await rest()

    async def _reply_to(
        self, request: CommandRequest, do: Callable[[], Awaitable[Result | None]]
    ) -> Reply | None:
        """Run `do` and return the reply; None if it was sent already or will be sent later."""
        try:
            result = await do()
        except CommandRefused as refused:
            return self._refusal(request, refused)
        except AnyDatabaseError as error:
            logger.error("A command failed: %s", error)
            result = Failure(Name.TRY_AGAIN, "the database is away, try again")
        return None if result is None else Reply(request.id, result)

    def _refusal(self, request: CommandRequest, refused: CommandRefused) -> Reply:
        userid = self._claimed_userid(request.command)
        self._answers.log_refusal(refused.failure, type(request.command), userid)
        return Reply(request.id, refused.failure)

    def _answer(self, reply: Reply) -> Rest | None:
        """See Answers.answer."""
        rest = self._answers.answer(reply, self._userid, self._cost)
        return rest and partial(self._leave_turn_and, rest)

    async def _answer_fully(self, reply: Reply) -> None:
        if rest := self._answer(reply):
            await rest()

    async def _leave_turn_and(self, do: Rest) -> None:
        await self._leave_turn()
        await do()

    def _send_message(self, command: Send, id_: RequestId) -> Rest | None:
        """See Session.send."""
        session = self._logged_in()
        if refusal := self._codec.refusal(command, session.userid):
            raise CommandRefused.because(refusal)
        answer = partial(self._answers.answer_later, Send, session.userid, id_)
        return session.send(command, answer)

    async def _do(self, command: Command, id_: RequestId) -> Result | None:
        if charge := charge_of(command):
            self._socket.charge(charge)
        match command:
            case Login():
                proof = token_proof(command.token) or self._browser
                await self._log_in(Claim(command.userid, proof, self._client.address))
            case Logout():
                # The Android app logs out before it logs in.
                if self._session:
                    access.may_log_out(self._session.userid, command.userid)
                    await self._log_out(clean=True)
                else:
                    self._socket.charge()  # as for an error, because no rate limit counts it
            case Hello():
                return await self._greet(command, id_)
            case _:
                session = self._logged_in()
                answer = partial(self._answers.answer_later, type(command), session.userid, id_)
                return await session.do(command, answer)
        return Done()

    def _logged_in(self) -> Session:
        return access.may_command(self._session)

    async def _greet(self, hello: Hello, id_: RequestId) -> Result | None:
        """Log in by `hello`. Return the result; None if the reply was sent already."""
        try:
            return await self._welcome(hello, id_)
        except CommandRefused as refused:
            code = _close_code(refused.failure) if self._needs.closes and not self._session else None
            if code is None:
                raise
            self._answers.log_refusal(refused.failure, Hello, hello.userid or "")
            self._close_reason = refused.failure
            await self._answers.hang_up(Reply(id_, refused.failure), partial(self._close, code))
            return None

    async def _welcome(self, hello: Hello, id_: RequestId) -> Result | None:
        claim = claim_of(hello.userid, token_or_bot_proof(hello.token) or self._browser, self._client.address)
        access.require_userid(claim)
        await self._log_in(claim, hello)
        session = self._logged_in()
        welcome = await session.welcome()
        # An old session may still have to be started: an earlier hello may have failed after opening it.
        if session.has_started:
            return welcome
        await self._answers.send(Reply(id_, welcome))
        with suppress(ConnectionGone):
            await session.start()
        return None

    async def _log_in(self, claim: Claim, hello: Hello | None = None) -> None:
        with self._login_check.attempt():
            claim, proven = await self._login_check.prove(claim)
            if hello and self._session:
                access.may_repeat_hello(self._session.userid, claim.userid)
            # If logins need a proof, the present session stays until this login has succeeded.
            keeps_session = hello is not None or proven.expires_at is not None
            if not keeps_session:
                await self._log_out(clean=True)
            if not (keeps_session and await self._renew(claim)):
                await self._open(claim, hello)
            if proven.expires_at is not None:
                self._expiry.set(proven.expires_at, partial(self._expire, access.expiry_failure(claim)))

    async def _renew(self, claim: Claim) -> bool:
        """Renew the session if it is one of the same person. Return whether it was renewed. Raises
        CommandRefused if the person may not log in."""
        session = self._session
        if session is None or session.userid != claim.userid or session.is_retired:
            return False
        await session.renew(claim)
        return session is self._session  # it may have expired meanwhile

    async def _open(self, claim: Claim, hello: Hello | None) -> None:
        access.may_stay(self._close_reason)  # a session may have ended while this login was checked
        end_previous = partial(self._end_previous, claim.userid)
        # Not in __init__: a connection that refers to itself would be left to the garbage collector.
        client = self._client._replace(leave_turn=self._leave_turn)
        session = await open_session(claim, client, self._log_out_for, end_previous, hello)
        self._session = session
        self._stop_login_timeout()
        self._socket.admit(settings.IM66.max_frame_bytes)
        if hello is None:
            with suppress(ConnectionGone):
                await session.start()

    async def _end_previous(self, userid: str) -> LogId:
        """See open_session."""
        access.may_stay(self._close_reason)
        await self._log_out(clean=True)
        return self._sent_ids.get(userid, 0)

    async def _log_out(self, *, clean: bool) -> None:
        session, self._session = self._session, None
        self._expiry.cancel()
        if session:
            self._socket.dismiss()
            self._remember(session)
            await session.close(clean=clean)

    def _expire(self, reason: Failure) -> None:
        """End the session, whose proof has expired. This is no goodbye, so it confirms nothing."""
        if self._session:
            self._answers.start(self._end_expired(self._session, reason))

    async def _end_expired(self, session: Session, reason: Failure) -> None:
        if session is self._session and not self._expiry.is_set:
            if self._needs.closes:
                self._close_reason = reason
                await self._close_for(reason)
                return
            await self._log_out(clean=False)
            await self._answers.send(Reply(None, reason))

    def _log_out_for(self, reason: Failure) -> None:
        """Log out the person and close the connection. This is no goodbye, so it confirms nothing."""
        self._close_reason = reason
        if self._session:
            self._session.leave()
            self._answers.start(self._close_for(reason))

    async def _close_for(self, reason: Failure) -> None:
        await self._log_out(clean=False)
        await self._answers.hang_up(Reply(None, reason), partial(self._close, CLOSE_CODES + reason.code))

    def _remember(self, session: Session) -> None:
        self._sent_ids[session.userid] = session.sent_id
        if len(self._sent_ids) > MAX_REMEMBERED_PEOPLE:
            del self._sent_ids[next(iter(self._sent_ids))]

    def _stop_login_timeout(self) -> None:
        if self._login_timeout:
            self._login_timeout.stop()
            self._login_timeout = None

    def _claimed_userid(self, command: Command) -> str:
        if isinstance(command, Login):
            return command.userid
        return self._userid

    @property
    def _userid(self) -> str:
        """The person who is logged in; empty if nobody is."""
        return self._session.userid if self._session else ""


def _close_code(failure: Failure) -> int | None:
    """Return the code with which a connection is closed after a login failed for good; None if the client may
    try again."""
    if failure == Failure.of(Cause.TOO_MANY_CONNECTIONS):
        return TOO_MANY
    if access.means_banned(failure):
        return CLOSE_CODES + failure.code
    if failure.name in (Name.LOG_IN_FIRST, Name.NOT_FOUND):
        return CLOSE_CODES + Name.LOG_IN_FIRST.status
    return None
