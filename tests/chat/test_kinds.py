"""What the registry says of each kind of messages, and that one that only a later version knows is a message
like any other, wherever this version reads it."""

import base64
import json

import pytest

from chat.protocol import kinds
from chat.protocol.json_events import event_text
from chat.protocol.kinds import CHINESE, ENGLISH, KINDS, Kind, kind_of
from chat.protocol.legacy import LegacyCodec
from chat.protocol.replies import Records, Reply
from chat.protocol.shipped import Guard
from chat.reading import conversations, pages, selectors
from chat.reading.pages import ConversationReader, CurrentMessage
from chat.reading.referring import message_stems
from chat.services.erasing import count_written, erase_written
from log.appending import Draft, append
from log.models import Group, Message
from log.rows import NO_MESSAGES, RECALL, Entry, Recipient

LATER = "later"
MESSAGE = Entry(7, LATER, "alice", "bob", "40.1,116.3", "ext", 9)
NOTE = Kind("note", "Note", "便条", in_words=lambda content, language: f"{language}: {content}_")


@pytest.fixture
def note(monkeypatch: pytest.MonkeyPatch) -> Kind:
    """A kind without a verb that this version knows."""
    monkeypatch.setitem(kinds._BY_NAME, NOTE.name, NOTE)
    return NOTE


def legacy(guard: Guard) -> LegacyCodec:
    return LegacyCodec(lambda member, base: "", guard=guard)


def test_every_kind_says_what_lists_show_and_has_an_example() -> None:
    for name in KINDS:
        kind = kind_of(name)
        assert kind.english, name
        assert kind.chinese, name
        assert kind.example, name
        assert name not in NO_MESSAGES


def test_the_kinds_with_a_verb_are_those_that_shipped_apps_know() -> None:
    assert sorted(kinds.VERBS) == ["audio", "emotion", "picture", "text", "video"]


@pytest.mark.parametrize("language", [ENGLISH, CHINESE])
def test_shipped_apps_get_a_text_for_a_kind_that_is_not_known(language: str) -> None:
    for guard in (Guard(language=language), Guard(True, True, aliases=True, language=language)):
        assert legacy(guard).encode(MESSAGE) == "text_alice_[请更新到新版本查看]_unicast_alice_9_ext"


@pytest.mark.promise("to-client-7")
def test_shipped_apps_get_what_a_kind_without_a_verb_says(note: Kind) -> None:
    message = MESSAGE._replace(kind=note.name, to=10)
    assert legacy(Guard()).encode(message) == "text_alice_zh: 40.1,116.3__group_10_9_ext"
    guarded = legacy(Guard(underscores=True, language=CHINESE))
    assert guarded.encode(message) == "text_alice_zh: 40.1,116.3\uff3f_group_10_9_ext"


@pytest.mark.promise("to-client-7")
def test_a_page_for_shipped_apps_has_it_as_a_text_too() -> None:
    codec = legacy(Guard())
    frame = codec.encode_reply(Reply(None, Records("bob", [MESSAGE], more=False)), "")
    assert frame is not None
    (event,) = json.loads(base64.b64decode(frame.split("_")[2]))["messages"]
    assert (event["kind"], event["content"]) == ("text", "[请更新到新版本查看]")
    assert codec.count_fitting("bob", [MESSAGE]) == 1


def test_clients_of_the_json_dialect_get_it_as_it_is() -> None:
    text = event_text(MESSAGE, is_own=False)
    assert text is not None
    data = json.loads(text)
    assert (data["kind"], data["content"]) == (LATER, "40.1,116.3")


class TestInTheLog:
    @pytest.fixture
    def ids(self, group: Group) -> list[int]:
        drafts = [Draft(LATER, "alice", to, "/media/a.bin", "") for to in ("bob", group.pk)]
        return [row.id for row in append(drafts).batch.rows]

    def test_unknown_kind_is_read_by_participants(self, ids: list[int], group: Group) -> None:
        peers: list[Recipient] = ["alice", group.pk]
        for peer, id_ in zip(peers, ids, strict=True):
            (item,) = pages.latest_page(ConversationReader("bob", peer), 10).items
            assert isinstance(item, CurrentMessage)
            assert (item.entry.id, item.entry.kind) == (id_, LATER)
        assert pages.latest_page(ConversationReader("charlie", "alice"), 10).items == []

    @pytest.mark.promise("json-43")
    def test_unknown_kind_is_in_the_backlog(self, ids: list[int]) -> None:
        rows, _ = selectors.backlog("bob", 0, ids[-1], 10)
        assert [row.id for row in rows if isinstance(row, Entry)] == ids

    def test_unknown_kind_is_the_last_message_and_unread(self, ids: list[int]) -> None:
        result = conversations.conversations_of("bob")
        assert {one.last.entry.id for one in result if one.last} == set(ids)
        assert {one.unread for one in result} == {1}

    def test_recalled_message_of_an_unknown_kind_is_not_delivered(self, ids: list[int]) -> None:
        append([Draft(RECALL, "alice", "bob", "", "", target=ids[0])])
        rows, _ = selectors.backlog("bob", 0, ids[-1], 10)
        assert [row.id for row in rows if isinstance(row, Entry)] == ids[1:]

    def test_file_in_a_message_of_an_unknown_kind_is_in_use(self, ids: list[int]) -> None:
        name = f"{'a' * 32}"
        Message.objects.filter(pk=ids[0]).update(content=f"/media/{name}-3.mp3")
        assert name in message_stems(lambda rows, _: rows, "")

    def test_unknown_kind_is_erased_with_its_author(self, ids: list[int]) -> None:
        assert count_written("alice") == 2
        for _ in erase_written("alice"):
            pass
        assert set(Message.objects.filter(pk__in=ids).values_list("content", flat=True)) == {""}
