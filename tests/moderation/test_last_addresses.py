"""The last addresses from which people have logged in are kept, a few of each person, for a while."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.authentication.authentication import Claim
from accounts.models import User
from accounts.services import set_account_status
from chat.delivery import runtime
from log.models import Group
from moderation import audit
from moderation.counting import addresses, heartbeats
from moderation.counting.addresses import MAX_ADDRESSES, RETENTION, last_addresses, prune, record_logins
from moderation.models import LastAddress
from moderation.moderators import Moderator
from tests.support.desk import enter, text_of
from tests.support.stage import until

pytestmark = pytest.mark.django_db(transaction=True)

NOW = timezone.now()


def test_last_addresses_come_newest_first(group: Group) -> None:
    record_logins({"alice": "192.0.2.1", "bob": "192.0.2.2"}, NOW)
    record_logins({"alice": "2001:db8::1"}, NOW + timedelta(seconds=1))
    assert [one.address for one in last_addresses("alice")] == ["2001:db8::1", "192.0.2.1"]
    assert [one.address for one in last_addresses("bob")] == ["192.0.2.2"]
    assert "192.0.2.2" in text_of(enter("moderator").get("/admin/people/u:bob/"))


def test_reused_address_becomes_the_latest(group: Group) -> None:
    for seconds, address in enumerate(["192.0.2.1", "192.0.2.2", "192.0.2.1"]):
        record_logins({"alice": address}, NOW + timedelta(seconds=seconds))
    assert [one.address for one in last_addresses("alice")] == ["192.0.2.1", "192.0.2.2"]


def test_erased_person_gets_no_address(group: Group) -> None:
    """The process in which they logged in tells of it some seconds later."""
    for userid in ("alice", "bob"):
        set_account_status(userid, banned=True)
    audit.record(Moderator("/manage.py"), "person.erase", "u:alice")
    record_logins({"alice": "192.0.2.1"}, NOW)
    record_logins({"alice": "192.0.2.1", "bob": "192.0.2.2"}, NOW)
    assert [(one.user_id, one.address) for one in LastAddress.objects.all()] == [("bob", "192.0.2.2")]


def test_addresses_per_person_are_limited(group: Group) -> None:
    for number in range(MAX_ADDRESSES + 3):
        record_logins({"alice": f"192.0.2.{number}", "bob": "192.0.2.99"}, NOW + timedelta(seconds=number))
    expected = [f"192.0.2.{number}" for number in reversed(range(3, MAX_ADDRESSES + 3))]
    assert [one.address for one in last_addresses("alice")] == expected
    assert len(last_addresses("bob")) == 1


def test_last_addresses_expire(group: Group) -> None:
    record_logins({"alice": "192.0.2.1"}, NOW)
    prune(NOW + RETENTION)
    assert last_addresses("alice")
    prune(NOW + RETENTION + timedelta(seconds=1))
    assert last_addresses("alice") == []


async def test_login_address_is_stored_with_next_heartbeat(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: dict[str, str] = {}
    monkeypatch.setattr(addresses, "record_logins", lambda came_from, now: noted.update(came_from))
    monkeypatch.setattr(heartbeats, "BEAT_SECONDS", 0.01)
    await User.objects.filter(pk="charlie").aupdate(is_active=False)
    run = await runtime.current()
    await run.logins.load(Claim("alice", address="192.0.2.1"))
    await run.logins.load(Claim("charlie", address="192.0.2.2"))
    await until(lambda: bool(noted))
    assert noted == {"alice": "192.0.2.1"}
    await runtime.close_current()


def test_shared_addresses_list_other_people_with_times(group: Group) -> None:
    record_logins({"alice": "192.0.2.1", "bob": "192.0.2.1", "charlie": "192.0.2.9"}, NOW)
    record_logins({"bob": "192.0.2.1"}, NOW + timedelta(days=1))
    record_logins({"alice": "192.0.2.2"}, NOW + timedelta(days=2))
    shared = addresses.shared_addresses("alice")
    assert [one.own.address for one in shared] == ["192.0.2.2", "192.0.2.1"]
    assert shared[0].others == []
    (other,) = shared[1].others
    assert (other.user_id, other.first_at, other.seen_at) == ("bob", NOW, NOW + timedelta(days=1))


def test_address_shared_by_many_people_lists_some_of_them(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "MAX_SHARING", 2)
    people = [f"user{number}" for number in range(4)]
    for number, userid in enumerate(people):
        User.objects.create_user(userid)
        record_logins({userid: "192.0.2.1"}, NOW + timedelta(seconds=number))
    (shared,) = addresses.shared_addresses("user3")
    assert ([one.user_id for one in shared.others], shared.is_more) == (["user2", "user1"], True)
    (shared,) = addresses.shared_addresses("user2")
    assert shared.is_more
    assert "more than 2 others" in text_of(enter("moderator").get("/admin/people/u:user2/addresses/"))


def test_shared_addresses_page_warns_that_addresses_may_be_shared(group: Group) -> None:
    record_logins({"alice": "192.0.2.1", "bob": "192.0.2.1"}, NOW)
    client = enter("auditor")
    assert "/admin/people/u:alice/addresses/" in text_of(client.get("/admin/people/u:alice/"))
    shown = text_of(client.get("/admin/people/u:alice/addresses/"))
    assert "/admin/people/u:bob/" in shown
    assert "does not mean the same person" in shown
    assert "others: 1" in shown
    assert client.get("/admin/people/u:nobody/addresses/").status_code == 404
