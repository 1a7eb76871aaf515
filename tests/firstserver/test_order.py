"""All inboxes are merged into one order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstserver import ordering
from firstserver.ordering import merge, order_messages
from firstserver.staging import Staging, staging


def merged(*lists: list[int]) -> list[int]:
    """Of one second."""
    return list(merge((number, message) for number, messages in enumerate(lists) for message in messages))


def test_merged_messages_keep_order_of_each_inbox() -> None:
    assert merged([1, 2], [3, 1, 4]) == [3, 1, 2, 4]


def test_inboxes_without_common_messages_are_concatenated() -> None:
    assert merged([3, 2], [1]) == [3, 2, 1]


def test_contradicting_inboxes_are_merged_without_loss() -> None:
    assert merged([1, 2, 3], [3, 2, 1]) == [1, 2, 3]
    assert sorted(merged([1, 2], [2, 3], [3, 1], [4, 1])) == [1, 2, 3, 4]


@given(st.permutations(range(12)), st.lists(st.sets(st.integers(0, 11)), max_size=6))
def test_each_inbox_keeps_its_order(original: list[int], inboxes: list[set[int]]) -> None:
    lists = [[message for message in original if message in inbox] for inbox in inboxes]
    result = merged(*lists)
    assert len(result) == len(set(result))
    for messages in lists:
        assert [message for message in result if message in messages] == messages


def ordered(staged: Staging) -> list[int]:
    order_messages(staged, lambda rows, total, what: rows)
    return [message for (message,) in staged.query("SELECT message FROM ordered ORDER BY position")]


def test_second_with_many_messages_is_ordered_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering, "MAX_SORTED_MESSAGES", 2)
    inboxes = [("a", 1, 7, 1, 1), ("a", 2, 7, 1, 2), ("b", 3, 7, 2, 1), ("b", 1, 7, 2, 2), ("b", 4, 6, 2, 3)]
    with staging() as staged:
        staged.insert("waiting", inboxes)
        assert ordered(staged) == [4, 1, 2, 3]
