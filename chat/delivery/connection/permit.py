"""What the person of one session may do: what the login has read, and what the log has brought since."""

from collections.abc import Callable

from accounts.authentication.authentication import Person
from accounts.codes import Cause
from chat import access
from chat.failures import CommandRefused
from chat.protocol.replies import Failure
from log.rows import AccountStatusChange, LogId


class Permit:
    """An write_rights.StatusListener. `end(why)` is called once, if the session must end after `complete`
    has returned. It must not wait or raise."""

    def __init__(self, end: Callable[[Failure], None]) -> None:
        self._end = end
        self._is_complete = False
        # Everywhere, and until when and why. In one group the log decides.
        self._muted = False
        self._muted_until: int | None = None
        self._reason = ""
        self._session = ""
        self._why_ended: Failure | None = None
        # Why the person may not send. The rules are asked when the standing changes, not for each message.
        self._why_silent: Failure | None = None
        # Changes that were applied while the person is being read; None while nobody reads.
        self._meanwhile: list[AccountStatusChange] | None = []

    def begin(self) -> None:
        """Call it before the person is read; changes from now on count on top."""
        self._meanwhile = []

    def complete(self, person: Person, stood_at: LogId) -> None:
        """`person` is what was read. Every change up to the row `stood_at` is in it; the changes after that
        are those applied since `begin`, and those to come. Raises CommandRefused if the session must end."""
        self._muted, self._session = person.muted, person.session
        self._muted_until, self._reason = person.muted_until, person.reason
        meanwhile, self._meanwhile = self._meanwhile or [], None
        for row in meanwhile:
            # An older one was for earlier sessions.
            if row.id > stood_at:
                self._apply(row)
        access.may_stay(self._why_ended)
        self._judge()
        self._is_complete = True

    def may_send(self) -> None:
        """Raises CommandRefused if the person may not send now."""
        if self._why_silent:
            raise CommandRefused.because(self._why_silent)

    def change_account_status(self, row: AccountStatusChange) -> None:
        if self._meanwhile is not None:
            self._meanwhile.append(row)
        if self._is_complete:
            self._apply(row)

    def lock(self) -> None:
        """The log has refused a message because the person is banned. The row that says so is not applied
        here yet."""
        self._end_because(Failure.of(Cause.BANNED))
        self._judge()

    def _apply(self, row: AccountStatusChange) -> None:
        if row.change.muted is not None and row.change.group is None:
            self._muted, self._muted_until, self._reason = (
                row.change.muted,
                row.change.until,
                row.change.reason,
            )
        if why := access.why_ended(self._session, row.change):
            self._end_because(why)
        self._judge()

    def _end_because(self, why: Failure) -> None:
        if not self._why_ended:
            self._why_ended = why
            if self._is_complete:
                self._end(why)

    def _judge(self) -> None:
        try:
            access.may_stay(self._why_ended)
            access.may_send(muted=self._muted, until=self._muted_until, reason=self._reason)
        except CommandRefused as refused:
            self._why_silent = refused.failure
        else:
            self._why_silent = None
