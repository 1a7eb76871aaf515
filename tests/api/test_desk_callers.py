"""Who acts at the desk through the API: staff by token or session, and backends with a key for it. In open
mode nobody does by a name."""

import json
from typing import Any

import pytest
from django.test import Client

from accounts.authentication import api_keys
from accounts.authentication.proofs import Scope
from accounts.models import User
from accounts.services import set_account_status
from moderation.roles import MODERATOR
from tests.support.api import Answer, Api
from tests.support.moderators import REASON, audit_log, entries, last_entry, staff
from tests.support.sessions import session_of

pytestmark = pytest.mark.django_db

LOG_IN_FIRST, NOT_ALLOWED = (401, "log_in_first"), (403, "not_allowed")
BOB = "moderation/users/bob"
WARNING = {"action": "warn", "reason": REASON}
OURS = "http://testserver"


@pytest.fixture
def moderator(mode: str) -> User:
    return staff("moderator", MODERATOR)


def by_key(*scopes: Scope) -> Api:
    return Api("", authorization=f"Api-Key {api_keys.make('a backend', scopes).text}")


def by_session(userid: str, method: str, body: Any = None, **headers: str) -> Answer:
    client = Client(enforce_csrf_checks=True)
    client.cookies["sessionid"] = session_of(userid)
    client.cookies["csrftoken"] = "c" * 32
    sent = client.generic(
        method, f"/api/v1/{BOB}", json.dumps(body) if body else "", "application/json", headers=headers
    )
    return Answer(sent.status_code, json.loads(sent.content), sent.headers)


def test_desk_calls_accept_tokens_except_in_open_mode(moderator: User, mode: str) -> None:
    """By token; in open mode there are none."""
    api = Api("moderator", has_token=True)
    if mode == "open":
        assert api.get(BOB).failed == LOG_IN_FIRST
        return
    assert api.get(BOB).body["userid"] == "bob"
    assert api.post(BOB, **WARNING).status == 200
    assert last_entry().actor == "moderator"


@pytest.mark.parametrize("userid", ["moderator", "bob"])
def test_desk_calls_do_not_accept_a_bare_userid(moderator: User, userid: str) -> None:
    assert Api(userid).get(BOB).failed == LOG_IN_FIRST
    assert Api(userid).post(BOB, **WARNING).failed == LOG_IN_FIRST
    assert Api("", authorization="").get("moderation/audit").failed == LOG_IN_FIRST
    assert entries() == []


def test_staff_session_acts_from_own_pages(moderator: User) -> None:
    ours = {"origin": OURS, "x-csrftoken": "c" * 32}
    assert by_session("moderator", "GET", origin=OURS).body["userid"] == "bob"
    assert by_session("moderator", "POST", WARNING, **ours).status == 200
    assert by_session("moderator", "POST", WARNING, origin=OURS).failed == NOT_ALLOWED
    assert by_session("moderator", "POST", WARNING, origin="http://elsewhere").failed == LOG_IN_FIRST
    # A change without the token of our pages leaves a line. What another site asks for is nobody's.
    assert entries() == [("person.warn", "u:bob"), ("refused", "")]
    assert last_entry().actor == "moderator"


def test_desk_call_by_non_staff_session_is_refused_and_audited(moderator: User) -> None:
    assert by_session("bob", "GET", origin=OURS).failed == NOT_ALLOWED
    entry = last_entry()
    assert (entry.actor, entry.action, entry.target) == ("bob", "refused", "u:bob")


def test_invalid_session_cannot_act_at_the_desk(moderator: User) -> None:
    set_account_status("moderator", banned=True)
    assert by_session("moderator", "GET", origin=OURS).failed == (403, "banned")
    set_account_status("moderator", banned=False)
    client = Client()
    client.cookies["sessionid"] = "z" * 32
    answer = client.get(f"/api/v1/{BOB}", headers={"origin": OURS})
    assert answer.status_code == 401


def test_api_key_acts_under_its_own_name(moderator: User) -> None:
    backend = by_key(Scope.MODERATE)
    assert backend.post(BOB, **WARNING).status == 200
    key = backend.headers["authorization"].split(".")[1]
    assert last_entry().actor == f"key:{key}"


def test_api_key_acts_on_behalf_of_moderators_only(moderator: User) -> None:
    backend = by_key(Scope.MODERATE)
    assert backend.post(f"{BOB}?as=moderator", **WARNING).status == 200
    entry, key = last_entry(), backend.headers["authorization"].split(".")[1]
    assert (entry.actor, entry.acted_for) == (f"key:{key}", "moderator")
    assert backend.post(f"{BOB}?as=alice", **WARNING).failed == NOT_ALLOWED
    assert (last_entry().actor, last_entry().acted_for) == (f"key:{key}", "alice")
    assert last_entry().action == "refused"
    assert backend.post(f"{BOB}?as=nobody", **WARNING).failed == (404, "not_found")
    for query in ("?as=", "?as=moderator&as=alice"):
        assert backend.post(f"{BOB}{query}", **WARNING).failed == (400, "invalid")


def test_desk_key_cannot_represent_a_superuser(moderator: User) -> None:
    User.objects.create_superuser("root")
    answer = by_key(Scope.MODERATE).post("moderation/users/moderator?as=root", **WARNING)
    assert answer.failed == NOT_ALLOWED
    assert last_entry().details["permission"] == "protected"


def test_key_without_scope_is_refused_and_audited(moderator: User) -> None:
    backend = by_key(*api_keys.DEFAULT_SCOPES)
    assert backend.get(BOB).failed == NOT_ALLOWED
    entry = last_entry()
    assert entry.actor.startswith("key:")
    assert entry.details == {"permission": "moderate", "wanted": "GET /api/v1/moderation/users/<str:userid>"}
    assert Api("", authorization="Api-Key x").get(BOB).failed == LOG_IN_FIRST
    assert audit_log().count() == 1


def test_revoked_key_cannot_act_at_the_desk(moderator: User) -> None:
    key = api_keys.make("a backend", [Scope.MODERATE])
    api_keys.revoke(key)
    assert Api("", authorization=f"Api-Key {key.text}").get(BOB).failed == LOG_IN_FIRST


def test_rejected_desk_call_is_logged(moderator: User, caplog: pytest.LogCaptureFixture) -> None:
    by_session("bob", "GET", origin=OURS)
    assert "GET /api/v1/moderation/users/<str:userid> by 'bob' from 127.0.0.1" in caplog.text
