"""Searching messages: everybody finds what they may read."""

from typing import Any

import pytest

from chat import log, selectors
from chat.log import Draft
from chat.readers.reader import step
from chat.readers.search_index import SearchIndex
from groups.models import Group
from tests.support.api import Api
from tests.support.groups import ALICE, BOB

PATH = "messages/search"


def say(sender: str, to: str | int, content: str) -> int:
    """Write, and let the index know."""
    id_ = log.append([Draft("text", sender, to, content, "")]).batch.last
    index = SearchIndex()
    while (step(index) or 0) < selectors.last_id():
        pass
    return id_


def ids(api: Api, **query: Any) -> list[int]:
    return [one["id"] for one in api.get(PATH, **query).said["items"]]


def test_it_works(bob: Api, charlie: Api, group: Group) -> None:
    first, second = say(ALICE, BOB, "hello, 今天天气很好"), say(ALICE, group.pk, "hello again")
    found = bob.get(PATH, q="hello").said
    assert found["more"] is False
    assert [(one["id"], one["conversation"]) for one in found["items"]] == [
        (second, f"g:{group.pk}"),
        (first, "u:alice"),
    ]
    assert ids(bob, q="天气") == [first]
    assert ids(charlie, q="hello") == []


def test_narrower(bob: Api, group: Group) -> None:
    first, second = say(ALICE, BOB, "hello"), say(BOB, group.pk, "hello")
    assert ids(bob, q="hello", conversation="u:alice") == [first]
    assert ids(bob, q="hello", conversation=f"g:{group.pk}") == [second]
    assert ids(bob, q="hello", before=second) == [first]
    assert ids(bob, q="hello", kind="picture") == []
    assert ids(bob, q="hello", **{"from": "alice"}) == [first]
    assert bob.get(PATH, q="hello", limit=1).said["more"] is True


@pytest.mark.parametrize(
    "query",
    [{}, {"q": ""}, {"q": "x" * 201}, {"q": "x", "conversation": "bob"}, {"q": "x", "from": "a_b"}],
)
def test_what_is_no_question(bob: Api, query: dict[str, str]) -> None:
    assert bob.get(PATH, **query).failed == (400, "invalid")
