"""The log in the admin: it is found and read, and nothing in it is changed."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from chat.log import Draft, append
from chat.models import Message
from groups.models import Group
from groups.services import create_group
from tests.support.admin import operator

pytestmark = pytest.mark.django_db

LIST = "/admin/chat/message/"


@pytest.fixture
def admin_client(db: None) -> Client:
    return operator()


@pytest.fixture
def group() -> Group:
    return create_group("alice", ["bob"], "我的_群")


@pytest.fixture
def messages(group: Group) -> list[Message]:
    """The notice of the group, a message to Bob, one to the group."""
    append([Draft("text", "alice", "bob", "<b>你好</b> 👍", '{"sender":"爱丽丝"}')])
    append([Draft("picture", "bob", group.pk, "http://x/y-1x1.jpg", "")])
    return list(Message.objects.order_by("id"))


def page(message: Message) -> str:
    return f"{LIST}{message.pk}/change/"


def found(client: Client, **query: str) -> list[str]:
    """What the messages found say, latest first."""
    return [message.content for message in client.get(LIST, query).context["cl"].queryset]


def test_it_works(admin_client: Client, messages: list[Message], group: Group) -> None:
    shown = admin_client.get(LIST).content.decode()
    assert "&lt;b&gt;你好&lt;/b&gt; 👍" in shown
    assert "http://x/y-1x1.jpg" in shown
    assert str(group) in shown


def test_every_message_opens(admin_client: Client, messages: list[Message]) -> None:
    notice, text, picture = (admin_client.get(page(message)).content.decode() for message in messages)
    assert "joined" in notice
    assert "&lt;b&gt;你好&lt;/b&gt; 👍" in text
    assert "http://x/y-1x1.jpg" in picture


@pytest.mark.parametrize("sought", ["你好", "<b>", "👍"])
def test_messages_are_found_by_what_they_say(
    admin_client: Client, messages: list[Message], sought: str
) -> None:
    assert found(admin_client, q=sought) == ["<b>你好</b> 👍"]


def test_messages_are_found_by_who_wrote_or_got_them(admin_client: Client, messages: list[Message]) -> None:
    assert found(admin_client, q="bob", kind="text") == ["<b>你好</b> 👍"]
    assert found(admin_client, q="bob", kind="picture") == ["http://x/y-1x1.jpg"]


@pytest.mark.parametrize("sought", ["bo", "%", "_%", "o'b", '"x', "9" * 30, "\\"])
def test_nothing_is_found(admin_client: Client, messages: list[Message], sought: str) -> None:
    assert admin_client.get(LIST, {"q": sought}).status_code == 200
    assert found(admin_client, q=sought, kind="text") == []


def test_messages_are_told_apart_by_kind(admin_client: Client, messages: list[Message]) -> None:
    assert found(admin_client, kind="picture") == ["http://x/y-1x1.jpg"]


def test_the_time_is_shown_in_utc(admin_client: Client, messages: list[Message]) -> None:
    Message.objects.update(timet=1_500_000_000)
    assert "July 14, 2017, 2:40 a.m." in admin_client.get(LIST).content.decode()


def test_only_the_beginning_of_a_long_message_is_listed(admin_client: Client, group: Group) -> None:
    append([Draft("text", "alice", "bob", "长" * 80 + "end", "")])
    shown = admin_client.get(LIST).content.decode()
    assert "长" * 80 in shown
    assert "长end" not in shown


def test_none_is_added(admin_client: Client, messages: list[Message]) -> None:
    given = {"kind": "text", "sender": "alice", "recipient": "bob", "content": "forged", "timet": "1"}
    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert admin_client.post(f"{LIST}add/", given).status_code == 403
    assert list(Message.objects.order_by("id")) == messages


def test_none_is_changed(admin_client: Client, messages: list[Message]) -> None:
    before = list(Message.objects.order_by("id").values())
    for message in messages:
        assert admin_client.post(page(message), {"content": "forged"}).status_code == 403
    assert list(Message.objects.order_by("id").values()) == before


def test_none_is_deleted(admin_client: Client, messages: list[Message]) -> None:
    for message in messages:
        url = f"{LIST}{message.pk}/delete/"
        assert admin_client.get(url).status_code == 403
        assert admin_client.post(url, {"post": "yes"}).status_code == 403
    chosen = [str(message.pk) for message in messages]
    admin_client.post(LIST, {"action": "delete_selected", "_selected_action": chosen, "post": "yes"})
    assert list(Message.objects.order_by("id")) == messages


def test_staff_read_it_with_permission_only(messages: list[Message]) -> None:
    client = Client()
    staff = User.objects.create_user("staff", is_staff=True)
    client.force_login(staff)
    assert client.get(LIST).status_code == 403
    assert client.get(page(messages[1])).status_code == 403
    staff.user_permissions.add(Permission.objects.get(codename="view_message"))
    assert client.get(LIST).status_code == 200
    assert client.get(page(messages[1])).status_code == 200


def test_many_messages_take_few_queries(
    admin_client: Client, group: Group, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    append([Draft("text", "alice", group.pk, str(number), "") for number in range(50)])
    with django_assert_max_num_queries(12):
        assert len(found(admin_client)) == 51
