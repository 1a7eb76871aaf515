"""Who makes a call: by token, by key, by session, and in open mode by name."""

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.authentication import api_keys
from accounts.authentication.proofs import Scope
from accounts.models import User
from log.models import Group
from tests.api.conftest import in_both_modes
from tests.api.over_the_network.shapes import NO_SUCH_USER, error, invalid
from tests.support.api import Api
from tests.support.groups import ALICE, BOB, CHARLIE
from tests.support.sessions import session_of
from tests.support.settings import override
from tests.support.tokens import SECRET, token

LOG_IN_FIRST = (401, "log_in_first")
OURS = "http://testserver"


@pytest.fixture
def token_mode(group: Group, settings: Settings) -> None:
    override(settings, auth="token", token_secret=SECRET, token_leeway_seconds=0.0)


def key(*scopes: Scope) -> str:
    return api_keys.make("a backend", scopes).text


def by_key(text: str) -> Api:
    return Api("", authorization=f"Api-Key {text}")


@in_both_modes
def test_calls_without_valid_authorization_get_401(mode: str) -> None:
    paths = ("me", "users?q=a", "conversations/u:alice/messages", "groups/1", "blocks")
    nothing = ("", "x", "Userid", "Userid a_b", "Userid %ED%A0%80")
    for shown in (*nothing, "Bearer", "Bearer x", "Basic YTpi", "Api-Key x"):
        answers = {path: Api("", authorization=shown).get(path).failed for path in paths}
        assert answers == dict.fromkeys(paths, LOG_IN_FIRST), shown


class TestInTokenMode:
    @pytest.fixture(autouse=True)
    def begin(self, token_mode: None) -> None:
        pass

    def test_token_in_the_query_is_ignored(self) -> None:
        assert Api("", authorization="").get("me", access_token=token(ALICE)).failed == LOG_IN_FIRST

    def test_token_cannot_act_for_another_person(self) -> None:
        assert Api(ALICE, has_token=True).get("me?as=bob").failed == (403, "not_allowed")
        assert Api(ALICE, has_token=True).get("me?as=alice").status == 200

    def test_api_key_needs_the_bots_scope_to_create_bots(self, group: Group) -> None:
        """The bot would read the group."""
        bots = f"groups/{group.pk}/hooks"
        backend = by_key(key(*set(Scope) - {Scope.BOTS}))
        calls = [backend.post(bots, name="spy"), backend.post(f"{bots}?as={ALICE}", name="spy")]
        for answer in [*calls, backend.get(bots), backend.delete(f"{bots}/1")]:
            assert answer.failed == (403, "not_allowed")
        assert by_key(key(Scope.BOTS)).post(bots, name="builds").status == 201

    def test_api_key_acts_for_the_person_named_in_the_query(self) -> None:
        backend = by_key(key(Scope.USERS))
        assert backend.get("me?as=bob").body["userid"] == BOB
        assert backend.get("me?as=nobody").outcome == NO_SUCH_USER
        assert backend.get("me").outcome == invalid("as", "Name the user you act for.")
        for query in ("?as=", "?as=bob&as=alice"):
            once = invalid("as", "Name the user you act for, once, in the query.")
            assert backend.get(f"me{query}").outcome == once, query

    def test_api_key_is_limited_to_its_scopes(self, group: Group) -> None:
        paths = {
            Scope.USERS: "users/alice",
            Scope.GROUPS: f"groups/{group.pk}",
            Scope.MESSAGES: f"conversations/g:{group.pk}/messages",
        }
        for scope, path in paths.items():
            assert by_key(key(scope)).get(f"{path}?as=bob").status == 200
            others = set(Scope) - {scope}
            refused = by_key(key(*others)).get(f"{path}?as=bob")
            assert refused.outcome == error(403, "not_allowed", "The API key is not for this.")


@in_both_modes
class TestBySession:
    """In both modes."""

    @pytest.fixture
    def browser(self, mode: str) -> Client:
        User.objects.get(pk=BOB).set_password("x")
        browser = Client(enforce_csrf_checks=True, headers={"origin": OURS})
        browser.cookies["sessionid"] = session_of(BOB)
        return browser

    def test_browser_session_identifies_the_caller(self, browser: Client) -> None:
        assert browser.get("/api/v1/me").json()["userid"] == BOB

    def test_browser_session_is_accepted_from_own_pages_only(self, browser: Client) -> None:
        for headers in ({"origin": "http://elsewhere"}, {"origin": "null"}):
            assert browser.get("/api/v1/me", headers=headers).status_code == 401
        silent = self._silent(browser)
        for site in ("cross-site", "same-site", "none"):
            headers = {"sec-fetch-site": site, "sec-fetch-dest": "empty"}
            assert silent.get("/api/v1/me", headers=headers).status_code == 401
        assert silent.get("/api/v1/me", headers={"sec-fetch-dest": "image"}).status_code == 401

    def test_session_needs_origin_for_changes_only(self, browser: Client) -> None:
        """None does without TLS, unless the server is on the same machine."""
        silent = self._silent(browser)
        assert silent.get("/api/v1/me").json()["userid"] == BOB
        change = {"data": {"nickname": "Bobby"}, "content_type": "application/json"}
        refused = silent.patch("/api/v1/me", **change)  # type: ignore[arg-type]
        assert (refused.status_code, refused.json()["error"]["name"]) == (403, "not_allowed")

    @staticmethod
    def _silent(browser: Client) -> Client:
        silent = Client(enforce_csrf_checks=True)
        silent.cookies["sessionid"] = browser.cookies["sessionid"].value
        return silent

    def test_session_change_needs_csrf_token(self, browser: Client) -> None:
        change = {"data": {"nickname": "Bobby"}, "content_type": "application/json"}
        refused = browser.patch("/api/v1/me", **change)  # type: ignore[arg-type]
        assert (refused.status_code, refused.json()["error"]["name"]) == (403, "not_allowed")
        browser.cookies["csrftoken"] = "c" * 32
        for shown, status in (("d" * 32, 403), ("c" * 32, 200)):
            headers = {"x-csrftoken": shown}
            assert browser.patch("/api/v1/me", **change, headers=headers).status_code == status  # type: ignore[arg-type]
        assert User.objects.get(pk=BOB).nickname == "Bobby"

    def test_browser_session_ends_with_the_password(self, browser: Client) -> None:
        user = User.objects.get(pk=BOB)
        user.set_password("another")
        user.save()
        assert browser.get("/api/v1/me").status_code == 401


class TestInOpenMode:
    def test_person_is_created_at_first_use(self, group: Group) -> None:
        assert Api("dora").get("me").body["userid"] == "dora"
        assert User.objects.filter(pk="dora").exists()

    def test_userid_may_be_in_any_script(self, group: Group) -> None:
        assert Api("%E8%80%81%E6%9D%BF").get("me").body["userid"] == "老板"

    def test_token_of_an_unknown_person_gets_401(self, group: Group) -> None:
        assert Api(CHARLIE, has_token=True).get("me").failed == LOG_IN_FIRST
