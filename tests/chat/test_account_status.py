"""Who learns that somebody's standing has changed."""

from accounts.account_status import Change
from chat.delivery.loop.write_rights import StatusWatch
from log.rows import AccountStatusChange


class Session:
    def __init__(self) -> None:
        self.notified: list[int] = []
        self.watch: StatusWatch | None = None

    def change_account_status(self, row: AccountStatusChange) -> None:
        self.notified.append(row.id)
        if self.watch:
            self.watch.unwatch(row.userid, self)


def change(id_: int, userid: str = "bob") -> AccountStatusChange:
    return AccountStatusChange(id_, userid, Change(muted=True), 0)


def test_session_gets_status_of_its_own_person_only() -> None:
    watch, phone, tablet, alice = StatusWatch(), Session(), Session(), Session()
    watch.watch("bob", phone)
    watch.apply(change(1))
    watch.watch("bob", tablet)
    watch.watch("alice", alice)
    watch.apply(change(2))
    assert (phone.notified, tablet.notified, alice.notified) == ([1, 2], [2], [])


def test_unwatched_session_gets_no_status_change() -> None:
    watch, phone, tablet = StatusWatch(), Session(), Session()
    watch.watch("bob", phone)
    watch.watch("bob", tablet)
    watch.unwatch("bob", phone)
    watch.unwatch("bob", phone)
    watch.apply(change(1))
    watch.unwatch("bob", tablet)
    watch.unwatch("charlie", tablet)
    watch.apply(change(2))
    assert (phone.notified, tablet.notified) == ([], [1])
    assert watch._sessions == {}


def test_session_that_leaves_on_a_status_change_does_not_stop_delivery_to_others() -> None:
    watch, sessions = StatusWatch(), [Session() for _ in range(5)]
    for session in sessions:
        session.watch = watch
        watch.watch("bob", session)
    watch.apply(change(1))
    watch.apply(change(2))
    assert [session.notified for session in sessions] == [[1]] * 5
