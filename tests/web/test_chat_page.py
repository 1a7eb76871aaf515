"""The chat page at `/`."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from accounts.services import ensure_users
from log.appending import Draft, append
from tests.support.settings import override
from web.chat_views import policy

pytestmark = pytest.mark.django_db


def config(client: Client) -> dict[str, Any]:
    """Return the page's configuration for its scripts."""
    match = re.search(r'<script id="config" type="application/json">(.*?)</script>', page(client))
    assert match
    embedded: dict[str, Any] = json.loads(match[1])
    return embedded


def brought(client: Client) -> Any:
    """Return the page's embedded list of conversations, or None."""
    match = re.search(r'<script id="conversations" type="application/json">(.*?)</script>', page(client))
    assert bool(match) == bool(config(client)["listed"])
    return match and json.loads(match[1])


def page(client: Client) -> str:
    response = client.get("/")
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice", "a good password")


def test_page_config_has_mode_and_addresses(client: Client) -> None:
    assert config(client)["mode"] == "open"
    assert config(client)["urls"]["console"] == "/console"


def test_offline_history_is_per_login_and_can_be_disabled(
    client: Client, alice: User, settings: Settings
) -> None:
    assert config(client)["history"] is None
    override(settings, auth="token")
    client.force_login(alice)
    first = config(client)["history"]
    assert first["days"] == 7
    client.logout()
    client.force_login(alice)
    assert config(client)["history"]["login"] != first["login"]
    override(settings, offline_history_days=0)
    assert config(client)["history"] is None


def test_page_loads_early_script_stylesheet_and_script(client: Client) -> None:
    loaded = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page(client))
    assert [name.rpartition("/")[2] for name in loaded] == ["early.js", "chat.css", "chat.js"]
    assert all(client.get(name).status_code == 200 for name in loaded)


def test_page_names_end_of_log(client: Client) -> None:
    ensure_users(["alice", "bob"])
    assert config(client)["head"] == 0
    appended = append([Draft("text", "alice", "bob", "hello", "")])
    assert config(client)["head"] == appended.batch.last


class TestOpenMode:
    def test_page_sets_no_cookie(self, client: Client) -> None:
        assert not client.get("/").cookies

    def test_session_is_ignored_in_open_mode(self, client: Client, alice: User) -> None:
        client.force_login(alice, "django.contrib.auth.backends.ModelBackend")
        assert config(client)["userid"] == ""

    def test_demo_people_are_offered_in_open_mode(self, client: Client) -> None:
        ensure_users(["alice", "bob"])
        User.objects.filter(pk="alice").update(nickname="Alice")
        assert [one["userid"] for one in config(client)["people"]] == ["alice"]

    def test_real_people_are_not_offered_in_open_mode(self, client: Client) -> None:
        ensure_users(["alice", "dana"])
        assert config(client)["people"] == []


class TestTokenMode:
    @pytest.fixture(autouse=True)
    def _token_mode(self, settings: Settings) -> None:
        override(settings, auth="token")

    def test_page_names_logged_in_person(self, client: Client, alice: User) -> None:
        client.force_login(alice, "django.contrib.auth.backends.ModelBackend")
        embedded = config(client)
        assert (embedded["mode"], embedded["userid"]) == ("token", "alice")
        assert embedded["csrf"]

    def test_people_are_not_offered_in_token_mode(self, client: Client, alice: User) -> None:
        User.objects.filter(pk="alice").update(nickname="Alice")
        client.force_login(alice, "django.contrib.auth.backends.ModelBackend")
        assert config(client)["people"] == []

    def test_anonymous_visitor_is_sent_to_login(self, client: Client) -> None:
        response = client.get("/")
        assert (response.status_code, response["Location"]) == (302, "/login/?next=/")

    def test_chat_page_is_not_cached(self, client: Client, alice: User) -> None:
        client.force_login(alice, "django.contrib.auth.backends.ModelBackend")
        assert "no-store" in client.get("/")["Cache-Control"]


class TestEmbeddedList:
    @pytest.fixture(autouse=True)
    def _wrote(self) -> None:
        ensure_users(["alice", "bob", "charlie"])
        append([Draft("text", "bob", "alice", "</script><b>&amp;你好", "")])

    @pytest.mark.parametrize("mode", ["open", "token"])
    def test_embedded_list_matches_api(self, client: Client, settings: Settings, mode: str) -> None:
        override(settings, auth=mode)
        headers = {"Authorization": "Userid alice"} if mode == "open" else {"Sec-Fetch-Dest": "empty"}
        client.cookies["im66_userid"] = "alice"
        if mode == "token":
            client.force_login(User.objects.get(pk="alice"), "django.contrib.auth.backends.ModelBackend")

        embedded = brought(client)

        assert embedded["items"][0]["last"]["content"] == "</script><b>&amp;你好"
        site = {"Sec-Fetch-Site": "same-origin"}
        assert (
            embedded
            == client.get("/api/v1/conversations?folder=main&limit=50", headers={**headers, **site}).json()
        )
        assert config(client)["listed"] == "alice"

    def test_page_embeds_only_own_conversations(self, client: Client, settings: Settings) -> None:
        assert brought(client) is None
        client.cookies["im66_userid"] = "charlie"
        assert brought(client)["items"] == []
        override(settings, auth="token")
        client.cookies["im66_userid"] = "alice"
        client.force_login(User.objects.get(pk="charlie"), "django.contrib.auth.backends.ModelBackend")
        assert brought(client)["items"] == []

    @pytest.mark.parametrize("userid", ["%FF", "a b", "\u00e4", "%00", "x" * 4000])
    def test_invalid_userid_embeds_no_list(self, client: Client, userid: str) -> None:
        client.cookies["im66_userid"] = userid
        assert brought(client) is None

    def test_long_list_is_not_embedded(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("web.chat_views.MAX_LIST_BYTES", 100)
        client.cookies["im66_userid"] = "alice"
        assert brought(client) is None


class TestPolicy:
    def test_policy_allows_local_previews(self, client: Client) -> None:
        embedded = client.get("/")["Content-Security-Policy"].split("; ")
        assert "img-src 'self' data: blob:" in embedded
        assert "media-src 'self' blob:" in embedded
        assert "default-src 'self'" in embedded

    def test_policy_allows_media_host(self) -> None:
        embedded = policy("https://media.example/chat")
        assert all("https://media.example" in sources for sources in embedded.values())

    def test_policy_allows_map_tiles_only_as_images(self) -> None:
        embedded = policy("", "https://tiles.example/{z}/{x}/{y}.png?key=1")
        named = {what for what, sources in embedded.items() if "https://tiles.example" in sources}
        assert named == {"img-src"}

    def test_default_policy_allows_no_other_host(self) -> None:
        assert not any("//" in source for sources in policy("").values() for source in sources)
