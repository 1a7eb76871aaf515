"""After an import each person gets exactly what waited, whatever happened on the first server."""

from itertools import groupby

import pytest

from log.models import Membership
from tests.firstserver.conftest import Import
from tests.firstserver.first_server import FirstServer
from tests.firstserver.playing import Message, lay_out, play
from tests.firstserver.reading import waiting_for

SEEDS = 20


def without_order_where_it_is_open(messages: list[Message]) -> list[Message]:
    """Who says the same twice in a second: nobody can tell which of both is in another inbox, and so between
    which others it belongs."""
    results: list[Message] = []
    for _, second in groupby(messages, key=lambda message: message[3]):
        together = list(second)
        results += together if len(together) == len(set(together)) else sorted(together, key=str)
    return results


@pytest.mark.parametrize("seed", range(SEEDS))
def test_each_person_gets_exactly_the_waiting_messages(
    first: FirstServer, run_import: Import, seed: int
) -> None:
    played = play(seed)
    lay_out(played, first)
    run_import()
    for userid, waiting in played.waiting.items():
        expected = [message for _, message in waiting]
        got = [(entry.sender, entry.to, entry.content, entry.time) for entry in waiting_for(userid)]
        assert without_order_where_it_is_open(got) == without_order_where_it_is_open(expected)
    current = Membership.objects.current().values_list("group", "user")
    assert set(current) == {
        (group, userid) for group, members in played.members.items() for userid in members
    }
