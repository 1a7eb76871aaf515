"""People, as others find them."""

from accounts.models import User
from tests.support.api import Api
from tests.support.groups import ALICE, AVATAR, BOB, CHARLIE


def test_others_profiles_are_seen(bob: Api) -> None:
    assert bob.get("users/alice").said == {"userid": ALICE, "nickname": "", "avatar": AVATAR}
    assert bob.get("users/nobody").failed == (404, "not_found")


def test_several_by_their_userids(bob: Api) -> None:
    found = bob.get("users", ids="charlie,nobody,alice").said
    assert ([one["userid"] for one in found["items"]], found["more"]) == ([CHARLIE, ALICE], False)


def test_by_the_beginning_of_a_userid_or_a_part_of_a_nickname(bob: Api) -> None:
    User.objects.filter(pk=BOB).update(nickname="Queen Alicia")
    assert [one["userid"] for one in bob.get("users", q="ali").said["items"]] == [ALICE, BOB]
    assert bob.get("users", q="lice").said == {"items": [], "more": False}
    assert bob.get("users", q="%").said["items"] == []


def test_at_most_fifty(bob: Api) -> None:
    User.objects.bulk_create(User(userid=f"user{number:02}") for number in range(51))
    found = bob.get("users", q="user").said
    assert (len(found["items"]), found["more"]) == (50, True)


def test_what_is_no_question(bob: Api) -> None:
    asked: list[dict[str, str]] = [{}, {"q": ""}, {"q": "\0"}, {"q": "x" * 60_000}]
    for query in [*asked, {"ids": ""}, {"ids": "a,,b"}, {"ids": "a_b"}]:
        assert bob.get("users", **query).failed == (400, "invalid"), query
