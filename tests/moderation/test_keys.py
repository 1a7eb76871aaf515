"""What the audit log says of API keys: made, revoked, used, and used to read what two people write."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.authentication import api_keys
from accounts.authentication.proofs import Scope
from accounts.models import ApiKey, User
from groups import services
from log import appending
from log.appending import Draft
from moderation import audit, keys
from moderation.audit import Filter
from moderation.models import AuditEntry, KeyUse
from tests.support.admin import operator
from tests.support.api import Api
from tests.support.moderators import audit_log, key_lines
from tests.support.settings import override
from tests.support.tokens import SECRET

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/apikey/"
READ = "private.read"


@pytest.fixture(autouse=True)
def people(settings: Settings) -> None:
    override(settings, auth="token", token_secret=SECRET)
    for userid in ("alice", "bob", "charlie"):
        User.objects.create_user(userid)
    appending.append(
        [Draft("text", "alice", "bob", "for nobody else", ""), Draft("text", "alice", "charlie", "x", "")]
    )


@pytest.fixture
def key() -> ApiKey:
    return api_keys.make("shop")


def api(key: ApiKey) -> Api:
    return Api("", authorization=f"Api-Key {key.text}")


def read(key: ApiKey, path: str, userid: str = "alice", **params: Any) -> None:
    assert api(key).get(path, **{"as": userid}, **params).status == 200


def read_lines() -> list[tuple[str, str | None, str, str]]:
    """Who has read, on whose behalf, whose conversation, with whom."""
    rows = audit_log().filter(action=READ).order_by("target", "pk")
    return [(row.actor, row.acted_for, row.target, row.details["peer"]) for row in rows]


def pass_a_day(monkeypatch: pytest.MonkeyPatch, days: int = 1) -> None:
    later = timezone.now() + timedelta(days=days)
    monkeypatch.setattr(timezone, "now", lambda: later)


def test_api_key_creation_and_use_are_audited(key: ApiKey) -> None:
    api(key).get("users/alice")
    name = f"key:{key.pk}"
    assert key_lines() == [("/manage.py", "key.make", name), (name, "key.use", name)]
    made, used = AuditEntry.objects.order_by("pk")
    assert made.details == {"name": "shop", "scopes": "groups messages uploads users"}
    assert used.address == "127.0.0.1"


def test_key_creation_and_revocation_name_actor() -> None:
    client = operator()
    client.post(f"{LIST}add/", {"name": "shop", "scopes": ["groups"]})
    key = ApiKey.objects.get()
    for _ in range(2):
        client.post(LIST, {"action": "revoke", "_selected_action": key.pk})
    assert key_lines() == [
        ("admin", "key.make", f"key:{key.pk}"),
        ("admin", "key.revoke", f"key:{key.pk}"),
    ]
    assert {entry.address for entry in AuditEntry.objects.all()} == {"127.0.0.1"}


def test_key_use_is_audited_daily_per_address(key: ApiKey, monkeypatch: pytest.MonkeyPatch) -> None:
    for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
        keys.record_first_use(key=key.pk, address=address)
    assert [entry.address for entry in AuditEntry.objects.filter(action="key.use")] == [
        "192.0.2.2",
        "192.0.2.1",
    ]
    pass_a_day(monkeypatch)
    keys.record_first_use(key=key.pk, address="192.0.2.1")
    assert AuditEntry.objects.filter(action="key.use").count() == 3


def test_ipv6_addresses_of_subscriber_count_once(key: ApiKey) -> None:
    for address in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"):
        client = Client(REMOTE_ADDR=address)
        answer = client.get("/api/v1/users/alice", headers={"authorization": f"Api-Key {key.text}"})
        assert answer.status_code == 200
    assert AuditEntry.objects.filter(action="key.use").count() == 2


def test_repeated_key_use_in_a_process_needs_no_query(
    key: ApiKey, django_assert_num_queries: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        keys.record_first_use(key=key.pk, address="192.0.2.1")
    with django_assert_num_queries(0):
        keys.record_first_use(key=key.pk, address="192.0.2.1")


def test_first_use_of_a_key_is_audited_once_across_processes(key: ApiKey) -> None:
    keys.record_first_use(key=key.pk, address="192.0.2.1")
    keys.remembered.clear()  # as in another process
    keys.record_first_use(key=key.pk, address="192.0.2.1")
    assert AuditEntry.objects.filter(action="key.use").count() == 1


def test_failed_key_use_entry_is_written_later(key: ApiKey, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(AuditEntry.objects, "create", lambda **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            keys.record_first_use(key=key.pk, address="192.0.2.1")
    keys.record_first_use(key=key.pk, address="192.0.2.1")
    assert AuditEntry.objects.filter(action="key.use").count() == 1


def test_invalid_key_is_not_audited() -> None:
    key = api_keys.make("shop", [Scope.UPLOADS])
    api_keys.revoke(key)
    before = AuditEntry.objects.count()
    assert api(key).get("users/alice").status == 401
    assert Api("", authorization=f"Api-Key im66key.{key.pk}.{'x' * 43}").get("users/alice").status == 401
    assert AuditEntry.objects.count() == before


def test_private_reading_by_key_is_audited_for_both_people(key: ApiKey) -> None:
    read(key, "conversations/u:bob/messages")
    name = f"key:{key.pk}"
    assert read_lines() == [(name, "alice", "u:alice", "bob"), (name, "alice", "u:bob", "alice")]


@pytest.mark.parametrize(
    ("path", "params", "lines"),
    [
        ("conversations", {}, [("u:alice", "")]),
        ("conversations/u:bob", {}, [("u:alice", "bob"), ("u:bob", "alice")]),
        ("messages/search", {"q": "nobody"}, [("u:alice", "")]),
        (
            "messages/search",
            {"q": "nobody", "conversation": "u:bob"},
            [("u:alice", "bob"), ("u:bob", "alice")],
        ),
        ("me", {}, []),
        ("blocks", {}, []),
    ],
)
def test_reading_private_messages_is_audited(
    key: ApiKey, path: str, params: dict[str, str], lines: list[tuple[str, str]]
) -> None:
    for _ in range(3):
        read(key, path, **params)
    assert [(target, peer) for _, _, target, peer in read_lines()] == lines


def test_reading_group_messages_is_not_audited(key: ApiKey) -> None:
    group = services.create_group("alice", ["bob"], "friends").pk
    read(key, f"conversations/g:{group}/messages")
    read(key, "messages/search", q="x", conversation=f"g:{group}")
    assert read_lines() == []


def test_reading_own_messages_is_not_audited() -> None:
    assert Api("alice", has_token=True).get("conversations/u:bob/messages").status == 200
    assert read_lines() == []


def test_open_mode_ignores_keys_and_audits_none(settings: Settings, key: ApiKey) -> None:
    override(settings, auth="open")
    before = AuditEntry.objects.count()
    assert Api("alice").get("conversations/u:bob/messages").status == 200
    assert api(key).get("conversations/u:bob/messages?as=alice").status == 401
    assert AuditEntry.objects.count() == before


def test_private_reading_fails_without_audit_line(key: ApiKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AuditEntry.objects, "create", lambda **_: 1 / 0)
    answer = api(key).get("conversations/u:bob/messages?as=alice")
    assert answer.status >= 500
    assert "for nobody else" not in str(answer.body)


def test_key_use_notes_of_past_days_are_deleted(key: ApiKey, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        keys.record_first_use(key=key.pk, address=f"192.0.2.{number}")
    pass_a_day(monkeypatch, days=4)
    for number in range(2):
        keys.record_first_use(key=key.pk, address=f"192.0.2.{number}")
    assert KeyUse.objects.count() == 2
    assert AuditEntry.objects.filter(action="key.use").count() == 32


def test_audit_log_filters_by_represented_person(key: ApiKey) -> None:
    read(key, "conversations/u:bob/messages", "alice")
    read(key, "conversations/u:alice/messages", "charlie")
    results = audit.entries(Filter(acted_for="charlie"), limit=10)
    assert {entry.acted_for for entry in results} == {"charlie"}
    assert len(results) == 2


def test_audit_page_shows_key_name_and_represented_person(key: ApiKey) -> None:
    read(key, "conversations/u:bob/messages")
    client: Client = operator()
    page = client.get("/admin/audit/", {"acted_for": "alice"}).content.decode()
    assert page.count(f"key:{key.pk} (shop)") == 2
    assert page.count("on behalf of alice") == 2
    page = client.get("/admin/audit/", {"acted_for": "bob"}).content.decode()
    assert f"key:{key.pk}" not in page


def test_audit_entry_of_a_bot_names_the_key_and_represented_person() -> None:
    group = services.create_group("alice", ["bob"], "Builds")
    key = api_keys.make("shop", [Scope.BOTS])
    assert api(key).post(f"groups/{group.pk}/hooks?as=alice", name="Builds").status == 201
    line = audit_log().get(action="bot.make")
    assert (line.actor, line.acted_for, line.target) == (f"key:{key.pk}", "alice", f"g:{group.pk}")
