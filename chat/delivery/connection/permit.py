"""The permissions of the person of a session: as the login has read them, with the log's changes since."""

from collections.abc import Callable

from accounts.authentication.authentication import Person
from accounts.codes import Cause
from chat import access
from chat.failures import CommandRefused
from chat.protocol.replies import Failure
from log.rows import AccountStatusChange, LogId


class Permit:
    """A write_rights.StatusListener. `end(reason)` is called once, if the session must end after `complete`
    has returned. It must not wait or raise."""

    def __init__(self, end: Callable[[Failure], None]) -> None:
        self._end = end
        self._is_complete = False
        # A mute everywhere, its end and its reason. A mute in one group is checked by the log.
        self._muted = False
        self._muted_until: int | None = None
        self._mute_reason = ""
        self._session = ""
        self._end_reason: Failure | None = None
        # The refusal of messages, if any. It is computed when the account status changes, not for each
        # message.
        self._send_refusal: Failure | None = None
        # The changes that were applied since `begin`; None after `complete`.
        self._pending_changes: list[AccountStatusChange] | None = []

    def begin(self) -> None:
        """Collect changes from now on. Call this before the person is read."""
        self._pending_changes = []

    def complete(self, person: Person, stood_at: LogId) -> None:
        """Set the permissions to those of `person`, as read from the database, with the changes since. Every
        change up to the row `stood_at` is in `person` already. Raises CommandRefused if the session must
        end."""
        self._muted, self._session = person.muted, person.session
        self._muted_until, self._mute_reason = person.muted_until, person.reason
        changes, self._pending_changes = self._pending_changes or [], None
        for row in changes:
            # Older changes concern earlier sessions.
            if row.id > stood_at:
                self._apply(row)
        access.may_stay(self._end_reason)
        self._update_send_refusal()
        self._is_complete = True

    def may_send(self) -> None:
        """Raises CommandRefused if the person may not send now."""
        if self._send_refusal:
            raise CommandRefused.because(self._send_refusal)

    def change_account_status(self, row: AccountStatusChange) -> None:
        if self._pending_changes is not None:
            self._pending_changes.append(row)
        if self._is_complete:
            self._apply(row)

    def end_banned(self) -> None:
        """End the session because the log has refused a message: the person is banned, but the row of the ban
        is not applied to this process yet."""
        self._end_for(Failure.of(Cause.BANNED))
        self._update_send_refusal()

    def _apply(self, row: AccountStatusChange) -> None:
        if row.change.muted is not None and row.change.group is None:
            self._muted, self._muted_until, self._mute_reason = (
                row.change.muted,
                row.change.until,
                row.change.reason,
            )
        if reason := access.session_end_failure(self._session, row.change):
            self._end_for(reason)
        self._update_send_refusal()

    def _end_for(self, reason: Failure) -> None:
        if not self._end_reason:
            self._end_reason = reason
            if self._is_complete:
                self._end(reason)

    def _update_send_refusal(self) -> None:
        try:
            access.may_stay(self._end_reason)
            access.may_send(muted=self._muted, until=self._muted_until, reason=self._mute_reason)
        except CommandRefused as refused:
            self._send_refusal = refused.failure
        else:
            self._send_refusal = None
