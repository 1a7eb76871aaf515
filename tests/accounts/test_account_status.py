"""What a change of standing says."""

import pytest

from accounts.account_status import EVERYTHING, AccountStatus, Change, session_digest

KEY = "0123456789abcdefghijklmnopqrstuv"


def test_a_digest_names_a_session_without_its_key() -> None:
    digest = session_digest(KEY)
    assert len(digest) == 32
    assert digest == session_digest(KEY)
    assert Change(ended=digest) != Change()


def test_session_digest_hides_key() -> None:
    assert KEY not in session_digest(KEY)


@pytest.mark.parametrize("other", [KEY + "0", KEY.upper(), ""])
def test_session_digests_are_unique(other: str) -> None:
    assert session_digest(other) not in (session_digest(KEY), EVERYTHING, "")


FREE = AccountStatus(False, False, "", "")
MUTED, LOCKED = AccountStatus(True, False, "spam", ""), AccountStatus(False, True, "threats", "")
BOTH = AccountStatus(True, True, "threats", "spam")


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        (FREE, Change(muted=True, reason="spam"), MUTED),
        (MUTED, Change(muted=False, reason="a mistake"), FREE),
        (MUTED, Change(banned=True, reason="threats"), BOTH),
        (LOCKED, Change(muted=True, reason="spam"), BOTH),
        (BOTH, Change(banned=False, reason="a mistake"), MUTED),
        (BOTH, Change(muted=False), LOCKED),
        (BOTH, Change(banned=True, reason="worse"), AccountStatus(True, True, "worse", "spam")),
        (BOTH, Change(muted=True, reason="more"), AccountStatus(True, True, "threats", "more")),
        (LOCKED, Change(banned=False), FREE),
        (BOTH, Change(), BOTH),
    ],
)
def test_a_mute_and_a_lock_keep_their_reasons(
    before: AccountStatus, change: Change, after: AccountStatus
) -> None:
    assert before.after(change) == after
