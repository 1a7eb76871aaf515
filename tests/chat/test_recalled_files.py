"""A file is out of reach when all that referred to it was recalled."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.authentication.authentication import Person
from accounts.models import User
from chat.models import Message
from chat.protocol.cards import kept
from chat.protocol.commands import Send
from chat.protocol.rows import RECALL
from chat.reading.recalled_files import is_recalled
from chat.services import moderating
from chat.services.sending import send
from chat.stored_rows import OFF
from chat.writing.log import Draft, append
from groups.models import Group
from groups.services import create_group
from tests.support.planner import take_for_large
from tests.support.threads import wait_for_removals
from uploads.models import StoredFile

STEM = "0123456789abcdef" * 2
URL = f"https://im.example/media/{STEM}-640x480.jpg"


def write(kind: str, content: str, to: str | int = "bob") -> int:
    (row,) = append([Draft(kind, "alice", to, content, "")]).batch.rows
    return row.id


def recall(target: int, to: str | int = "bob", extension: str = "") -> None:
    append([Draft(RECALL, "alice", to, "", extension, target=target)])


@pytest.mark.parametrize(
    ("kind", "content"),
    [("picture", URL), ("video", f"/media/{STEM}-1x1.mp4"), ("file", f"/files/{STEM}.file#12/a b/c.pdf")],
)
def test_a_recall_takes_it_back_and_what_restores_the_message_gives_it(
    group: Group, kind: str, content: str
) -> None:
    assert not is_recalled(STEM)
    id_ = write(kind, content)
    other = write(kind, content.replace("0123", "4567"))
    assert not is_recalled(STEM)

    recall(id_)
    assert is_recalled(STEM)
    assert not is_recalled(STEM.replace("0123", "4567"))
    recall(id_, extension=OFF)
    assert not is_recalled(STEM)
    recall(other)
    assert not is_recalled(STEM)


def test_another_message_keeps_it(group: Group) -> None:
    first, second = write("picture", URL), write("picture", f"/media/{STEM}-640x480.jpg", group.pk)

    recall(first)
    assert not is_recalled(STEM)
    recall(second, group.pk)
    assert is_recalled(STEM)


def test_what_everybody_sees_stays(group: Group) -> None:
    recall(write("picture", URL, group.pk), group.pk)
    assert is_recalled(STEM)

    Group.objects.update(picture=f"{STEM}-640x480.jpg")
    assert not is_recalled(STEM)
    Group.objects.update(picture="")
    for userid in ("alice", "bob"):
        User.objects.update(avatar="")
        User.objects.filter(pk=userid).update(avatar=f"/media/{STEM}-640x480.jpg")
        assert not is_recalled(STEM), "also if another person has sent it"
    own = StoredFile.objects.create(stem=STEM, name=f"{STEM}-640x480.jpg", owner="person alice")
    assert is_recalled(STEM), "Bob has taken the picture that Alice has recalled"
    StoredFile.objects.update(owner="person bob")
    assert not is_recalled(STEM)
    own.delete()
    User.objects.update(avatar="")
    create_group("charlie", ["bob"], "elsewhere")
    Group.objects.exclude(pk=group.pk).update(picture=f"{STEM}-640x480.jpg")
    assert not is_recalled(STEM)


def test_the_picture_of_a_card_goes_with_the_card_and_with_nothing_else(group: Group) -> None:
    card = kept({"title": "Hello", "picture": f"/media/{STEM}-640x480.jpg"})
    alice = Person("alice", muted=False, delivered_id=0)
    sent = [send(alice, Send("card", "bob", "Hello", "", details=card), "", "").id for _ in range(2)]
    recall(write("picture", URL))
    assert not is_recalled(STEM)
    recall(sent[0])
    assert not is_recalled(STEM)
    recall(sent[1])
    assert is_recalled(STEM)
    recall(sent[1], extension=OFF)
    assert not is_recalled(STEM)


def test_an_erased_message_refers_to_nothing(group: Group) -> None:
    id_ = write("picture", URL)

    moderating.erase(id_)
    wait_for_removals()

    assert not is_recalled(STEM)


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="its plans do not depend on how many rows there are"
)
def test_what_refers_to_it_is_found_by_an_index(group: Group) -> None:
    write("picture", URL)
    take_for_large(Message._meta.db_table)
    with CaptureQueriesContext(connection) as queries:
        is_recalled(STEM)

    (asked,) = [one["sql"] for one in queries]
    with connection.cursor() as cursor:
        plan = cursor.execute(f"EXPLAIN QUERY PLAN {asked}".replace("%", "%%")).fetchall()
    assert str(plan).count("referring_to_file (<expr>=?)") == 2, plan
