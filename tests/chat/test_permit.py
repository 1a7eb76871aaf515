"""What the person of one session may do, whenever the standing changes: before, while or after the person is
read."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from accounts.account_status import EVERYTHING, Change
from accounts.authentication.authentication import Person
from accounts.codes import Cause
from chat.delivery.connection.permit import Permit
from chat.failures import CommandRefused
from chat.protocol.replies import Failure
from log.rows import AccountStatusChange, LogId

MINE, OTHER = "0" * 32, "1" * 32
BOB = Person("bob", muted=False, delivered_id=0, session=MINE)
MUTED = BOB._replace(muted=True)
YOU_ARE_MUTED = Failure.of(Cause.MUTED)
# How changes end the session, None if they do not.
ENDS = [
    (Change(banned=True), Failure.of(Cause.BANNED)),
    (Change(banned=True, ended=EVERYTHING), Failure.of(Cause.BANNED)),
    (Change(ended=EVERYTHING), Failure.of(Cause.LOG_IN_AGAIN)),
    (Change(ended=EVERYTHING, reason="lost"), replace(Failure.of(Cause.LOG_IN_AGAIN), explanation="lost")),
    (Change(ended=MINE), Failure.of(Cause.LOG_IN_AGAIN)),
    (Change(ended=OTHER), None),
    (Change(banned=False), None),
    (Change(muted=True), None),
]


class Session:
    """A session, and why it was told to end."""

    def __init__(self) -> None:
        self.ended: list[Failure] = []
        self.permit = Permit(self.ended.append)

    def log_in(self, person: Person = BOB, stood_at: LogId = 5) -> Failure | None:
        """Why not."""
        return refusal(lambda: self.permit.complete(person, stood_at))

    def change(self, id_: LogId, change: Change) -> None:
        self.permit.change_account_status(AccountStatusChange(id_, "bob", change, 0))

    def refused(self) -> Failure | None:
        """Why a message is."""
        return refusal(self.permit.may_send)


def refusal(ask: Callable[[], None]) -> Failure | None:
    try:
        ask()
    except CommandRefused as refused:
        return refused.failure
    return None


@pytest.fixture
def session() -> Session:
    return Session()


def test_change_of_account_status_applies_at_once(session: Session) -> None:
    assert session.log_in() is None
    assert session.refused() is None
    session.change(6, Change(muted=True))
    assert session.refused() == YOU_ARE_MUTED
    session.change(7, Change(muted=False))
    assert session.refused() is None
    assert session.ended == []


def test_refusal_has_the_end_and_reason_of_a_mute(session: Session) -> None:
    session.log_in(MUTED._replace(muted_until=99, reason="spam"))
    assert session.refused() == replace(YOU_ARE_MUTED, until=99, explanation="spam")
    session.change(6, Change(muted=True, until=100, reason="abuse"))
    assert session.refused() == replace(YOU_ARE_MUTED, until=100, explanation="abuse")
    session.change(7, Change(banned=True, until=101, reason="worse"))
    assert session.ended == [replace(Failure.of(Cause.BANNED), until=101, explanation="worse")]


def test_mute_in_one_group_does_not_apply_elsewhere(session: Session) -> None:
    session.log_in(MUTED)
    session.change(6, Change(muted=False, group=10))
    assert session.refused() == YOU_ARE_MUTED
    session.change(7, Change(muted=False))
    session.change(8, Change(muted=True, group=10))
    assert session.refused() is None


def test_warning_and_rule_changes_forbid_nothing(session: Session) -> None:
    session.log_in()
    session.change(6, Change(warned=True, reason="spam"))
    session.change(7, Change(rules=True))
    assert (session.refused(), session.ended) == (None, [])


def test_person_muted_before_the_login_is_muted(session: Session) -> None:
    session.log_in(MUTED)
    assert session.refused() == YOU_ARE_MUTED
    session.change(6, Change(banned=False))
    assert session.refused() == YOU_ARE_MUTED


@pytest.mark.parametrize(("change", "why"), ENDS)
def test_status_change_after_login_ends_the_session(
    session: Session, change: Change, why: Failure | None
) -> None:
    session.log_in()
    session.change(6, change)
    assert session.ended == [why] * bool(why)
    if why:
        assert session.refused() == why


@pytest.mark.parametrize(("change", "why"), ENDS)
def test_status_change_during_the_read_refuses_the_login(
    session: Session, change: Change, why: Failure | None
) -> None:
    session.change(6, change)
    assert session.log_in() == why
    assert session.ended == []


@pytest.mark.parametrize(("change", "why"), ENDS)
def test_status_change_before_the_read_does_not_end_the_session(
    session: Session, change: Change, why: Failure | None
) -> None:
    session.change(5, change)  # it is applied late
    assert session.log_in() is None
    assert (session.ended, session.refused()) == ([], None)


def test_last_of_several_status_changes_applies(session: Session) -> None:
    session.change(4, Change(muted=True))
    session.change(6, Change(muted=True))
    session.change(7, Change(muted=False))
    session.log_in(MUTED)
    assert session.refused() is None


def test_permit_ends_its_session_once(session: Session) -> None:
    session.log_in()
    session.change(6, Change(banned=True))
    session.change(7, Change(ended=EVERYTHING))
    session.change(8, Change(banned=False))
    assert session.ended == [Failure.of(Cause.BANNED)]
    assert session.refused() == Failure.of(Cause.BANNED)


def test_refused_message_of_a_banned_person_ends_the_session_once(session: Session) -> None:
    session.log_in()
    session.permit.end_banned()
    session.change(6, Change(banned=True))
    assert session.ended == [Failure.of(Cause.BANNED)]
    assert session.refused() == Failure.of(Cause.BANNED)


def test_session_without_a_browser_session_does_not_end_with_one(session: Session) -> None:
    session.log_in(BOB._replace(session=""))
    session.change(6, Change(ended=MINE))
    session.change(7, Change(muted=False))
    assert session.ended == []


class TestLoggingInAgain:
    @pytest.fixture
    def session(self) -> Session:
        session = Session()
        session.log_in()
        session.permit.begin()
        return session

    def test_relogin_of_a_muted_person_mutes_the_session(self, session: Session) -> None:
        assert session.log_in(MUTED, 8) is None
        assert session.refused() == YOU_ARE_MUTED

    def test_status_change_during_a_relogin_overrides_the_read(self, session: Session) -> None:
        session.change(9, Change(muted=True))
        session.log_in(BOB, 8)
        assert session.refused() == YOU_ARE_MUTED

    def test_status_change_already_read_by_a_relogin_is_ignored(self, session: Session) -> None:
        session.change(7, Change(muted=True))
        session.log_in(BOB, 8)
        assert session.refused() is None

    def test_ban_during_a_relogin_ends_the_session_and_refuses_the_login(self, session: Session) -> None:
        session.change(9, Change(banned=True))
        assert session.ended == [Failure.of(Cause.BANNED)]
        assert session.log_in(BOB, 8) == Failure.of(Cause.BANNED)
        assert session.ended == [Failure.of(Cause.BANNED)]

    @pytest.mark.parametrize("ended", [MINE, OTHER])
    def test_old_and_new_browser_session_both_count_during_a_relogin(
        self, session: Session, ended: str
    ) -> None:
        session.change(9, Change(ended=ended))
        assert session.log_in(BOB._replace(session=OTHER), 8) == Failure.of(Cause.LOG_IN_AGAIN)
        assert session.ended == [Failure.of(Cause.LOG_IN_AGAIN)]

    def test_relogin_replaces_the_browser_session_of_the_permit(self, session: Session) -> None:
        session.log_in(BOB._replace(session=OTHER), 8)
        session.change(9, Change(ended=MINE))
        assert session.ended == []
        session.change(10, Change(ended=OTHER))
        assert session.ended == [Failure.of(Cause.LOG_IN_AGAIN)]
