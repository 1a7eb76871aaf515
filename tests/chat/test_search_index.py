"""What the search index has of the log."""

from typing import Any

import pytest

from chat.readers import fulltext
from chat.readers import search_index as module
from chat.readers.fulltext import Query
from chat.readers.reader import MAX_ROWS_PER_STEP, cursor_of, step
from chat.readers.search_index import TO_ONESELF, SearchIndex, reader_word, reindex, sender_word
from chat.reading import selectors
from chat.services.moderating import erase, recall, restore
from log import positions
from log.appending import Draft, append
from log.models import Group
from log.rows import EDIT, REACTION, RECALL, LogId, Recipient

pytestmark = pytest.mark.usefixtures("empty_index")

END = 10**12


def write(sender: str, to: Recipient, content: str, kind: str = "text", **more: Any) -> LogId:
    return append([Draft(kind, sender, to, content, "", **more)]).batch.last


def follow() -> None:
    index = SearchIndex()
    while (step(index) or END) < positions.last_id():
        pass


def indexed(where: str, *words: str) -> list[LogId]:
    return fulltext.newest(Query(words, [where]), 0, END, 1000)


def of(userid: str, word: str) -> list[LogId]:
    return indexed(reader_word(userid), word)


def test_each_text_is_indexed_for_its_readers_and_its_sender(group: Group) -> None:
    to_bob, to_group = write("alice", "bob", "hello"), write("bob", group.pk, "hello 天气")
    follow()
    assert of("alice", "hello") == of("bob", "hello") == [to_bob]
    assert indexed(reader_word(group.pk), "天气", sender_word("bob")) == [to_group]
    assert indexed(reader_word("bob"), "hello", sender_word("alice"), reader_word("alice")) == [to_bob]
    assert indexed(reader_word("bob"), "hello", sender_word("bob")) == []


@pytest.mark.parametrize(
    ("content", "most"),
    [
        ("hi", MAX_ROWS_PER_STEP),
        ("天" * (module.MAX_WORDS_PER_STEP // 8 - 1), 4),
        ("天" * module.MAX_WORDS_PER_STEP, 1),
    ],
    ids=["short", "long", "too long"],
)
def test_a_step_indexes_as_many_words_as_take_little_time(group: Group, content: str, most: int) -> None:
    step(SearchIndex())
    last = write("alice", "bob", content)
    for _ in range(5):
        last = write("alice", "bob", content)
    assert step(SearchIndex()) == last - 6 + min(6, most)


def test_message_to_oneself_is_indexed_as_such(group: Group) -> None:
    note = write("alice", "alice", "hello")
    write("alice", "bob", "hello")
    follow()
    assert indexed(reader_word("alice"), "hello", TO_ONESELF) == [note]


def test_search_index_has_only_texts(group: Group) -> None:
    for kind in ("picture", "emotion", "audio", "video"):
        url = write("alice", "bob", "hello", kind)
        write("bob", "alice", "hello", REACTION, target=url)
        write("alice", "bob", "hello", EDIT, target=url)
    follow()
    assert of("bob", "hello") == []


@pytest.mark.parametrize("together", [True, False])
def test_an_edit_replaces(group: Group, together: bool) -> None:
    message = write("alice", "bob", "hello")
    if not together:
        follow()
    write("alice", "bob", "hullo", EDIT, target=message)
    write("alice", "bob", "bye", EDIT, target=message)
    follow()
    assert (of("bob", "hello"), of("bob", "hullo"), of("bob", "bye")) == ([], [], [message])


@pytest.mark.parametrize("together", [True, False])
def test_recalled_message_leaves_the_search_index(group: Group, together: bool) -> None:
    message = write("alice", "bob", "hello")
    if not together:
        follow()
    write("alice", "bob", "", RECALL, target=message)
    write("alice", "bob", "hello again", EDIT, target=message)
    follow()
    assert of("bob", "hello") == []


@pytest.mark.parametrize("together", [True, False])
def test_restored_message_is_indexed_with_its_last_edit(group: Group, together: bool) -> None:
    message = write("alice", "bob", "hello")
    write("alice", "bob", "bye", EDIT, target=message)
    recall([message])
    if not together:
        follow()
        assert of("bob", "bye") == []
    restore([message])
    follow()
    assert (of("bob", "hello"), of("bob", "bye")) == ([], [message])


def test_erased_message_leaves_the_index(group: Group) -> None:
    message = write("alice", "bob", "hello")
    follow()
    erase(message)
    follow()
    assert of("bob", "hello") == []


def test_rows_that_are_read_again_change_nothing(group: Group) -> None:
    message = write("alice", "bob", "hello")
    write("alice", "bob", "bye", EDIT, target=message)
    follow()
    SearchIndex().prepare(selectors.rows_after(0, 100))()
    assert (of("bob", "hello"), of("bob", "bye")) == ([], [message])


def test_a_text_is_as_it_was_sent_until_the_reader_comes_to_its_edit(group: Group) -> None:
    message = write("alice", "bob", "hello")
    write("alice", "bob", "bye", EDIT, target=message)
    sent, edit = selectors.rows_after(message - 1, 2)
    SearchIndex().prepare([sent])()
    assert (of("bob", "hello"), of("bob", "bye")) == ([message], [])
    SearchIndex().prepare([edit])()
    assert (of("bob", "hello"), of("bob", "bye")) == ([], [message])


def lose(ids: list[LogId]) -> None:
    fulltext.replace(dict.fromkeys(ids))


def test_reindex_rebuilds_the_index(group: Group) -> None:
    ids = [write("alice", "bob", "hello") for _ in range(5)]
    follow()
    lose(ids)
    end = positions.last_id()
    assert list(reindex(end)) == [end]
    assert of("bob", "hello") == ids[::-1]
    assert cursor_of("search") == end


def test_making_it_again_may_be_given_up_and_begun_again(group: Group) -> None:
    ids = [
        row.id
        for row in append([Draft("text", "alice", "bob", "hello", "")] * 3 * MAX_ROWS_PER_STEP).batch.rows
    ]
    follow()
    lose(ids)
    end = positions.last_id()
    done = next(reindex(end))
    assert 0 < len(of("bob", "hello")) < len(ids)
    assert max(of("bob", "hello")) == done
    assert list(reindex(end))[-1] == end
    assert of("bob", "hello") == ids[:-1001:-1]


def test_reindex_runs_ahead_of_a_reader_not_yet_started(group: Group) -> None:
    message = write("alice", "bob", "hello")
    assert list(reindex(message)) == [message]
    assert cursor_of("search") == message
    later = write("alice", "bob", "hello")
    follow()
    assert of("bob", "hello") == [later, message]


def test_edit_during_reindex_is_not_overwritten(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    message = write("alice", "bob", "hello")
    follow()
    documents = module._documents

    def overtaken(ids: set[LogId]) -> object:
        """Read, and then the reader hears of an edit."""
        read = documents(ids)
        monkeypatch.undo()
        write("alice", "bob", "bye", EDIT, target=message)
        follow()
        return read

    monkeypatch.setattr(module, "_documents", overtaken)
    list(reindex(message))
    assert (of("bob", "hello"), of("bob", "bye")) == ([], [message])
