"""What the extensions of messages say people and groups are called."""

from accounts.models import User
from chat.naming import read_naming
from chat.protocol.extensions import Naming
from groups.selectors import picture_url
from log.models import Group

BASE_URL = "http://chat.example"


def test_naming_of_a_private_message_is_the_senders(group: Group) -> None:
    User.objects.filter(pk="alice").update(nickname="Alice", avatar="http://h/a.jpg")
    naming = read_naming("alice", "bob", BASE_URL)
    assert naming == Naming("Alice", "alice", "http://h/a.jpg", "Alice", "http://h/a.jpg")


def test_naming_of_a_group_message_is_the_groups(group: Group) -> None:
    naming = read_naming("bob", group.pk, BASE_URL)
    assert (naming.sender, naming.sender_id, naming.conversation) == ("bob", "bob", group.name)
    assert naming.conversation_avatar == picture_url("", BASE_URL)


def test_unknown_person_or_group_is_called_by_id(group: Group) -> None:
    assert read_naming("nobody", 10**9, BASE_URL).sender == "nobody"
    assert read_naming("nobody", 10**9, BASE_URL).conversation == f"{10**9}"
