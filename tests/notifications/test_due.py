"""Who has not got a message in time is told, once."""

import json
import time
from datetime import UTC, datetime

import pytest
from django.db.models import F
from pytest_django import Settings

from accounts.models import User
from chat.devices import raise_acked
from chat.services.blocks import block
from chat.services.own_list import clear_history, hide_messages, mark_read, remove_from_list, update_settings
from chat.services.service_texts import send_to_all
from groups import services
from log.appending import Draft, append
from log.details import as_silent, with_mentions
from log.models import Group, Message
from notifications import lease
from notifications.bundles import MAX_COUNT
from notifications.models import Delivery, Endpoint, Lease, Pending, Person, Waiting
from notifications.notices import due
from notifications.notices.due import store_due
from tests.support.notices import HOLDER, catch_up, look_later, notices, subscribe, write
from tests.support.settings import override

pytestmark = pytest.mark.django_db(transaction=True)


def got(userid: str, upto: int) -> None:
    User.objects.filter(pk=userid).update(delivered_id=upto)


def test_unreceived_message_causes_one_notice(endpoint: Endpoint) -> None:
    last = write("alice", "bob")
    look_later()
    assert notices() == [("bob", [("u:alice", 1, last)])]
    assert not Waiting.objects.exists()
    assert not Pending.objects.exists()


def test_notice_waits_for_its_delay(endpoint: Endpoint) -> None:
    write("alice", "bob")
    look_later(30)
    assert notices() == []
    look_later()
    assert len(notices()) == 1


def test_clock_set_back_delays_no_notice(endpoint: Endpoint) -> None:
    first = write("alice", "bob")
    catch_up()
    Waiting.objects.update(due_at=F("due_at") + 3600)
    Message.objects.filter(pk=first).update(timet=F("timet") + 3600)
    last = write("alice", "bob")
    look_later()
    assert notices() == [("bob", [("u:alice", 2, last)])]


def test_lease_can_be_acquired_after_clock_was_set_back(endpoint: Endpoint) -> None:
    Lease.objects.update(until=time.time() + 3600)
    assert lease.acquire("another process")


def test_notice_is_not_repeated(endpoint: Endpoint) -> None:
    write("alice", "bob")
    look_later()
    look_later(1000)
    assert len(notices()) == 1


def test_notice_has_all_conversations_of_person(endpoint: Endpoint, group: Group) -> None:
    write("alice", "bob")
    second = write("alice", "bob")
    third = write("charlie", "bob")
    fourth = write("alice", group.pk)
    look_later()
    assert notices() == [
        ("bob", [(f"g:{group.pk}", 1, fourth), ("u:charlie", 1, third), ("u:alice", 2, second)])
    ]


def test_received_message_causes_no_notice(endpoint: Endpoint, group: Group) -> None:
    got("bob", write("alice", group.pk))
    look_later()
    assert notices() == []


def test_acknowledgement_by_one_device_prevents_notice(endpoint: Endpoint) -> None:
    raise_acked({("bob", "phone"): write("alice", "bob"), ("bob", "desktop"): 1})
    look_later()
    assert notices() == []


def test_read_message_causes_no_notice(endpoint: Endpoint, group: Group) -> None:
    mark_read("bob", "alice", write("alice", "bob"))
    mark_read("bob", group.pk, write("alice", group.pk))
    look_later()
    assert notices() == []


def test_notice_counts_unreceived_messages_only(endpoint: Endpoint) -> None:
    got("bob", write("alice", "bob"))
    last = write("alice", "bob")
    look_later()
    assert notices() == [("bob", [("u:alice", 1, last)])]


def test_mentions_only_conversation_counts_mentions(endpoint: Endpoint, group: Group) -> None:
    update_settings("bob", group.pk, mentions_only=True)
    write("alice", group.pk)
    look_later()
    assert notices() == []
    mention = append(
        [Draft("text", "alice", group.pk, "@Bob", "", details=with_mentions("", ["bob"]))]
    ).batch.last
    write("alice", group.pk)
    look_later()
    assert notices() == [("bob", [(f"g:{group.pk}", 1, mention)])]
    (notice,) = json.loads(Delivery.objects.get().body)
    assert notice["mentioned"] == 1


