"""Searching: everybody finds the texts that they may read, and no others."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.services import ensure_users
from chat.readers import fulltext
from chat.readers import search as module
from chat.readers.entries import TooCommon, has_prefix
from chat.readers.fulltext import Document, Query
from chat.readers.reader import step
from chat.readers.search import SearchMatches, search
from chat.readers.search_index import SearchIndex, reader_word
from chat.services.own_list import clear_history
from groups.services import add_members, create_group, remove_members
from log import positions
from log.appending import Draft, append
from log.models import Group, Message
from log.rows import EDIT, RECALL, LogId, Recipient

pytestmark = pytest.mark.usefixtures("empty_index")


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine stops no search on its way."""
    monkeypatch.setattr(module, "MAX_SECONDS", 60.0)
    monkeypatch.setattr(module, "MAX_CPU_SECONDS", 60.0)


def say(sender: str, to: Recipient, content: str, kind: str = "text", **more: Any) -> LogId:
    """Write, and let the index know."""
    id_ = append([Draft(kind, sender, to, content, "", **more)]).batch.last
    follow()
    return id_


def follow() -> None:
    index = SearchIndex()
    while (step(index) or 0) < positions.last_id():
        pass


def matches(userid: str, text: str, **more: Any) -> list[LogId]:
    return search(userid, text, **more).ids


def test_people_find_texts_with_all_the_words_newest_first(group: Group) -> None:
    first, second = say("alice", "bob", "Hello, 今天天气很好"), say("bob", group.pk, "hello again")
    assert search("bob", "HELLO") == SearchMatches([second, first])
    assert search("bob", "天气 hello") == SearchMatches([first])
    assert search("bob", "bye") == SearchMatches([])


def test_the_last_word_may_be_the_beginning_of_one(group: Group) -> None:
    first, second = say("alice", "bob", "my camera and 相机"), say("alice", group.pk, "a camel, Cam")
    assert matches("bob", "cam") == matches("bob", "CAM*") == [second, first]
    assert matches("bob", "my cam") == matches("bob", "相机 camer") == [first]
    assert matches("bob", "cam.") == [second]
    assert matches("bob", "came a") == matches("bob", "amera") == matches("charlie", "cam") == []
    assert matches("bob", "cam", peer=group.pk) == [second]


def test_edited_message_matches_its_new_text_only(group: Group) -> None:
    message = say("alice", "bob", "camera")
    append([Draft(EDIT, "alice", "bob", "hotel", "", target=message)])
    follow()
    assert matches("bob", "cam") == []
    assert matches("bob", "hot") == [message]


