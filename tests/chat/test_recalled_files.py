"""A file is out of reach when all that referred to it was recalled."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.authentication.authentication import Person
from accounts.codes import Cause
from accounts.models import User
from chat.failures import CommandRefused
from chat.protocol.commands import Send
from chat.reading.recalled_files import FileRecalled, is_recalled, sources_of
from chat.services import held_messages, moderating
from chat.services.sending import send_in_thread as send
from groups.services import create_group
from log.appending import Draft, append
from log.cards import card_details
from log.details import BUNDLE, encoded
from log.models import Group, Message
from log.rejections import Rejection
from log.rows import HELD, RECALL
from log.stored_rows import OFF
from tests.support.planner import take_for_large
from tests.support.settings import override
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


def test_file_stays_while_another_message_refers_to_it(group: Group) -> None:
    first, second = write("picture", URL), write("picture", f"/media/{STEM}-640x480.jpg", group.pk)

    recall(first)
    assert not is_recalled(STEM)
    recall(second, group.pk)
    assert is_recalled(STEM)


def test_file_used_as_group_picture_or_avatar_is_not_recalled(group: Group) -> None:
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
    card = card_details({"title": "Hello", "picture": f"/media/{STEM}-640x480.jpg"})
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


@pytest.fixture
def token_mode(settings: Settings) -> None:
    override(settings, auth="token")


@pytest.mark.parametrize(
    ("kind", "content", "details"),
    [
        ("picture", URL, ""),
        ("picture", f"/media/{STEM}-640x480.jpg?x=/y", ""),
        ("video", f"https://elsewhere.example/{STEM}ff-9x9.mp4", ""),
        ("file", f"/files/{STEM}.file#12/a.pdf", ""),
        ("card", "Hello", card_details({"title": "Hello", "picture": f"/media/{STEM}-640x480.jpg"})),
    ],
)
def test_recalled_file_is_in_no_new_message(
    group: Group, token_mode: None, kind: str, content: str, details: str
) -> None:
    assert sources_of(kind, content, details) == ()
    first, second = write("picture", URL), write("picture", URL, group.pk)
    recall(first)
    assert sources_of(kind, content, details) == (second,)
    recall(second, group.pk)
    with pytest.raises(FileRecalled):
        sources_of(kind, content, details)


@pytest.mark.parametrize("is_at_once", [False, True])
def test_draft_is_not_appended_if_its_source_is_recalled_meanwhile(group: Group, is_at_once: bool) -> None:
    id_ = write("picture", URL)
    recalling = [Draft(RECALL, "alice", "bob", "", "", target=id_)]
    again = [Draft("picture", "bob", "charlie", URL, "", sources=(id_,))]
    if is_at_once:
        appended = append(recalling + again)
    else:
        append(recalling)
        appended = append(again)

    assert appended.outcomes[-1] == Rejection(Cause.NO_SUCH_MESSAGE)
    assert is_recalled(STEM)


def test_held_message_with_a_recalled_file_is_not_released(group: Group, token_mode: None) -> None:
    id_ = write("picture", URL)
    held = append([Draft(HELD, "bob", "charlie", URL, "", sent_as="picture")]).batch.last
    recall(id_)
    with pytest.raises(CommandRefused, match="no such file"):
        held_messages.release(held)

    recall(id_, extension=OFF)
    assert held_messages.release(held)


@pytest.mark.parametrize("avatar", [f"https://elsewhere.example/?{STEM}", f"/media/{STEM}ff-9x9.jpg"])
def test_only_its_own_address_makes_it_an_avatar(group: Group, avatar: str) -> None:
    recall(write("picture", URL))
    User.objects.filter(pk="alice").update(avatar=avatar)

    assert is_recalled(STEM)


def test_bundle_shows_no_file_that_its_items_only_mention(group: Group) -> None:
    recall(write("picture", URL))
    item = {"from": "bob", "nickname": "Bob", "time": 1, "kind": "picture", "content": f"http://x/y?{STEM}"}
    append(
        [Draft(BUNDLE, "bob", "charlie", "", "", details=encoded({BUNDLE: {"title": "", "items": [item]}}))]
    )

    assert is_recalled(STEM)


def test_an_erased_message_refers_to_nothing(group: Group) -> None:
    id_ = write("picture", URL)

    moderating.erase(id_)
    wait_for_removals()

    assert not is_recalled(STEM)


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="its plans do not depend on how many rows there are"
)
def test_references_to_a_file_are_read_by_an_index(group: Group) -> None:
    write("picture", URL)
    take_for_large(Message._meta.db_table)
    with CaptureQueriesContext(connection) as queries:
        is_recalled(STEM)

    (request,) = [one["sql"] for one in queries]
    with connection.cursor() as cursor:
        plan = cursor.execute(f"EXPLAIN QUERY PLAN {request}".replace("%", "%%")).fetchall()
    assert str(plan).count("referring_to_file (<expr>=?)") == 2, plan
