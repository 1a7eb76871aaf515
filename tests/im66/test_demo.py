"""What a first visitor finds, and what other clients see of it."""

import json
import time
from base64 import b64decode
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from pytest_django import Settings

from accounts.demo_people import DEMO_PEOPLE
from accounts.models import User
from chat.protocol.extensions import is_readable
from chat.protocol.kinds import VERBS
from chat.protocol.media import is_showable
from im66.demo.media import FILES, store_all
from im66.demo.talk import FRIENDS, HIKE
from log.models import ARE_MESSAGES, Group, Message
from testkit.server import Server
from tests.im66.conftest import PRODUCTION
from tests.support.api import Api
from tests.support.settings import override
from uploads import names
from uploads.models import StoredFile
from uploads.selectors import stored_name

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ALICE = Api("alice")
DAY = 24 * 60 * 60


def make() -> str:
    """What the command says."""
    output = StringIO()
    call_command("demo", no_serve=True, stdout=output)
    return output.getvalue()


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> None:
    override(settings, data_dir=tmp_path)


# They are alike each time, and take longest.
files = cache(store_all)


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("im66.demo.making.store_all", files)
    return make()


def conversations(userid: str) -> dict[str, Any]:
    return {one["title"]: one for one in Api(userid).get("conversations").body["items"]}


def messages(conversation: str, userid: str = "alice") -> list[Any]:
    answer = Api(userid).get(f"conversations/{conversation}/messages", limit=200)
    return list(answer.body["items"])


def all_messages() -> list[Any]:
    return [message for one in conversations("alice").values() for message in messages(one["id"])]


def contents(kind: str) -> list[str]:
    return [
        message["content"] for message in all_messages() if message["kind"] == kind and "content" in message
    ]


def test_demo_has_people_groups_and_every_kind_of_message() -> None:
    text = make()
    result = conversations("alice")
    group = result[FRIENDS]["id"].removeprefix("g:")
    assert f"people  alice, bob, charlie, xiaoming; group {group} is 六六聊天群" in text
    assert "goes without" not in text
    assert set(result) == {FRIENDS, HIKE, "Bob", "Charlie", "小明"}
    assert all(one["last"] for one in result.values())
    assert {message["kind"] for message in all_messages()} == VERBS


def test_demo_people_have_pictures(printed: str) -> None:
    for userid, nickname in DEMO_PEOPLE.items():
        person = ALICE.get(f"users/{userid}").body
        assert person["nickname"] == nickname
        name = stored_name(person["avatar"])
        assert name
        assert default_storage.exists(names.thumbnail_name(name)), "group pictures are made of it"


def test_demo_charlie_is_only_in_the_hike_group(printed: str) -> None:
    assert set(conversations("bob")) == {FRIENDS, HIKE, "Alice"}
    assert set(conversations("xiaoming")) == {FRIENDS, HIKE, "Alice"}
    assert set(conversations("charlie")) == {HIKE, "Alice"}


def test_alice_owns_the_first_demo_group(printed: str) -> None:
    friends, hike = conversations("alice")[FRIENDS], conversations("alice")[HIKE]
    assert friends["role"] == "owner"
    assert friends["id"] == f"g:{Group.objects.order_by('pk')[0].pk}"
    assert "8:00" in ALICE.get(f"groups/{hike['id'][2:]}").body["notice"]


def test_demo_messages_span_the_last_three_days(printed: str) -> None:
    times = list(Message.objects.order_by("pk").values_list("timet", flat=True))
    assert times == sorted(times)
    assert 2.5 * DAY < time.time() - times[0] < 3.5 * DAY
    assert 0 < time.time() - times[-1] < DAY / 24
    for one in conversations("alice").values():
        seconds = [message["time"] for message in messages(one["id"])]
        assert len(set(seconds)) == len(seconds)


def test_demo_files_are_stored_and_showable_with_their_measures(printed: str) -> None:
    for kind, sizes in (("picture", 3), ("audio", 1), ("video", 1)):
        result = contents(kind)
        assert len(result) == sizes
        for content in result:
            name = stored_name(content)
            assert name
            assert default_storage.exists(name)
            assert names.dimensions_of(name)
            assert is_showable(kind, content)


def test_demo_recording_has_duration_and_film_has_poster(printed: str) -> None:
    (recording,), (film,) = contents("audio"), contents("video")
    assert 3 <= names.dimensions_of(recording.rpartition("/")[2])["seconds"] <= 10
    assert default_storage.exists(names.poster_name(film.rpartition("/")[2]))


