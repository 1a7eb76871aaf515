"""What is lost, comes twice or out of order is counted exactly."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.ledger import Account, Inbox, total


def account(numbers: list[int], sent: int) -> Account:
    inbox = Inbox()
    for number in numbers:
        inbox.take(b"alice", number)
    return inbox.account({b"alice": sent})


def test_messages_in_order_make_a_clean_account() -> None:
    assert account([1, 2, 3], 3) == Account(arrived=3)


@pytest.mark.parametrize(
    ("numbers", "sent", "expected"),
    [
        ([], 2, Account(lost=2)),
        ([1, 3], 3, Account(arrived=2, lost=1)),
        ([2], 3, Account(arrived=1, lost=2)),
        ([1, 1, 2], 2, Account(arrived=2, duplicates=1)),
        ([1, 3, 2], 3, Account(arrived=3, late=1)),
        ([1, 3, 2, 2], 3, Account(arrived=3, late=1, duplicates=1)),
        ([3, 1, 1], 4, Account(arrived=2, lost=2, late=1, duplicates=1)),
    ],
)
def test_inbox_account_counts_lost_duplicate_and_late_messages(
    numbers: list[int], sent: int, expected: Account
) -> None:
    assert account(numbers, sent) == expected


@given(st.lists(st.integers(1, 30), max_size=100), st.integers(0, 30))
def test_account_agrees_with_sets(numbers: list[int], more: int) -> None:
    sent = max(numbers, default=0) + more
    result = account(numbers, sent)
    assert result.arrived == len(set(numbers))
    assert result.lost == sent - len(set(numbers))
    assert result.duplicates == len(numbers) - len(set(numbers))
    firsts = list(dict.fromkeys(numbers))
    assert result.late == sum(number < max(firsts[: at + 1]) for at, number in enumerate(firsts))


def test_senders_are_kept_apart() -> None:
    inbox = Inbox()
    assert inbox.take(b"alice", 1)
    assert inbox.take(b"bob", 1)
    assert not inbox.take(b"bob", 1)
    assert inbox.account({b"alice": 1, b"bob": 1, b"charlie": 1}) == Account(2, lost=1, duplicates=1)


def test_loss_of_one_receiver_shows_in_the_total() -> None:
    numbers = list(range(1, 101))
    without = [number for number in numbers if number != random.Random(1).choice(numbers)]
    result = total([account(numbers, 100), account(without, 100), account(numbers, 100)])
    assert result == Account(arrived=299, lost=1)
    assert not result.is_clean
