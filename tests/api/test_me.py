"""Who calls, and what others see of that person."""

import pytest
from django.core.files.storage import default_storage

from accounts.models import User
from tests.support.api import Api
from tests.support.groups import AVATAR, BOB

PICTURE = f"{'a' * 32}-4x4.png"


def test_it_works(bob: Api) -> None:
    assert bob.get("me").said == {"userid": BOB, "nickname": "", "avatar": AVATAR}
    changed = bob.patch("me", nickname="Bobby")
    assert (changed.status, changed.said) == (200, {"userid": BOB, "nickname": "Bobby", "avatar": AVATAR})
    assert User.objects.get(pk=BOB).nickname == "Bobby"


def test_a_picture_is_one_that_was_uploaded_here(bob: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"http://testserver/media/{PICTURE}"
    assert bob.patch("me", avatar=url).failed == (400, "invalid")
    monkeypatch.setattr(default_storage, "exists", lambda name: name == PICTURE)
    assert bob.patch("me", avatar=url).said["avatar"] == url
    assert User.objects.get(pk=BOB).avatar == f"/media/{PICTURE}"
    for other in ("http://elsewhere/x.png", "http://[::1", "x", f"http://testserver/media/{'a' * 32}-3.mp3"):
        assert bob.patch("me", avatar=other).failed == (400, "invalid")
    assert bob.patch("me", avatar="").said["avatar"] == AVATAR


def test_what_is_no_nickname(bob: Api) -> None:
    bad: tuple[object, ...] = ("x" * 101, "a\nb", "\0", 3, None, ["x"], {})
    for nickname in bad:
        answer = bob.patch("me", nickname=nickname)
        assert answer.failed == (400, "invalid")
        assert list(answer.said["error"]["fields"]) == ["nickname"]
    assert User.objects.get(pk=BOB).nickname == ""


def test_who_is_muted_changes_nothing(bob: Api) -> None:
    User.objects.filter(pk=BOB).update(muted=True)
    assert bob.patch("me", nickname="x").failed == (403, "muted")
    assert bob.get("me").status == 200


def test_what_is_not_known_is_ignored(bob: Api) -> None:
    assert bob.patch("me", muted=True, userid="x", nickname="Bobby").said["userid"] == BOB
