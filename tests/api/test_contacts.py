"""Contacts, and asking to become one: who asks learns nothing but that it was accepted."""

import time

import pytest
from django.conf import settings
from pytest_django import Settings

from accounts.models import User
from accounts.services import ensure_users
from chat.delivery.background import spell_next_names
from chat.models import ContactRequest
from chat.services import contact_requests, contacts, erasing, own_list
from chat.services.blocks import block, unblock
from log.appending import Draft, append
from log.models import Contact, Message, Privacy
from log.person_choices import CHOICES
from tests.support.api import Api
from tests.support.screen import rules_in_force
from tests.support.settings import override
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def people() -> None:
    ensure_users(["alice", "bob", "charlie"])


def api_of(userid: str) -> Api:
    return Api(userid, has_token=settings.IM66.auth == "token")


def listed(api: Api, path: str = "contacts") -> list[str]:
    return [one["userid"] for one in api.get(path).body["items"]]


def ask(api: Api, userid: str, text: str = "hello") -> dict[str, object]:
    answer = api.post("contacts/requests", userid=userid, text=text)
    assert answer.status == 201, answer
    return dict(answer.body)


def test_contacts_are_listed_by_pinyin_and_searched(alice: Api) -> None:
    names = {"zhao": "赵云", "an": "安娜", "bob": "Bob", "liu": "刘备", "7": "7up", "wei": "魏"}
    for userid, nickname in names.items():
        User.objects.update_or_create(userid=userid, defaults={"nickname": nickname})
        assert alice.put(f"contacts/{userid}").status == 204
    spell_next_names()
    append([Draft("text", "alice", "wei", "hi", "")])
    own_list.update_settings("alice", "wei", remark="Captain")
    items = alice.get("contacts").body["items"]
    assert [(one["userid"], one["initial"]) for one in items] == [
        ("an", "A"), ("bob", "B"), ("wei", "C"), ("liu", "L"), ("zhao", "Z"), ("7", "#"),
    ]  # fmt: skip
    for q, userids in {"zhao": ["zhao"], "liub": ["liu"], "capt": ["wei"], "o": ["bob"], "x": []}.items():
        assert listed(alice, f"contacts?q={q}") == userids, q
    assert alice.delete("contacts/wei").status == alice.delete("contacts/wei").status == 204
    assert "wei" not in listed(alice)
    assert alice.put("contacts/alice").status == 400
    assert alice.put("contacts/nobody").failed == (404, "not_found")


def test_hidden_contact_is_listed_without_a_name(alice: Api) -> None:
    User.objects.filter(pk="charlie").update(nickname="Bobby")
    contacts.add_contact("alice", "charlie")
    contacts.change_rules("charlie", find="contacts")
    (one,) = alice.get("contacts").body["items"]
    assert (one["userid"], one["nickname"]) == ("charlie", "")
    assert listed(alice, "contacts?q=Bobby") == []


def test_contact_request_is_accepted_once(alice: Api, bob: Api) -> None:
    request = ask(alice, "bob")
    assert (request["userid"], request["mine"], request["accepted"]) == ("bob", True, False)
    assert ask(alice, "bob", "again") == request
    assert bob.post(f"contacts/requests/{request['id']}", action="accept").status == 204
    assert bob.post(f"contacts/requests/{request['id']}", action="accept").status == 204
    assert bob.post(f"contacts/requests/{request['id']}", action="decline").status == 404
    assert alice.post(f"contacts/requests/{request['id']}", action="accept").status == 404
    assert (listed(alice), listed(bob)) == (["bob"], ["alice"])
    assert listed(alice, "contacts/requests") == listed(bob, "contacts/requests") == []
    assert ask(alice, "bob")["accepted"]


def test_contact_request_of_a_blocked_person_cannot_be_accepted(alice: Api, bob: Api) -> None:
    request = ask(alice, "bob")
    block("bob", "alice")
    assert bob.post(f"contacts/requests/{request['id']}", action="accept").status == 404
    assert listed(bob) == []
    unblock("bob", "alice")
    assert bob.post(f"contacts/requests/{request['id']}", action="accept").status == 204
    assert listed(bob) == ["alice"]


def test_simultaneous_contact_requests_make_contacts(alice: Api, bob: Api) -> None:
    results = at_once(lambda: ask(alice, "bob")["accepted"], lambda: ask(bob, "alice")["accepted"])
    assert sorted(map(bool, results)) == [False, True]
    assert (listed(alice), listed(bob)) == (["bob"], ["alice"])


def test_simultaneous_contact_requests_make_one_request(alice: Api, bob: Api) -> None:
    at_once(*[lambda: ask(alice, "bob")] * 4)
    assert len(listed(bob, "contacts/requests")) == 1
    at_once(*[lambda: bob.put("contacts/alice")] * 4)
    assert (listed(alice), listed(bob)) == (["bob"], ["alice"])


