"""People, as others find them."""

from django.db import connection

from accounts.erasing import blank
from accounts.models import User
from chat.delivery.background import spell_next_names
from tests.api.over_the_network.shapes import NO_SUCH_USER, invalid
from tests.support.api import Api
from tests.support.groups import ALICE, AVATAR, BOB, CHARLIE


def test_profiles_of_others_are_readable(bob: Api) -> None:
    assert bob.get("users/alice").body == {"userid": ALICE, "nickname": "", "avatar": AVATAR}
    assert bob.get("users/nobody").outcome == NO_SUCH_USER


def test_users_are_found_by_several_userids(bob: Api) -> None:
    body = bob.get("users", ids="charlie,nobody,alice").body
    assert ([one["userid"] for one in body["items"]], body["more"]) == ([CHARLIE, ALICE], False)


def test_people_search_matches_start_of_userid_or_part_of_nickname(bob: Api) -> None:
    User.objects.filter(pk=BOB).update(nickname="Queen Alicia")
    assert [one["userid"] for one in bob.get("users", q="ali").body["items"]] == [ALICE, BOB]
    assert bob.get("users", q="lice").body == {"items": [], "more": False, "next": None}
    assert bob.get("users", q="%").body["items"] == []


def test_users_are_found_by_pinyin_of_their_nickname(bob: Api) -> None:
    User.objects.filter(pk=ALICE).update(nickname="张三")
    assert not spell_next_names()
    for q in ("zhangsan", "zhang", "ZS", "Zhang San", "san", "zhang's", "张"):
        assert [one["userid"] for one in bob.get("users", q=q).body["items"]] == [ALICE], q
    for q in ("hangsan", "zhangsi", "z%s", "z_", "zs*", " ", "' OR 1=1", "ɀs", "z" * 200):
        assert bob.get("users", q=q).body["items"] == [], q


def test_pinyin_search_follows_nickname_changes(bob: Api) -> None:
    """Whatever has written it."""
    User.objects.filter(pk=ALICE).update(nickname="张三")
    spell_next_names()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET nickname = '曾国藩' WHERE userid = 'alice'")
    spell_next_names()
    assert bob.get("users", q="zs").body["items"] == []
    assert [one["userid"] for one in bob.get("users", q="zeng").body["items"]] == [ALICE]
    blank(ALICE)
    assert bob.get("users", q="zeng").body["items"] == []
    assert User.objects.get(pk=ALICE).spelling == ""


def test_user_search_returns_at_most_fifty(bob: Api) -> None:
    User.objects.bulk_create(User(userid=f"user{number:02}") for number in range(51))
    body = bob.get("users", q="user").body
    assert (len(body["items"]), body["more"]) == (50, True)


def test_invalid_people_query_is_rejected(bob: Api) -> None:
    assert bob.get("users").outcome == invalid("q", "Say whom you look for: q or ids.")
    for query in ({"q": ""}, {"q": "\0"}, {"q": "x" * 60_000}, {"ids": ""}):
        assert bob.get("users", **query).failed == (400, "invalid"), query
    for ids in ("a,,b", "a_b"):
        answer = bob.get("users", ids=ids)
        assert answer.outcome == invalid("ids", "Holds something that is not a userid."), ids
