"""What a client is told that is refused: one table of failures, and the exception that carries one."""

from dataclasses import replace

from accounts.access import Cause, Forbidden
from accounts.authentication.authentication import AccountBanned
from accounts.codes import Name
from accounts.limits.limits import TooFast
from accounts.texts import TextRefused
from chat.protocol.replies import Failure
from log.appending import Stored
from log.reach import Refusal
from log.rejections import Reason, Rejection

NO_SUCH_GROUP = Failure(Name.NOT_FOUND, "no such group")
NOT_IN_GROUP = Failure(Cause.OUTSIDE.code, "you are not in this group")
NO_SUCH_USER = Failure(Name.NOT_FOUND, "no such user")
MUTED = Failure(Cause.MUTED.code, "you are muted")
QUIET = Failure(Cause.QUIET.code, "only owners and admins may write now")
BLOCKED = Failure(Name.BLOCKED, "you are blocked")
UNWANTED = Failure(Name.NOT_ALLOWED, "this person does not take messages from you", why="unwanted")
TOO_MANY = Failure(Name.NOT_ALLOWED, "too many connections")
NO_SUCH_MESSAGE = Failure(Name.NOT_FOUND, "no such message")
NO_SUCH_FILE = Failure(Name.NOT_FOUND, "there is no such file")
NO_BOT = Failure(Name.NOT_ALLOWED, "only bots do this")
NOT_WRITTEN_TO = Failure(Name.NOT_ALLOWED, "nobody can write to this account")
TEXT_NOT_ALLOWED = Failure(Name.NOT_ALLOWED, "this message is not allowed")
NOT_CHECKED = Failure(Name.TRY_AGAIN, "this could not be checked, try again")
ALL_BY_MANAGERS = Failure(Cause.NOT_MANAGER.code, "only owners and admins may mention everybody")
UNREACHED = {Refusal.BLOCKED: BLOCKED, Refusal.UNWANTED: UNWANTED, Refusal.HIDDEN: NO_SUCH_USER}
BANNED = Failure(Name.BANNED, "this account is locked")
LOG_IN_AGAIN = Failure(Name.LOG_IN_FIRST, "log in again")
# What a client is told that a rule forbids something, or whose message the log does not take.
_FAILURES: dict[Cause | Reason, Failure] = {
    Cause.NOT_MANAGER: ALL_BY_MANAGERS,
    Cause.MUTED: MUTED,
    Cause.QUIET: QUIET,
    Cause.OUTSIDE: NOT_IN_GROUP,
    Cause.OF_ANOTHER: Failure(Cause.OF_ANOTHER.code, "this is somebody else's message"),
    Cause.TOO_LATE: Failure(Cause.TOO_LATE.code, "it is too late for that"),
    Reason.BANNED: BANNED,
    Reason.BLOCKED: BLOCKED,
    Reason.UNWANTED: UNWANTED,
    Reason.UNKNOWN: NO_SUCH_USER,
    Reason.GONE: NO_SUCH_MESSAGE,
    Reason.NO_SPACE: Failure(Name.TRY_AGAIN, "there is no room left, the message was not stored"),
    Reason.NOT_STORED: Failure(Name.TRY_AGAIN, "the message was not stored, try again"),
}


class CommandRefused(Exception):
    """A rule forbids a command; `failure` tells the client why."""

    def __init__(self, name: Name, reason: str, retry: int | None = None) -> None:
        super().__init__(reason)
        self.failure = Failure(name, reason, retry)

    @classmethod
    def because(cls, failure: Failure) -> "CommandRefused":
        refused = cls(failure.name, failure.reason)
        refused.failure = failure
        return refused

    @classmethod
    def of_text(cls, why: TextRefused) -> "CommandRefused":
        return cls.because(replace(TEXT_NOT_ALLOWED, told=why.told) if why.is_final else NOT_CHECKED)


def failure_of(why: CommandRefused | Forbidden | TooFast | Rejection) -> Failure:
    """What a client is told that may not do something."""
    if isinstance(why, CommandRefused):
        return why.failure
    if isinstance(why, Rejection):
        return too_fast(why.limit) if why.limit else _FAILURES[why.reason]
    return too_fast(why) if isinstance(why, TooFast) else _FAILURES[why.cause]


def accepted(userid: str, outcome: Stored | Rejection) -> Stored:
    """The outcome. Raises AccountBanned, Forbidden, CommandRefused and TooFast if it is a rejection: doors
    have words of their own for these."""
    if isinstance(outcome, Rejection):
        raise _denial_of(userid, outcome)
    return outcome


def _denial_of(userid: str, why: Rejection) -> Exception:
    if why.limit:
        return why.limit
    if why.reason is Reason.BANNED:
        return AccountBanned(userid)
    if isinstance(why.reason, Cause):
        return Forbidden(why.reason)
    return CommandRefused.because(failure_of(why))


def too_fast(error: TooFast) -> Failure:
    return Failure(Name.TOO_FAST, str(error), retry=error.seconds)
