"""Who must learn here that a person's standing has changed.

All sessions of a person, also those that get no more messages because a newer connection does: they may still
send.
"""

from typing import Protocol

from log.rows import AccountStatusChange


class StatusListener(Protocol):
    """What depends on a person's standing."""

    def change_account_status(self, row: AccountStatusChange) -> None:
        """Must not wait or raise."""


class StatusWatch:
    """The sessions of this process, by person."""

    def __init__(self) -> None:
        self._sessions: dict[str, set[StatusListener]] = {}

    def watch(self, userid: str, session: StatusListener) -> None:
        """Tell `session` of every change that is applied from now on."""
        self._sessions.setdefault(userid, set()).add(session)

    def unwatch(self, userid: str, session: StatusListener) -> None:
        """Tell `session` no more. Doing it twice does no harm."""
        sessions = self._sessions.get(userid, set())
        sessions.discard(session)
        if not sessions:
            self._sessions.pop(userid, None)

    def apply(self, row: AccountStatusChange) -> None:
        """Tell the sessions of the person. It may end them."""
        for session in list(self._sessions.get(row.userid, ())):
            session.change_account_status(row)
