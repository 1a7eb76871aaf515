"""A person says who may write to them, find them and put them into groups. It acts from its place in the log
on, on every way to the person, and costs people who say nothing no statement."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.authentication.authentication import Person
from accounts.codes import Cause
from accounts.models import User
from accounts.services import ensure_users
from chat.delivery.connection.client_link import Author
from chat.delivery.connection.commands import SessionCommands
from chat.failures import CommandRefused
from chat.protocol.commands import Send
from chat.protocol.replies import Accepted, Failure
from chat.reading import selectors
from chat.reading.conversations import conversations_of, sends_receipts
from chat.services import contacts, own_list, sending, service_texts
from chat.services.blocks import block
from groups import memberships, services
from groups.errors import GroupError, Unwanted, UserNotFound
from log import positions, reach
from log.appending import Draft, append
from log.models import Conversation, Group, Privacy
from log.person_choices import Circle, Rules
from log.rejections import Rejection
from log.rows import EDIT, RECALL
from notifications.bundles import unread_since
from tests.support.api import Api
from tests.support.settings import override
from tests.support.stage import Stage, unicast
from tests.support.tokens import SECRET

ALICE = Person("alice", muted=False, delivered_id=0)


def draft(sender: str = "alice", to: str = "bob", **more: Any) -> Draft:
    return Draft(more.pop("kind", "text"), sender, to, "hi", "", **more)


def may_write(sender: str = "alice", to: str = "bob") -> bool:
    return bool(append([draft(sender, to)]).batch.rows)


@pytest.fixture
def people(transactional_db: None) -> None:
    ensure_users(["alice", "bob", "charlie"])


@pytest.fixture
def token_mode(settings: Settings, people: None) -> None:
    override(settings, auth="token", token_secret=SECRET)


def share_a_group() -> None:
    services.create_group("charlie", ["alice", "bob"], "friends")


def be_written_to() -> None:
    append([draft("bob", "alice")])


def be_accepted() -> None:
    append([draft()])
    own_list.update_settings("bob", "alice", request=False)


# Who may write: for each relation, those circles that have it.
RELATIONS: dict[str, tuple[Callable[[], Any], set[Circle]]] = {
    "a stranger": (lambda: None, {Circle.EVERYBODY}),
    "has written before, in vain": (lambda: append([draft()]), {Circle.EVERYBODY}),
    "has the person as a contact": (lambda: contacts.add_contact("alice", "bob"), {Circle.EVERYBODY}),
    "shares a group": (share_a_group, {Circle.EVERYBODY, Circle.KNOWN}),
    "was written to": (be_written_to, {Circle.EVERYBODY, Circle.KNOWN}),
    "was accepted": (be_accepted, {Circle.EVERYBODY, Circle.KNOWN}),
    "is a contact": (
        lambda: contacts.add_contact("bob", "alice"),
        {Circle.EVERYBODY, Circle.KNOWN, Circle.CONTACTS},
    ),
}


@pytest.mark.parametrize("relation", RELATIONS)
def test_reach_rules_select_who_may_write_find_and_invite(people: None, relation: str) -> None:
    begin, circles = RELATIONS[relation]
    begin()
    for circle in Circle:
        contacts.change_rules("bob", write=circle, find=circle, invite="everybody")
        assert may_write() == (circle in circles), circle
        assert may_write("bob", "bob")
        exists = User.objects.filter(reach.searchable_by("alice"), pk="bob").exists()
        assert exists == (circle in circles), circle
        shown = User.objects.filter(reach.visible_to("alice"), pk="bob").exists()
        assert shown == (circle == Circle.EVERYBODY or Circle.KNOWN in circles), circle
        # Who may not write does not become known by a group.
        assert bool(reach.invitation_refusals(["alice"], ["bob"])) == (circle not in circles), circle
    contacts.change_rules("bob", write="everybody", find="everybody")
    assert may_write()


def test_sender_no_longer_allowed_may_recall_but_not_edit(people: None) -> None:
    (message,) = append([draft()]).batch.rows
    contacts.change_rules("bob", write="nobody")
    refused = append([draft(kind=EDIT, target=message.id)])
    assert refused.outcomes == (Rejection(Cause.UNWANTED),)
    assert append([draft(kind=RECALL, target=message.id)]).batch.rows


def test_service_texts_ignore_reach_rules(people: None) -> None:
    contacts.change_rules("bob", write="nobody")
    assert service_texts.send_text("bob", "You are muted.") is not None


def test_reach_rules_are_read_with_the_blocks(people: None) -> None:
    contacts.change_rules("charlie", write="contacts")
    for recipient, statements in (("bob", 1), ("charlie", 2)):
        with CaptureQueriesContext(connection) as queries:
            assert reach.writing([("alice", recipient)]).guarded == ({"charlie"} & {recipient} or ())
        assert len(queries) == statements


def test_hidden_person_looks_like_an_unknown_one(token_mode: None) -> None:
    """For each way: what is told of Bob, who hides, with his name replaced, is what is told of nobody."""

    def failed(way: Callable[[str], Any], userid: str) -> str:
        try:
            done = way(userid)
        except (CommandRefused, GroupError) as error:
            done = getattr(error, "failure", repr(error))
        return repr(done).replace("bobby", "…").replace("nobody", "…")

    def send(userid: str) -> Any:
        return sending.send_in_thread(ALICE, Send("text", userid, "hello", "", None), "192.0.2.1", "http://x")

    group = services.create_group("alice", [], "friends")
    api = Api("alice", has_token=True)
    ways: list[Callable[[str], Any]] = [
        send,
        lambda userid: services.create_group("alice", [userid, "zoe"], "x", by="alice", invited_by="alice"),
        lambda userid: services.add_members(group.pk, [userid], by="alice"),
        lambda userid: contacts.add_contact("alice", userid),
        lambda userid: block("alice", userid),
        lambda userid: api.get(f"users/{userid}").outcome,
        lambda userid: api.get("users", ids=userid).outcome,
        lambda userid: api.get("users", q=userid).outcome,
        lambda userid: api.post(f"conversations/u:{userid}/messages", kind="text", content="x").outcome,
        lambda userid: api.get(f"conversations/u:{userid}/messages").outcome,
        lambda userid: api.get(f"conversations/u:{userid}").outcome,
        lambda userid: api.patch(f"conversations/u:{userid}", remark="x").outcome,
        lambda userid: api.put(f"contacts/{userid}").outcome,
        lambda userid: api.delete(f"contacts/{userid}").outcome,
        lambda userid: api.post("contacts/requests", userid=userid, text="x").outcome,
        lambda userid: api.put(f"blocks/{userid}").outcome,
        lambda userid: api.delete(f"blocks/{userid}").outcome,
        lambda userid: api.post("groups", name="x", members=[userid]).outcome,
        lambda userid: api.post("reports", user=userid, category="spam", note="").outcome,
    ]
    User.objects.create_user("bobby")
    contacts.change_rules("bobby", write="contacts", find="contacts", invite="contacts")
    for is_blocked in (False, True):
        if is_blocked:
            block("bobby", "alice")
        for number, way in enumerate(ways):
            assert failed(way, "bobby") == failed(way, "nobody"), (number, is_blocked)
    assert reach.offline_for("alice", ["bobby", "charlie"]) == {"bobby"}

    contacts.add_contact("bobby", "charlie")
    charlie = Api("charlie", has_token=True)
    assert [one["userid"] for one in charlie.get("users", q="bob").body["items"]] == ["bob", "bobby"]
    assert charlie.post("conversations/u:bobby/messages", kind="text", content="x").status == 201
    assert reach.offline_for("charlie", ["bobby"]) == set()


@pytest.mark.promise("unwanted-7")
def test_visible_person_who_allows_no_messages_is_refused_as_unwanted(token_mode: None) -> None:
    contacts.change_rules("bob", write="nobody")
    api = Api("alice", has_token=True)
    for refused in (
        api.post("conversations/u:bob/messages", kind="text", content="x"),
        api.post("groups", name="x", members=["bob"]),
        api.post("contacts/requests", userid="bob"),
    ):
        assert refused.failed == (403, "not_allowed")
        assert refused.body["error"]["why"] == "unwanted"
    with pytest.raises(Unwanted):
        services.create_group("alice", ["bob"], "x", by="alice")
    # The operator and what people do themselves are free.
    group = services.create_group("alice", [], "x")
    services.add_members(group.pk, ["bob"])


def test_reach_rules_changed_during_an_addition_apply(
    token_mode: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = services.create_group("alice", [], "x")

    def change_meanwhile(*_: object) -> list[str]:
        contacts.change_rules("bob", find="nobody", invite="nobody")
        return []

    # After the first look at the rules, before the log is locked.
    monkeypatch.setattr(memberships, "left_recently", change_meanwhile)
    with pytest.raises(UserNotFound):
        services.add_members(group.pk, ["bob"], by="alice")


class TestInAProcess:
    """The writer remembers who may write to whom."""

    async def answers(self, stage: Stage, *changes: Callable[[], Any]) -> list[bool]:
        """Whether Alice may write to Bob at first, and after each change."""
        alice = await stage.log_in("alice")
        for change in (lambda: None, *changes):
            await stage.written(change)
            await stage.send(alice, unicast("hello"))
            await stage.run.writer.drain()
        return [isinstance(answer, Accepted) for answer in stage.answers]

    async def test_rules_act_at_once(self, stage: Stage) -> None:
        is_contact = partial(contacts.add_contact, "bob", "alice")
        assert await self.answers(
            stage,
            partial(contacts.change_rules, "bob", write="contacts"),
            is_contact,
            lambda: None,
            partial(contacts.remove_contact, "bob", "alice"),
            partial(contacts.change_rules, "bob", write="everybody"),
            partial(contacts.change_rules, "bob", write="nobody"),
        ) == [True, False, True, True, False, True, False]
        refused = [answer for answer in stage.answers if isinstance(answer, Failure)]
        assert refused == [Failure.of(Cause.UNWANTED)] * 3

    async def test_person_who_left_the_common_group_is_no_longer_known(
        self, stage: Stage, group: Group
    ) -> None:
        await stage.written(partial(contacts.change_rules, "bob", write="known"))
        assert await self.answers(stage, partial(services.leave, group.pk, "alice")) == [True, False]

    async def test_typing_to_hidden_person_is_not_delivered(self, stage: Stage, settings: Settings) -> None:
        await stage.written(partial(contacts.change_rules, "charlie", write="nobody", find="nobody"))
        override(settings, auth="token", token_secret=SECRET)
        unused: Any = None
        commands = SessionCommands(stage.run, unused, Author("alice"), *[unused] * 4)
        assert await commands._may_notify("charlie") is False
        assert await commands._may_notify("bob") is True
        await stage.written(partial(contacts.change_rules, "charlie", find="everybody"))
        with pytest.raises(CommandRefused):
            await commands._may_notify("charlie")


class TestConversationsApart:
    def test_messages_of_strangers_are_requests_until_accepted(self, people: None) -> None:
        append([draft(), draft("charlie")])
        assert [one.is_apart for one in conversations_of("bob")] == [False, False]
        contacts.change_rules("bob", direct="known")
        assert [one.is_apart for one in conversations_of("bob")] == [True, True]
        last = positions.last_id()
        assert not sends_receipts("bob", "alice", last)
        assert unread_since({"bob": 0}, last) == {}
        own_list.mark_read("bob", "alice", last)
        (listed,) = conversations_of("alice")
        assert listed.read_by_other is None

        assert own_list.update_settings("bob", "alice", request=False) == {"request": False}
        append([draft("bob", "charlie")])
        assert [one.is_apart for one in conversations_of("bob")] == [False, False]
        assert sends_receipts("bob", "alice", last)
        last = append([draft()]).batch.last
        assert [one.peer for one in unread_since({"bob": 0}, last)["bob"]] == ["alice", "charlie"]
        assert not Conversation.objects.filter(user="alice", request=True).exists()

    def test_messages_of_contacts_and_known_people_are_no_requests(self, people: None) -> None:
        append([draft(), draft("charlie")])
        contacts.change_rules("bob", direct="contacts")
        services.create_group("bob", ["charlie"], "friends")
        contacts.add_contact("bob", "alice")
        assert {one.peer: one.is_apart for one in conversations_of("bob", ["alice", "charlie"])} == {
            "alice": False,
            "charlie": True,
        }
        contacts.change_rules("bob", direct="known")
        assert not any(one.is_apart for one in conversations_of("bob"))


def test_only_changes_are_announced_and_defaults_have_no_row(people: None) -> None:
    end = positions.last_id()
    contacts.change_rules("bob", write="everybody")
    assert positions.last_id() == end
    contacts.change_rules("bob", write="known", find="contacts")
    assert contacts.change_rules("bob", write="contacts") == Rules("contacts", "contacts")
    assert len(selectors.rows_after(end, 10)) == 2
    contacts.change_rules("bob", write="everybody", find="everybody")
    contacts.remove_contact("bob", "alice")
    assert len(selectors.rows_after(end, 10)) == 3
    assert not Privacy.objects.exists()
