"""Searching messages: everybody finds what they may read."""

from typing import Any

import pytest

from chat.readers import search
from chat.readers.reader import step
from chat.readers.search_index import SearchIndex
from chat.reading import filling, pages
from log import appending, positions
from log.appending import Draft
from log.models import Group
from tests.api.over_the_network.shapes import invalid
from tests.support.api import Api
from tests.support.groups import ALICE, BOB

PATH = "messages/search"


def say(sender: str, to: str | int, content: str) -> int:
    """Write, and let the index know."""
    id_ = appending.append([Draft("text", sender, to, content, "")]).batch.last
    index = SearchIndex()
    while (step(index) or 0) < positions.last_id():
        pass
    return id_


def ids(api: Api, **query: Any) -> list[int]:
    return [one["id"] for one in api.get(PATH, **query).body["items"]]


def test_search_finds_readable_messages_only(bob: Api, charlie: Api, group: Group) -> None:
    first, second = say(ALICE, BOB, "hello, 今天天气很好"), say(ALICE, group.pk, "hello again")
    body = bob.get(PATH, q="hello").body
    assert body["more"] is False
    assert [(one["id"], one["conversation"]) for one in body["items"]] == [
        (second, f"g:{group.pk}"),
        (first, "u:alice"),
    ]
    assert ids(bob, q="天气") == [first]
    assert ids(charlie, q="hello") == []


def test_search_filters_narrow_results(bob: Api, group: Group) -> None:
    first, second = say(ALICE, BOB, "hello"), say(BOB, group.pk, "hello")
    assert ids(bob, q="hello", conversation="u:alice") == [first]
    assert ids(bob, q="hello", conversation=f"g:{group.pk}") == [second]
    assert ids(bob, q="hello", before=second) == [first]
    assert ids(bob, q="hello", kind="picture") == []
    assert ids(bob, q="hello", **{"from": "alice"}) == [first]
    assert bob.get(PATH, q="hello", limit=1).body["more"] is True


def test_interrupted_search_returns_where_to_resume(
    bob: Api, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = say(ALICE, BOB, "大天气")
    others = [say(ALICE, BOB, "大天 天气") for _ in range(3)]
    monkeypatch.setattr(search, "MAX_TEXTS", 2)
    body = bob.get(PATH, q="大天气").body
    assert body == {"items": [], "more": True, "before": others[1]}
    result = bob.get(PATH, q="大天气", before=body["before"]).body
    assert [one["id"] for one in result["items"]] == [first]


def test_search_pages_follow_each_other(bob: Api, group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if texts are so long that fewer fit on a page than were found."""
    ids_ = [say(ALICE, BOB, f"hello {'x' * 100}") for _ in range(5)][::-1]
    monkeypatch.setattr(pages, "PAGE_CHARACTERS", 150)
    monkeypatch.setattr(filling, "PAGE_CHARACTERS", 150)
    body = bob.get(PATH, q="hello", limit=4).body
    seen = [one["id"] for one in body["items"]]
    assert 0 < len(seen) < 4
    while body["more"]:
        body = bob.get(PATH, q="hello", limit=4, before=body["before"]).body
        seen += [one["id"] for one in body["items"]]
    assert seen == ids_
    assert "before" not in body


def test_invalid_search_is_rejected(bob: Api) -> None:
    wrong: list[tuple[dict[str, object], str, str]] = [
        ({}, "q", "This field is required."),
        ({"q": ""}, "q", "This field may not be blank."),
        ({"q": "x" * 201}, "q", "Ensure this field has no more than 200 characters."),
        ({"q": "x", "conversation": "bob"}, "conversation", "Not a conversation: u:<userid> or g:<groupid>."),
        ({"q": "x", "from": "a_b"}, "from", "Not a userid."),
        ({"q": "x", "kind": "noise"}, "kind", '"noise" is not a valid choice.'),
        ({"q": "x", "limit": 201}, "limit", "Ensure this value is less than or equal to 200."),
    ]
    for query, field, reason in wrong:
        assert bob.get(PATH, **query).outcome == invalid(field, reason), query
