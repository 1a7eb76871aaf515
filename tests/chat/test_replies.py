"""What became of a command, in no dialect."""

from typing import get_args

import pytest

from chat.protocol import replies
from chat.protocol.replies import Accepted, Code, Failure, Me, Member, Reply, Result


def test_every_result_is_one_of_result() -> None:
    declared = {
        value
        for value in vars(replies).values()
        if isinstance(value, type) and value.__module__ == replies.__name__
    }
    # Accepted is written by `encode_accepted`, without a Reply.
    assert set(get_args(Result)) == declared - {Accepted, Code, Reply, Me, Member}


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (400, Code.MALFORMED),
        (401, Code.LOG_IN_FIRST),
        (403, Code.NOT_ALLOWED),
        (404, Code.NOT_FOUND),
        (408, Code.TOO_LATE),
        (409, Code.CONFLICT),
        (413, Code.TOO_LONG),
        (429, Code.TOO_FAST),
        (503, Code.TRY_AGAIN),
    ],
)
def test_clients_know_a_code_by_its_number(number: int, code: Code) -> None:
    assert f"{Failure(code, 'why').code}" == str(number)


def test_there_are_no_others() -> None:
    assert len(Code) == 9
