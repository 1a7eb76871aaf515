"""The rows of the log, in no dialect."""

from collections.abc import Sequence
from typing import get_args

import pytest

from chat.protocol.rows import KINDS, NOTICE, STANDING, Entry, MembershipNotice, Row


def test_every_row_has_a_place_and_a_time() -> None:
    for kind in get_args(Row):
        assert {"id", "time"} <= set(kind._fields)


def test_rows_of_both_kinds_stand_in_the_order_of_their_ids() -> None:
    rows: Sequence[Row] = [
        Entry(3, "audio", "alice", 1, "a", "", 1),
        MembershipNotice(1, 2, ("bob",), (), 9),
        Entry(2, "video", "bob", "alice", "z", "", 9),
    ]
    assert [row.id for row in sorted(rows)] == [1, 2, 3]


@pytest.mark.parametrize("kind", [NOTICE, STANDING])
def test_nobody_can_send_what_comes_from_the_system(kind: str) -> None:
    assert kind not in KINDS


@pytest.mark.parametrize("kind", [*KINDS, NOTICE, STANDING])
def test_a_kind_can_stand_in_any_dialect(kind: str) -> None:
    assert kind.isascii()
    assert kind.isalpha()
