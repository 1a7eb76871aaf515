"""Who calls, and what others see of that person."""

import pytest
from django.core.files.storage import default_storage

from accounts.models import User
from accounts.services import set_account_status
from tests.api.over_the_network.shapes import invalid
from tests.support.api import Api
from tests.support.groups import AVATAR, BOB

PICTURE = f"{'a' * 32}-4x4.png"
QUIET = {"from": "22:00", "to": "07:00", "zone": "Asia/Shanghai"}


def test_person_reads_and_changes_own_profile(bob: Api) -> None:
    assert bob.get("me").body == {
        "userid": BOB,
        "nickname": "",
        "avatar": AVATAR,
        "quiet": None,
        "push_text": False,
    }
    changed = bob.patch("me", nickname="Bobby")
    assert changed.status == 200
    assert changed.body == {
        "userid": BOB,
        "nickname": "Bobby",
        "avatar": AVATAR,
        "quiet": None,
        "push_text": False,
    }
    assert User.objects.get(pk=BOB).nickname == "Bobby"


def test_avatar_must_be_uploaded_here(bob: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"http://testserver/media/{PICTURE}"
    assert bob.patch("me", avatar=url).failed == (400, "invalid")
    monkeypatch.setattr(default_storage, "exists", lambda name: name == PICTURE)
    assert bob.patch("me", avatar=url).body["avatar"] == url
    assert User.objects.get(pk=BOB).avatar == f"/media/{PICTURE}"
    for other in ("http://elsewhere/x.png", "http://[::1", "x", f"http://testserver/media/{'a' * 32}-3.mp3"):
        assert bob.patch("me", avatar=other).failed == (400, "invalid")
    assert bob.patch("me", avatar="").body["avatar"] == AVATAR


def test_quiet_hours_are_stored(bob: Api) -> None:
    assert bob.patch("me", quiet=QUIET).body["quiet"] == QUIET
    wrong = bob.patch("me", quiet={**QUIET, "from": "24:00"})
    assert wrong.outcome == invalid("quiet", "Not a time of day, such as 22:00.")
    assert bob.get("me").body["quiet"] == QUIET
    assert bob.patch("me", quiet=None).body["quiet"] is None


def test_invalid_nickname_is_rejected(bob: Api) -> None:
    too_long = "Ensure this field has no more than 100 characters."
    assert bob.patch("me", nickname="x" * 101).outcome == invalid("nickname", too_long)
    bad: tuple[object, ...] = ("a\nb", "\0", 3, None, ["x"], {})
    for nickname in bad:
        answer = bob.patch("me", nickname=nickname)
        assert answer.failed == (400, "invalid")
        assert list(answer.body["error"]["fields"]) == ["nickname"]
    assert User.objects.get(pk=BOB).nickname == ""


def test_muted_person_cannot_change_the_profile(bob: Api) -> None:
    User.objects.filter(pk=BOB).update(muted=True)
    assert bob.patch("me", nickname="x").failed == (403, "muted")
    assert bob.get("me").status == 200


def test_muted_person_sees_end_and_reason(bob: Api) -> None:
    set_account_status(BOB, muted=True, until=4_000_000_000, reason="spam")
    body = bob.get("me").body
    assert (body["muted"], body["muted_until"], body["reason"]) == (True, 4_000_000_000, "spam")
    set_account_status(BOB, muted=True)
    body = bob.get("me").body
    assert (body["muted"], body["muted_until"], body["reason"]) == (True, None, "")
    set_account_status(BOB, muted=False)
    assert "muted" not in bob.get("me").body


def test_banned_person_sees_the_reason(bob: Api) -> None:
    set_account_status(BOB, banned=True, reason="spam")
    answer = bob.get("me")
    assert (answer.failed, answer.body["error"]["reason"]) == ((403, "banned"), "spam")


def test_unknown_profile_fields_are_ignored(bob: Api) -> None:
    assert bob.patch("me", muted=True, userid="x", nickname="Bobby").body["userid"] == BOB