def test_declined_blocked_and_pending_requests_look_alike_and_are_not_repeated_soon(alice: Api) -> None:
    ensure_users(["decliner", "blocker", "waiter"])
    block("blocker", "alice")
    seen = []
    for userid in ("decliner", "blocker", "waiter"):
        request = ask(alice, userid)
        api = api_of(userid)
        assert listed(api, "contacts/requests") == ([] if userid == "blocker" else ["alice"])
        if userid == "decliner":
            api.post(f"contacts/requests/{request['id']}", action="decline")
            assert listed(api, "contacts/requests") == []
        if userid == "blocker":
            assert api.post(f"contacts/requests/{request['id']}", action="accept").status == 404
            unblock("blocker", "alice")
        seen.append((ask(alice, userid), alice.get("contacts/requests").body["items"][0]))
    blank = {"id": 0, "userid": "", "avatar": "", "time": 0}
    assert {str([one | blank for one in both]) for both in seen} == {str([seen[0][0] | blank] * 2)}
    assert listed(api_of("blocker"), "contacts/requests") == []

    old = int(time.time()) - contacts.REQUEST_DAYS * 24 * 60 * 60
    ContactRequest.objects.update(asked_at=old)
    assert listed(alice, "contacts/requests") == []
    ask(alice, "decliner")
    ask(alice, "blocker")
    assert [listed(api_of(one), "contacts/requests") for one in ("decliner", "blocker")] == [["alice"]] * 2


def test_contact_request_disappears_after_block(alice: Api, bob: Api) -> None:
    ask(alice, "bob")
    block("bob", "alice")
    assert listed(bob, "contacts/requests") == []
    assert listed(alice, "contacts/requests") == ["bob"]


def test_contact_request_of_banned_person_waits_for_the_end_of_the_ban(alice: Api, bob: Api) -> None:
    request = ask(alice, "bob")["id"]
    User.objects.filter(pk="alice").update(is_active=False)
    assert listed(bob, "contacts/requests") == []
    assert bob.post(f"contacts/requests/{request}", action="accept").failed == (404, "not_found")
    assert not ask(bob, "alice")["accepted"]
    assert bob.put("contacts/alice").status == 204
    assert not Contact.objects.filter(user="alice").exists()
    User.objects.filter(pk="alice").update(is_active=True)
    assert listed(bob, "contacts/requests") == ["alice", "alice"]
    assert bob.post(f"contacts/requests/{request}", action="accept").status == 204
    assert listed(alice) == ["bob"]


def test_contacts_and_requests_are_limited(alice: Api, bob: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact_requests, "MAX_REQUESTS_PER_DAY", 2)
    monkeypatch.setattr(contact_requests, "MAX_WAITING_REQUESTS", 1)
    monkeypatch.setattr(contacts, "MAX_CONTACTS", 1)
    ensure_users(["dora"])
    ask(alice, "charlie")
    assert api_of("dora").post("contacts/requests", userid="charlie").failed == (409, "conflict")
    ask(alice, "bob")
    refused = alice.post("contacts/requests", userid="dora")
    assert refused.failed == (429, "too_fast")
    assert int(refused.headers["Retry-After"]) > 60 * 60
    contacts.add_contact("bob", "charlie")
    assert bob.put("contacts/dora").failed == (409, "conflict")


def test_contact_request_text_is_screened(alice: Api, bob: Api) -> None:
    with rules_in_force():
        assert ask(alice, "bob", "mask it")["text"] == "**** it"
        for word in ("hold", "block"):
            refused = alice.post("contacts/requests", userid="charlie", text=f"{word} it")
            assert refused.failed == (403, "not_allowed")
    assert alice.post("contacts/requests", userid="charlie", text="x" * 101).failed == (400, "invalid")
    User.objects.filter(pk="alice").update(muted=True)
    assert alice.post("contacts/requests", userid="charlie").failed == (403, "muted")


def test_shipped_app_gets_a_contact_request_as_text(alice: Api, settings: Settings) -> None:
    override(settings, legacy_language="zh-hans")
    User.objects.filter(pk="bob").update(delivered_id=1)
    ask(alice, "bob", "From work")
    ask(alice, "bob", "From work")
    ask(alice, "charlie")
    assert [row.content for row in Message.objects.filter(kind="text")] == [
        "alice（alice）请求加你为联系人。“From work”\nalice (alice) wants to be your contact. “From work”"
    ]


def test_contacts_of_an_erased_person_are_deleted(alice: Api, bob: Api) -> None:
    ask(alice, "bob")
    ask(api_of("charlie"), "alice")
    contacts.add_contact("bob", "alice")
    contacts.add_contact("alice", "charlie")
    alice.patch("me/privacy", write="known")
    erasing.delete_personal_data("alice")
    assert not Contact.objects.exists()
    assert not ContactRequest.objects.exists()
    assert not Privacy.objects.exists()


def test_invalid_privacy_rule_is_rejected(alice: Api) -> None:
    assert alice.patch("me/privacy", write="friends").failed == (400, "invalid")
    assert alice.patch("conversations/u:bob", request=True).failed == (400, "invalid")
    assert alice.get("me/privacy").body == dict.fromkeys(CHOICES, "everybody")
    assert alice.patch("me/privacy", find="known").body["find"] == "known"
    for path in ("x", "9" * 30, "-1", "0"):
        assert alice.post(f"contacts/requests/{path}", action="accept").status == 404