def test_common_word_is_searched_whole_on_all_pages(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MIN_TEXTS_OF_COMMON_WORD", 3)
    older = [say("alice", "bob", "cam"), say("alice", "bob", "camera"), say("alice", "bob", "a cam")]
    assert matches("bob", "cam") == older[::-1]
    say("alice", "bob", "cameras")
    newest = say("alice", group.pk, "cam cam")
    assert search("bob", "cam", limit=2) == SearchMatches([newest, older[2]], older[2])
    assert matches("bob", "cam", before=older[2]) == [older[0]]
    assert len(matches("bob", "ca")) == 5


def test_prefix_that_is_too_common_matches_whole_words(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    complete, longer = say("alice", "bob", "ca"), say("alice", "bob", "camera")
    assert matches("bob", "ca") == [longer, complete]

    def newest(query: Query, *bounds: int) -> list[LogId]:
        if has_prefix(query.all_of):
            raise TooCommon
        return unbounded(query, *bounds)

    unbounded = fulltext.newest
    monkeypatch.setattr(fulltext, "newest", newest)
    assert matches("bob", "ca") == [complete]


def test_message_is_searchable_for_both_people_of_a_conversation_only(group: Group) -> None:
    message = say("alice", "bob", "hello")
    assert matches("alice", "hello") == matches("bob", "hello") == [message]
    assert matches("charlie", "hello") == []


def test_cleared_messages_are_not_searchable(group: Group) -> None:
    by_person, in_group = say("alice", "bob", "camera"), say("alice", group.pk, "camera")
    clear_history("bob", "alice", by_person)
    assert (matches("bob", "camera"), matches("bob", "camera", peer="alice")) == ([in_group], [])
    clear_history("bob", group.pk, in_group)
    assert matches("bob", "camera") == []
    assert matches("alice", "camera") == [in_group, by_person]
    later = [say("alice", "bob", "camera"), say("alice", group.pk, "camera")]
    assert matches("bob", "camera") == later[::-1]


def test_group_messages_are_searched_by_members_only(group: Group) -> None:
    message = say("alice", group.pk, "hello")
    assert matches("alice", "hello") == matches("bob", "hello") == [message]
    assert matches("charlie", "hello") == matches("charlie", "hello", peer=group.pk) == []


@pytest.mark.parametrize("portion", [1, 2, 3, 100])
def test_member_with_several_stays_searches_the_messages_of_each(
    group: Group, monkeypatch: pytest.MonkeyPatch, portion: int
) -> None:
    monkeypatch.setattr(module, "BATCH_SIZE", portion)
    received, other = [], create_group("alice", ["bob"], "other").pk
    for _ in range(3):
        received += [
            say("alice", group.pk, "hello"),
            say("alice", other, "hello"),
            say("bob", "bob", "hello"),
        ]
        remove_members(group.pk, ["bob"])
        say("alice", group.pk, "hello")
        say("alice", group.pk, "hello")
        received += [say("alice", other, "hello")]
        add_members(group.pk, ["bob"])
    assert matches("bob", "hello") == received[::-1]
    assert matches("bob", "hello", peer=group.pk) == received[::4][::-1]


def test_search_skips_rows_after_the_person_left_a_group(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH_SIZE", 5)
    monkeypatch.setattr(module, "MAX_TEXTS", 20)
    before = say("alice", group.pk, "hello")
    note = say("bob", "bob", "hello")
    remove_members(group.pk, ["bob"])
    append([Draft("text", "alice", group.pk, "hello", "")] * 100)
    follow()
    assert matches("bob", "hello") == [note, before]


def test_a_conversation(group: Group) -> None:
    ensure_users(["charlie"])
    here, there = say("bob", "alice", "hello"), say("charlie", "bob", "hello")
    both, note = say("bob", group.pk, "hello"), say("bob", "bob", "hello")
    assert matches("bob", "hello", peer="alice") == [here]
    assert matches("bob", "hello", peer="charlie") == [there]
    assert matches("bob", "hello", peer=group.pk) == [both]
    assert matches("bob", "hello", peer="bob") == [note]
    assert matches("bob", "hello", peer="nobody") == matches("bob", "hello", peer=10**6) == []


def test_a_sender(group: Group) -> None:
    ours, theirs = say("bob", "alice", "hello"), say("alice", "bob", "hello")
    in_group = say("alice", group.pk, "hello")
    assert matches("bob", "hello", sender="alice") == [in_group, theirs]
    assert matches("bob", "hello", sender="bob") == [ours]
    assert matches("bob", "hello", sender="alice", peer="alice") == [theirs]


def test_only_texts_are_found(group: Group) -> None:
    text = say("alice", "bob", "hello")
    say("alice", "bob", "hello", "picture")
    assert matches("bob", "hello") == matches("bob", "hello", kind="text") == [text]
    assert matches("bob", "hello", kind="picture") == []


def test_pages(group: Group) -> None:
    ids = [say("alice", "bob", f"hello {number}") for number in range(5)][::-1]
    assert search("bob", "hello", limit=2) == SearchMatches(ids[:2], ids[1])
    assert search("bob", "hello", limit=2, before=ids[1]) == SearchMatches(ids[2:4], ids[3])
    assert search("bob", "hello", limit=2, before=ids[3]) == SearchMatches(ids[4:])
    assert search("bob", "hello", before=ids[-1]) == SearchMatches([])


def test_more_matches_than_one_index_query_returns(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_SIZE", 2)
    ids = [row.id for row in append([Draft("text", "alice", "bob", "hello", "")] * 50).batch.rows]
    follow()
    assert search("bob", "hello", limit=40) == SearchMatches(ids[:9:-1], ids[10])
    assert search("bob", "hello", limit=50) == SearchMatches(ids[::-1])


def test_more_groups_than_one_query_covers(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_GROUPS_PER_QUERY", 2)
    groups = [create_group("alice", ["bob"], f"{number}").pk for number in range(5)]
    places: list[Recipient] = [*groups, group.pk, "bob", *groups]
    ids = [say("alice", to, "hello") for to in places]
    assert matches("bob", "hello") == ids[::-1]
    assert search("bob", "hello", limit=3) == SearchMatches(ids[:-4:-1], ids[-3])


@pytest.mark.parametrize("kind", [EDIT, RECALL])
def test_recalled_or_edited_message_is_not_searchable_before_reindexing(group: Group, kind: str) -> None:
    message = say("alice", "bob", "hello")
    append([Draft(kind, "alice", "bob", "", "", target=message)])
    assert matches("bob", "hello") == []


def test_separate_characters_do_not_match_a_word(group: Group) -> None:
    message = say("alice", "bob", "大天 气天大 天气")
    assert matches("bob", "天气") == [message]
    assert matches("bob", "大天气") == []


# Each but the last ones asks for a word that is not there, if none of it is an operator.
NOT_FOUND = [
    *('" OR hello', "bye OR hello", "NOT bye", "words:hello bye", "bye | hello", "!bye"),
    *("hello <-> bye", "hello:* bye", "' | 'hello bye", "\\' | hello bye", "NEAR(hello bye)", "^hello bye"),
    *(
        'hel" *',
        "hel**",
        "'hel':*",
        "hel:*",
        "hel%",
        "hel_",
        "hello bye*",
        "#*",
        "*",
        "hel\u0301" + "\u0301" * 150,
    ),
    *("@self", "%", "", " ", "\x00", "\ud800"),
]
MATCHING = ["NOT hello OR bye*", "'hello'", '"hello"', "hello:*", "not & or", "^bye", "OR", "\\hello"]


def test_operators_in_a_search_text_are_literal(group: Group) -> None:
    say("alice", "bob", "hello")
    assert [text for text in NOT_FOUND if matches("bob", text)] == []
    message = say("alice", "bob", "hello or bye or not")
    assert [text for text in MATCHING if message not in matches("bob", text)] == []


def test_similar_userids_are_distinguished(group: Group) -> None:
    """Also if the index does not."""
    ensure_users(["Bob", "BOB"])
    message = say("alice", "BOB", "hello")
    assert matches("BOB", "hello") == [message]
    assert matches("bob", "hello") == matches("Bob", "hello") == []


def test_wrong_index_entries_are_not_returned(group: Group) -> None:
    message = say("alice", "bob", "hello")
    wrong = Document({reader_word("charlie"), reader_word(group.pk)}, {"hello"})
    fulltext.replace({message: wrong, message + 1: wrong})
    assert matches("charlie", "hello") == matches("bob", "hello", peer=group.pk) == []


def test_a_search_that_takes_much_stops_and_goes_on(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_SIZE", 5)
    monkeypatch.setattr(module, "MAX_TEXTS", 20)
    first = say("alice", "bob", "大天气")
    rows = append([Draft("text", "alice", "bob", "大天 天气", "")] * 100).batch.rows
    follow()
    assert search("bob", "大天气") == SearchMatches([], rows[80].id)
    assert [len(portion.ids) for portion in portions("bob", "大天气")] == [0, 0, 0, 0, 0, 1]
    assert [id_ for portion in portions("bob", "大天气") for id_ in portion.ids] == [first]


@pytest.mark.parametrize(
    ("limit", "most"), [("MAX_CHARACTERS", 1), ("MAX_SECONDS", 0.0), ("MAX_CPU_SECONDS", 0.0)]
)
def test_limited_search_progresses_on_each_page(
    group: Group, monkeypatch: pytest.MonkeyPatch, limit: str, most: float
) -> None:
    first = say("alice", "bob", "大天气")
    append([Draft("text", "alice", "bob", "大天 天气", "")] * 4)
    follow()
    monkeypatch.setattr(module, limit, most)
    assert [portion.ids for portion in portions("bob", "大天气")] == [[], [], [], [], [first], []]


def portions(userid: str, text: str) -> list[SearchMatches]:
    """All that a client gets that asks again until there is no more."""
    results = [search(userid, text)]
    while (before := results[-1].before) is not None:
        results.append(search(userid, text, before=before))
        assert results[-1].before is None or results[-1].before < before
    return results


def test_search_across_many_membership_periods_yields_portions(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    received = []
    for _ in range(5):
        received += [say("alice", group.pk, "hello")]
        remove_members(group.pk, ["bob"])
        say("alice", group.pk, "hello")
        add_members(group.pk, ["bob"])
    monkeypatch.setattr(module, "MAX_SECONDS", 0.0)
    assert [id_ for portion in portions("bob", "hello") for id_ in portion.ids] == received[::-1]


@pytest.fixture
def contents_read(monkeypatch: pytest.MonkeyPatch) -> list[LogId]:
    """Of which texts the contents are read, to be compared."""
    read: list[LogId] = []
    look: Any = module._texts

    def note(ids: Any, compares: bool) -> Any:
        read.extend(ids if compares else ())
        return look(ids, compares)

    monkeypatch.setattr(module, "_texts", note)
    return read


@pytest.mark.parametrize(
    ("text", "is_read"),
    [("hello 天气", False), ("x" * 31, False), ("x" * 32, True), ("大天气", True), ("气", False)],
)
def test_only_what_the_index_does_not_tell_is_compared(
    group: Group, contents_read: list[LogId], text: str, is_read: bool
) -> None:
    message = say("alice", "bob", text)
    assert matches("bob", text) == [message]
    assert (contents_read == [message]) is is_read


def test_long_query_is_compared_with_the_text(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fulltext, "_MAX_ENTRIES_PER_QUERY", 4)  # two words in two places
    say("alice", "bob", "longer long")
    message = say("alice", "bob", "longer long word")
    assert matches("bob", "longer long word") == [message]


def test_removed_member_cannot_search_later_edits(group: Group) -> None:
    message, other = say("alice", group.pk, "hello"), say("alice", group.pk, "hello")
    remove_members(group.pk, ["bob"])
    say("alice", group.pk, "secret", EDIT, target=message)
    assert matches("alice", "secret") == [message]
    assert matches("bob", "secret") == []
    assert matches("bob", "hello") == [other]  # the index has what it says now


def test_erased_message_is_not_returned_by_a_stale_index(group: Group) -> None:
    message = say("alice", "bob", "hello")
    Message.objects.filter(pk=message).update(content="")
    assert matches("bob", "hello") == []


def test_rows_not_yet_indexed_are_not_searched(group: Group) -> None:
    message = say("alice", "bob", "hello")
    with CaptureQueriesContext(connection) as before:
        assert matches("bob", "hello") == [message]
    Message.objects.create(
        pk=10_000_000, kind="text", sender_id="alice", recipient_id="bob", content="hello", timet=1
    )
    with CaptureQueriesContext(connection) as behind:
        assert matches("bob", "hello") == [message]
    assert len(behind) == len(before)
