"""Where the pictures are."""

import pytest
from django.contrib.staticfiles import finders
from pytest_django import Settings

from accounts.models import User
from accounts.selectors import absolute_url, avatar_url
from tests.support.settings import override

BASE = "http://10.0.0.7:6060"


def test_an_address_elsewhere_stays_as_it_is() -> None:
    alice = User(userid="alice", avatar="https://cdn.example/a_b-c.jpg?size=1")
    assert avatar_url(alice, BASE) == "https://cdn.example/a_b-c.jpg?size=1"


def test_missing_avatar_uses_default() -> None:
    assert avatar_url(User(userid="alice"), BASE) == f"{BASE}/static/im66/avatar.png"
    assert finders.find("im66/avatar.png")


def test_stored_avatar_has_absolute_url() -> None:
    assert avatar_url(User(userid="alice", avatar="/media/a.jpg"), BASE) == f"{BASE}/media/a.jpg"


@pytest.mark.parametrize("path", ["media/a.jpg", "/media/a.jpg"])
def test_a_slash_more_or_less_makes_no_difference(path: str) -> None:
    assert absolute_url(path, BASE) == f"{BASE}/media/a.jpg"


def test_the_public_url_comes_first(settings: Settings) -> None:
    override(settings, public_url="https://chat.example/im")
    assert absolute_url("/media/a.jpg", BASE) == "https://chat.example/im/media/a.jpg"
    assert avatar_url(User(userid="alice"), BASE) == "https://chat.example/im/static/im66/avatar.png"
    assert absolute_url("https://cdn.example/a.jpg", BASE) == "https://cdn.example/a.jpg"


def test_display_name_is_nickname_or_userid() -> None:
    named = User(userid="alice", nickname="爱丽丝")
    assert [named.display_name, named.get_full_name(), named.get_short_name()] == ["爱丽丝"] * 3
    assert User(userid="alice").display_name == "alice"