@pytest.mark.parametrize("mentions_only", [False, True])
def test_silent_message_causes_no_notice_despite_mention(
    endpoint: Endpoint, group: Group, mentions_only: bool
) -> None:
    update_settings("bob", group.pk, mentions_only=mentions_only)
    details = as_silent(with_mentions("", ["bob"]))
    silent = [Draft("text", "alice", to, "@Bob", "", details=details) for to in ("bob", group.pk)]
    append(silent)
    look_later()
    assert notices() == []
    # What makes a sound is counted and shown without them.
    loud = append([silent[1]._replace(details=with_mentions("", ["bob"])), *silent]).batch.rows[0]
    look_later()
    assert notices() == [("bob", [(f"g:{group.pk}", 1, loud.id)])]


def test_muted_conversation_causes_no_notice(endpoint: Endpoint, group: Group) -> None:
    write("alice", group.pk)
    write("alice", "bob")
    update_settings("bob", group.pk, muted=True)
    update_settings("bob", "alice", muted=True)
    last = write("charlie", "bob")
    look_later()
    assert notices() == [("bob", [("u:charlie", 1, last)])]


def test_blocked_sender_causes_no_notice(endpoint: Endpoint) -> None:
    write("alice", "bob")
    block("bob", "alice")
    look_later()
    assert notices() == []


def test_recalled_message_causes_no_notice(endpoint: Endpoint, group: Group) -> None:
    from log.appending import Draft, append

    first, second = write("alice", group.pk), write("alice", "bob")
    append([Draft("recall", "alice", group.pk, "", "", target=first)])
    append([Draft("recall", "alice", "bob", "", "", target=second)])
    look_later()
    assert notices() == []


def test_cleared_hidden_or_removed_messages_cause_no_notice(endpoint: Endpoint, group: Group) -> None:
    hide_messages("bob", group.pk, [write("alice", group.pk)])
    clear_history("bob", "alice", write("alice", "bob"))
    write("charlie", "bob")
    remove_from_list("bob", "charlie")
    look_later()
    assert notices() == []
    again = write("charlie", "bob")
    look_later(200)
    assert notices() == [("bob", [("u:charlie", 1, again)])]


def test_banned_person_gets_no_notice(endpoint: Endpoint) -> None:
    write("alice", "bob")
    User.objects.filter(pk="bob").update(is_active=False)
    look_later()
    assert notices() == []


def test_former_member_gets_no_notice(endpoint: Endpoint, group: Group) -> None:
    write("alice", group.pk)
    services.remove_members(group.pk, ["bob"])
    look_later()
    assert notices() == []


def test_new_member_gets_notice_of_later_messages(endpoint: Endpoint, group: Group) -> None:
    write("alice", group.pk)
    services.add_members(group.pk, ["charlie"])
    last = write("bob", group.pk)
    got("bob", last)
    got("alice", last)
    look_later()
    assert notices() == [("charlie", [(f"g:{group.pk}", 1, last)])]


