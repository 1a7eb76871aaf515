"""Stickers that people save from messages: their own, as long as the message is not recalled."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from chat.reading.recalled_files import is_recalled
from chat.services import erasing, moderating, stickers
from chat.services.pruning import ELSEWHERE, Protected, prune
from chat.signals import conversation_changed
from log.appending import Draft, append
from log.models import Group, Message, Sticker
from log.rows import RECALL
from log.stored_rows import OFF
from tests.support.api import Api
from tests.support.groups import ALICE, BOB
from uploads.models import StoredFile
from uploads.pruning import remove_unclaimed
from uploads.selectors import stored_name

# In open mode, addresses last, and files are given to everybody.
pytestmark = pytest.mark.parametrize("mode", ["token"], indirect=True)

STEM = "fedcba9876543210" * 2
NAME = f"{STEM}-64x48.png"
PICTURE = f"/media/{NAME}"
ALL_GO = Protected(User.objects.none().values("pk"), Group.objects.none().values("pk"))
NOT_FOUND = (404, "not_found")


@pytest.fixture(autouse=True)
def picture(group: Group, settings: Settings) -> Path:
    path = Path(settings.MEDIA_ROOT) / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"content")
    StoredFile.objects.create(stem=STEM, name=NAME)
    return path


def write(to: str | int, kind: str = "picture", content: str = PICTURE) -> int:
    return append([Draft(kind, ALICE, to, content, "")]).batch.last


def recall(id_: int, to: str | int, extension: str = "") -> None:
    append([Draft(RECALL, ALICE, to, "", extension, target=id_)])


def saved(api: Api) -> list[tuple[str, str | None]]:
    items = api.get("me/stickers").body["items"]
    return [
        (one["kind"], stored_name(one["content"]) if one["kind"] == "picture" else one["content"])
        for one in items
    ]


def prune_all() -> None:
    last = append([Draft("text", ALICE, BOB, "the last", "")]).batch.last
    assert sum(portion.removed for portion in prune(ELSEWHERE, last - 1, ALL_GO))


def is_kept() -> bool:
    return remove_unclaimed([STEM], lambda rows, total: rows) == 0


def test_readable_sticker_is_saved_once_and_sent_again(
    bob: Api, charlie: Api, group: Group, django_capture_on_commit_callbacks: Any
) -> None:
    events: list[Any] = []

    def note_change(userid: str, peer: str, changed: Any, **_: Any) -> None:
        events.append((userid, peer, changed))

    conversation_changed.connect(note_change)
    first, private, emotion = write(group.pk), write(BOB), write(BOB, "emotion", "~smile")
    with django_capture_on_commit_callbacks(execute=True):
        for id_ in (first, private, emotion):
            assert bob.put("me/stickers", message=id_).status == 204
            assert charlie.put("me/stickers", message=id_).failed == NOT_FOUND
    assert saved(bob) == [("emotion", "~smile"), ("picture", NAME)]
    assert saved(charlie) == []
    (of_emotion, of_picture) = bob.get("me/stickers").body["items"]
    # Its address gives the file, and does not tell its name.
    assert STEM not in of_picture["content"]
    assert Client().get(of_picture["content"]).status_code == 200
    sent = {"kind": "picture", "content": of_picture["content"]}
    again = bob.post("conversations/u:alice/messages", **sent).body["id"]
    assert Message.objects.get(pk=again).content == PICTURE

    path = f"me/stickers/{of_emotion['id']}"
    with django_capture_on_commit_callbacks(execute=True):
        assert charlie.delete(path).status == bob.delete(path).status == bob.delete(path).status == 204
    assert bob.delete("me/stickers/x").failed == NOT_FOUND
    assert saved(bob) == [("picture", NAME)]
    conversation_changed.disconnect(note_change)
    assert events == [(BOB, BOB, {"stickers": True})] * 4


def test_only_stickers_are_saved_up_to_the_limit(
    bob: Api, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind, content in (
        ("text", PICTURE),
        ("picture", "https://elsewhere.example/x.png"),
        ("picture", PICTURE.replace("f", "e")),
        ("emotion", "x" * 301),
    ):
        assert bob.put("me/stickers", message=write(BOB, kind, content)).status == 400
    monkeypatch.setattr(stickers, "MAX_STICKERS", 1)
    for _ in range(2):
        assert bob.put("me/stickers", message=write(BOB)).status == 204
    assert bob.put("me/stickers", message=write(BOB, "emotion", "~smile")).failed == (409, "conflict")


def test_recall_removes_sticker_and_closes_its_file(bob: Api, group: Group) -> None:
    id_ = write(group.pk)
    bob.put("me/stickers", message=id_)
    (one,) = bob.get("me/stickers").body["items"]
    recall(id_, group.pk)
    assert saved(bob) == []
    assert Client().get(one["content"]).status_code == 404
    assert bob.put("me/stickers", message=id_).failed == NOT_FOUND
    recall(id_, group.pk, OFF)
    assert saved(bob) == [("picture", NAME)]
    recall(id_, group.pk)
    prune_all()
    assert saved(bob) == []
    assert not Sticker.objects.exists()
    assert not is_kept()


def test_sticker_outlives_pruning_and_protects_its_file(bob: Api, group: Group) -> None:
    bob.put("me/stickers", message=write(group.pk))
    prune_all()
    assert saved(bob) == [("picture", NAME)]
    assert is_kept()
    # Somebody who sends the same and recalls it does not take it away.
    recall(write(group.pk), group.pk)
    assert not is_recalled(STEM)
    erasing.delete_personal_data(BOB)
    assert is_recalled(STEM)
    prune_all()
    assert not is_kept()


def test_sticker_is_deleted_with_its_message_or_its_author(bob: Api, group: Group) -> None:
    id_ = write(group.pk)
    bob.put("me/stickers", message=id_)
    assert remove_unclaimed([STEM], lambda rows, total: rows, leaving=ALICE) == 1
    moderating.erase(id_)
    assert not Sticker.objects.exists()
    assert bob.put("me/stickers", message=id_).failed == NOT_FOUND