def test_demo_texts_have_links_lines_and_both_languages(printed: str) -> None:
    texts = contents("text")
    assert any("https://" in text for text in texts)
    assert any("\n" in text for text in texts)
    assert any(text.isascii() for text in texts)
    assert any("一" <= text[0] <= "鿿" for text in texts)


def test_demo_has_replies_reactions_edits_and_recalls(printed: str) -> None:
    result = all_messages()
    ids = {message["id"] for message in result}
    replies = [message["reply"] for message in result if "reply" in message]
    assert len(replies) > 5
    assert ids.issuperset(replies)
    assert {"👍", "❤️"} <= {emoji for message in result for emoji in message["reactions"]}
    assert [message["content"] for message in result if message["edited"]] == [
        "We meet at 8:00, by the way. Set two alarms!"
    ]
    (recalled,) = (message for message in result if message.get("recalled"))
    assert "content" not in recalled


def test_demo_reactions_are_of_other_people(printed: str) -> None:
    for message in all_messages():
        for userids in message["reactions"].values():
            assert message["from"] not in userids


def test_demo_has_unread_messages_for_alice_only(printed: str) -> None:
    unread = {title: one["unread"] for title, one in conversations("alice").items() if one["unread"]}
    assert list(unread) == [HIKE]
    assert unread[HIKE] > 2
    for userid in ("bob", "charlie", "xiaoming"):
        assert all(one["unread"] == 0 for one in conversations(userid).values())


def test_demo_messages_have_extensions_of_the_shipped_apps(printed: str) -> None:
    rows = Message.objects.filter(ARE_MESSAGES).values_list("content", "extension")
    assert all(is_readable(extension) for _, extension in rows)
    pictures = {person.display_name: person.avatar for person in User.objects.filter(pk__in=DEMO_PEOPLE)}
    for _, extension in rows:
        names = json.loads(b64decode(extension))
        assert names["senderAvartar"] == pictures[names["sender"]]
        assert names["conversation"] in {FRIENDS, HIKE, *pictures}
        assert names["conversationAvartar"]
    assert not any("_" in content for content, _ in rows)


def test_repeated_demo_changes_nothing() -> None:
    def state() -> list[Any]:
        models = (Message, Group, User, StoredFile)
        return [list(model._default_manager.order_by("pk").values()) for model in models]

    text = make()
    before = state()
    assert make() == text
    assert state() == before


def test_demo_is_written_at_once_into_a_used_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("im66.demo.making.store_all", files)
    ALICE.post("conversations/u:bob/messages", kind="text", content="first")
    make()
    times = list(Message.objects.order_by("pk").values_list("timet", flat=True))
    assert times == sorted(times)
    assert set(conversations("alice")) == {FRIENDS, HIKE, "Bob", "Charlie", "小明"}


def test_demo_leaves_out_files_that_cannot_be_stored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for file in FILES.iterdir():
        if file.stem != "film":
            (tmp_path / file.name).symlink_to(file)
    monkeypatch.setattr("im66.demo.media.FILES", tmp_path)
    assert "The demo goes without its file film: [Errno 2] No such file" in make()
    assert contents("video") == []
    assert len(contents("picture")) == 3


def test_interrupted_demo_leaves_no_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("im66.demo.making.store_all", files)
    with monkeypatch.context() as patch:
        patch.setattr("im66.demo.making.mark_read", stop)
        with pytest.raises(KeyboardInterrupt):
            make()
    assert not Group.objects.exists()
    assert not Message.objects.exists()
    make()
    assert set(conversations("alice")) == {FRIENDS, HIKE, "Bob", "Charlie", "小明"}


def stop(*_: object) -> None:
    raise KeyboardInterrupt


def test_demo_is_refused_in_production(tmp_path: Path) -> None:
    server = Server(tmp_path, **PRODUCTION, IM66_AUTH="open")
    server.prepare()
    done = server.attempt("demo")
    assert done.returncode == 1
    assert done.stderr.strip().endswith(
        "CommandError: It makes people and a superuser: refused with IM66_PRODUCTION=true."
    )
    counted = server.run_python("from accounts.models import User; print(User.objects.count())")
    assert counted.strip() == "0"
    assert not (tmp_path / "admin-password").exists()
