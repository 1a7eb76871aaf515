"""Lists come a page at a time, small, and without what nobody asked for."""

import gzip
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest
from django.test import Client

from accounts.api.compressing import _Padded
from accounts.models import User
from accounts.services import ensure_users
from groups import services
from groups.models import JoinRequest
from log.models import Contact, Group
from tests.api.test_conversations import say
from tests.support.api import ROOT, Api
from tests.support.groups import ALICE, BOB

OTHERS = [f"other{number}" for number in range(7)]


@pytest.fixture
def others(db: None) -> list[str]:
    ensure_users([ALICE, BOB, *OTHERS])
    return OTHERS


def pages(api: Api, path: str, **query: Any) -> Iterator[list[dict[str, Any]]]:
    after: dict[str, Any] = {}
    while True:
        answer = api.get(path, **query, **after)
        assert answer.status == 200
        yield answer.body["items"]
        assert answer.body["more"] == (answer.body["next"] is not None)
        if not answer.body["more"]:
            return
        after = {"after": answer.body["next"]}


def names(items: list[dict[str, Any]]) -> list[str]:
    return [one.get("id") or one["userid"] for one in items]


def _contacts(group: Group) -> str:
    Contact.objects.bulk_create([Contact(user_id=ALICE, other_id=one) for one in OTHERS])
    return "contacts"


def _members(group: Group) -> str:
    services.add_members(group.pk, OTHERS, by=ALICE)
    return f"groups/{group.pk}/members"


def _requests(group: Group) -> str:
    JoinRequest.objects.bulk_create([JoinRequest(group=group, user_id=one) for one in OTHERS])
    return f"groups/{group.pk}/requests"


def _users(group: Group) -> str:
    User.objects.filter(pk__in=OTHERS).update(nickname="other")
    return "users"


def _conversations(group: Group) -> str:
    for one in OTHERS:
        say(one, ALICE)
    return "conversations"


@pytest.mark.parametrize("fill", [_contacts, _conversations, _members, _requests, _users])
def test_pages_together_contain_the_whole_list(
    fill: Any, alice: Api, group: Group, others: list[str]
) -> None:
    path = fill(group)
    query = {"q": "other"} if path == "users" else {}
    complete = names(alice.get(path, **query).body["items"])
    assert len(complete) >= len(OTHERS)
    results = [names(items) for items in pages(alice, path, limit=3, **query)]
    assert [len(items) for items in results[:-1]] == [3] * (len(results) - 1)
    assert [*chain(*results)] == complete
    for wrong in ({"limit": 0}, {"limit": 201}, {"after": "x"}, {"after": "W10="}):
        assert alice.get(path, **query, **wrong).failed == (400, "invalid")


def test_conversation_that_moves_between_pages_is_not_missed(
    alice: Api, group: Group, others: list[str]
) -> None:
    for one in OTHERS:
        say(one, ALICE)
    listing = pages(alice, "conversations", limit=3)
    result = names(next(listing))
    say(OTHERS[0], ALICE, "moves to the top")
    say(BOB, ALICE, "is new")
    for items in listing:
        result += names(items)
    assert result == [*(f"u:{one}" for one in reversed(OTHERS)), f"g:{group.pk}", "u:bob"]


def test_main_folder_has_pinned_conversations_first_and_counts(
    alice: Api, group: Group, others: list[str]
) -> None:
    for one in OTHERS:
        say(one, ALICE)
    alice.patch("conversations/u:other0", pinned=True)
    alice.patch("conversations/u:other1", archived=True)
    alice.patch("conversations/u:other2", muted=True)
    alice.put("conversations/u:other3/read", upto=10**6)
    alice.patch("conversations/u:other3", unread=True)
    answer = alice.get("conversations", folder="main", limit=2).body
    assert names(answer["items"]) == ["u:other0", "u:other6"]
    assert answer["counts"] == {"unread": 5, "archived": 1, "requests": 0}
    results = [*chain(*map(names, pages(alice, "conversations", folder="main", limit=2)))]
    assert results == [*(f"u:other{number}" for number in (0, 6, 5, 4, 3, 2)), f"g:{group.pk}"]
    assert names(alice.get("conversations", folder="archived").body["items"]) == ["u:other1"]
    assert "counts" not in alice.get("conversations").body


def test_messages_of_strangers_are_in_the_requests_folder(
    alice: Api, group: Group, others: list[str]
) -> None:
    alice.patch("me/privacy", direct="contacts")
    say(OTHERS[0], ALICE)
    assert names(alice.get("conversations", folder="requests").body["items"]) == ["u:other0"]
    main = alice.get("conversations", folder="main").body
    assert (names(main["items"]), main["counts"]["requests"]) == ([f"g:{group.pk}"], 1)


def test_conversations_are_searched_by_name_and_remark(alice: Api, group: Group, others: list[str]) -> None:
    User.objects.filter(pk=OTHERS[0]).update(nickname="Rose Tyler")
    for one in OTHERS:
        say(one, ALICE)
    alice.patch("conversations/u:other1", remark="tyler's friend", archived=True)
    Group.objects.filter(pk=group.pk).update(name="Tylers")
    result = names(alice.get("conversations", q="tyler").body["items"])
    assert result == ["u:other1", "u:other0", f"g:{group.pk}"]
    assert names(alice.get("conversations", q="tyler ros").body["items"]) == ["u:other0"]


def test_extension_is_listed_on_request_only(alice: Api, others: list[str]) -> None:
    id_ = say(ALICE, BOB)
    alice.put("conversations/u:bob/pins", message=id_)
    alice.put("conversations/u:bob/stars", message=id_)
    paths = ("conversations", "conversations/u:bob/messages", "conversations/u:bob/pins", "stars")
    for path in paths:
        plain, extended = (
            answer.body["items"][0] for answer in (alice.get(path), alice.get(path, extension="true"))
        )
        plain, extended = (one.get("last", one) for one in (plain, extended))
        assert extended == {**plain, "extension": ""}
    assert "extension" not in alice.get("conversations/u:bob").body["last"]


def test_compressed_lists_have_random_length(alice: Api, others: list[str]) -> None:
    for one in OTHERS:
        say(one, ALICE, "some text")
    headers = {**alice.headers, "accept-encoding": "gzip"}
    answers = [Client().get(f"{ROOT}conversations", headers=headers) for _ in range(8)]
    assert {one["Content-Encoding"] for one in answers} == {"gzip"}
    assert {one["Vary"] for one in answers} == {"Accept-Encoding"}
    assert len({gzip.decompress(one.content) for one in answers}) == 1
    assert len({len(one.content) for one in answers}) > 1
    assert _Padded.max_random_bytes >= 100


def test_answers_with_lasting_secrets_are_not_compressed(alice: Api, group: Group) -> None:
    for _ in range(4):
        assert alice.post(f"groups/{group.pk}/links").status == 201
    headers = {**alice.headers, "accept-encoding": "gzip"}
    answer = Client().get(f"{ROOT}groups/{group.pk}/links", headers=headers)
    assert len(answer.content) > 500
    assert "Content-Encoding" not in answer
