"""What a change of standing says."""

import pytest

from accounts.standing import EVERYTHING, Change, session_digest

KEY = "0123456789abcdefghijklmnopqrstuv"


def test_a_digest_names_a_session_without_its_key() -> None:
    digest = session_digest(KEY)
    assert len(digest) == 32
    assert digest == session_digest(KEY)
    assert Change(ended=digest) != Change()


def test_it_does_not_tell_the_key() -> None:
    assert KEY not in session_digest(KEY)


@pytest.mark.parametrize("other", [KEY + "0", KEY.upper(), ""])
def test_no_two_sessions_have_one_digest(other: str) -> None:
    assert session_digest(other) not in (session_digest(KEY), EVERYTHING, "")