def test_later_message_has_its_own_delay(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    first = write("alice", "bob")
    now = time.time()
    catch_up()
    # The second message is 20 seconds younger.
    second = _write_at("alice", "bob", now + 20)
    catch_up()
    while store_due(HOLDER, now + 40):
        pass
    assert notices() == [("bob", [("u:alice", 1, first)])]
    while store_due(HOLDER, now + 60):
        pass
    assert notices() == [("bob", [("u:alice", 1, first)])]
    while store_due(HOLDER, now + 71):
        pass
    assert notices()[1:] == [("bob", [("u:alice", 1, second)])]
    assert not Waiting.objects.exists()


def _write_at(sender: str, to: str, when: float) -> int:
    from log.models import Message

    last = write(sender, to)
    Message.objects.filter(pk=last).update(timet=int(when))
    return last


def test_notices_of_large_group_are_stored_in_portions(
    endpoint: Endpoint, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "MAX_PEOPLE_AT_ONCE", 3)
    monkeypatch.setattr(due, "_BEHIND", due._BEHIND.replace(f"LIMIT {due.MAX_MEMBERS_AT_ONCE}", "LIMIT 4"))
    monkeypatch.setattr(due, "MAX_MEMBERS_AT_ONCE", 4)
    mark = due._mark_pending
    together: list[int] = []

    def count(people: list[tuple[str, int]], at: due._DueCheck) -> None:
        together.append(len(people))
        mark(people, at)

    monkeypatch.setattr(due, "_mark_pending", count)
    many = [f"member{number}" for number in range(10)]
    services.add_members(group.pk, many)
    last = write("alice", group.pk)
    look_later()
    assert max(together) == 3
    sent = notices()
    assert sorted(userid for userid, _ in sent) == sorted(["bob", *many])
    assert {tuple(conversations) for _, conversations in sent} == {((f"g:{group.pk}", 1, last),)}


def test_group_of_any_size_has_one_waiting_row(endpoint: Endpoint, group: Group) -> None:
    services.add_members(group.pk, [f"member{number}" for number in range(50)])
    for _ in range(3):
        write("alice", group.pk)
        catch_up()
    assert Waiting.objects.count() == 1


def test_notice_counts_group_messages_up_to_a_limit(endpoint: Endpoint, group: Group) -> None:
    from log.appending import Draft, append

    append([Draft("text", "alice", group.pk, "hello", "")] * (MAX_COUNT + 5))
    look_later()
    ((_, ((_, number, _),)),) = notices()
    assert number == MAX_COUNT


def test_no_waiting_rows_without_endpoints_or_browsers(group: Group) -> None:
    write("alice", "bob")
    catch_up()
    assert not Waiting.objects.exists()


def test_notices_without_endpoint_go_to_browsers_only(endpoint: Endpoint, group: Group) -> None:
    endpoint.delete()
    services.add_members(group.pk, ["charlie"])
    browser = subscribe("bob", "https://push.example/1")
    last = write("alice", group.pk)
    look_later()
    deliveries = Delivery.objects.values_list("target_kind", "target_id", "log_id")
    assert list(deliveries) == [("web", browser.pk, last)]
    assert not Person.objects.filter(pk="charlie").exists()


def test_browser_is_woken_once_for_several_messages(endpoint: Endpoint) -> None:
    subscribe("bob", "https://push.example/1")
    for _ in range(2):
        write("alice", "bob")
        look_later()
    assert Delivery.objects.filter(target_kind="web").count() == 1
    assert len(notices()) == 2


def test_notice_waits_for_end_of_quiet_hours(endpoint: Endpoint) -> None:
    later = datetime.fromtimestamp(time.time() + 40, UTC)
    minute = later.hour * 60 + later.minute
    Person.objects.create(
        user_id="bob", quiet_from=(minute - 5) % 1440, quiet_to=(minute + 10) % 1440, quiet_zone="UTC"
    )
    write("alice", "bob")
    last = write("alice", "bob")
    look_later()
    assert notices() == []
    look_later(40 + 11 * 60)
    assert notices() == [("bob", [("u:alice", 2, last)])]


def test_message_received_in_quiet_hours_causes_no_notice(endpoint: Endpoint) -> None:
    Person.objects.create(user_id="bob", quiet_from=0, quiet_to=1439, quiet_zone="UTC")
    last = write("alice", "bob")
    look_later()
    got("bob", last)
    Pending.objects.update(due_at=F("due_at") * 0)
    Person.objects.update(quiet_from=None)
    look_later()
    assert notices() == []


def test_process_without_the_lease_stores_no_notices(endpoint: Endpoint) -> None:
    write("alice", "bob")
    catch_up()
    with pytest.raises(lease.LeaseLost):
        store_due("another process", time.time() + 40)
    assert notices() == []


def test_notice_delay_can_be_configured(endpoint: Endpoint, settings: Settings) -> None:
    override(settings, push_after_seconds=5.0)
    write("alice", "bob")
    look_later(15)
    assert len(notices()) == 1


def test_announcement_causes_notice_unless_it_is_silent(endpoint: Endpoint) -> None:
    send_to_all(["bob"], "quiet", "1", silent=True)
    look_later()
    assert notices() == []
    send_to_all(["bob"], "loud", "2", silent=False)
    look_later()
    assert [userid for userid, _ in notices()] == ["bob"]
