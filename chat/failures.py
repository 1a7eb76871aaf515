"""CommandRefused, and the failures that clients get for refused commands."""

from accounts.authentication.authentication import AccountBanned
from accounts.authentication.proofs import BadToken
from accounts.codes import Cause, Failed, Name
from accounts.texts import TextRefused
from chat.protocol.replies import Failure
from log.appending import Stored
from log.rejections import Rejection


class CommandRefused(Failed):
    """A rule forbids a command; `failure` tells the client why."""

    def __init__(self, name: Name, reason: str, retry: int | None = None) -> None:
        super().__init__(reason)
        self._carry(Failure(name, reason, retry))

    @classmethod
    def because(cls, failure: Failure) -> "CommandRefused":
        refused = cls(failure.name, failure.reason)
        refused._carry(failure)
        return refused

    @classmethod
    def by(cls, cause: Cause, detail: str = "", until: int | None = None) -> "CommandRefused":
        refused = cls.because(Failure.of(cause, detail, until))
        refused.cause, refused.text = cause, cause.text
        return refused

    @classmethod
    def of(cls, why: Failed | Rejection) -> "CommandRefused":
        if isinstance(why, Rejection):
            return cls.of(why.limit) if why.limit else cls.by(why.cause)
        refused = cls.because(failure_of(why))
        refused.cause, refused.text, refused.values = why.cause, why.text, why.values
        return refused

    @classmethod
    def of_text(cls, why: TextRefused) -> "CommandRefused":
        return (
            cls.by(Cause.MESSAGE_NOT_ALLOWED, why.explanation) if why.is_final else cls.by(Cause.NOT_CHECKED)
        )

    def _carry(self, failure: Failure) -> None:
        self.failure = failure
        self.name, self.explanation, self.until = failure.name, failure.explanation, failure.until
        self.retry, self.why = failure.retry, failure.why


def failure_of(why: Failed | Rejection) -> Failure:
    """Return the failure that a client gets for this refusal."""
    if isinstance(why, CommandRefused):
        return why.failure
    if isinstance(why, Rejection):
        return failure_of(why.limit) if why.limit else Failure.of(why.cause)
    if isinstance(why, BadToken):
        return Failure(Name.LOG_IN_FIRST, str(why))
    if why.cause and not why.values:
        return Failure.of(why.cause, why.explanation, why.until)
    return Failure(why.name, str(why), why.retry, why.explanation, why.until, why.why)


def stored_or_raise(userid: str, outcome: Stored | Rejection) -> Stored:
    """Return the stored row. Raise AccountBanned, CommandRefused or TooFast if the outcome is a rejection."""
    if isinstance(outcome, Rejection):
        is_banned = outcome.cause is Cause.BANNED
        raise outcome.limit or (AccountBanned(userid) if is_banned else CommandRefused.by(outcome.cause))
    return outcome
