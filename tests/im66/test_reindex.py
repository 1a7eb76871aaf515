"""`manage.py reindex`."""

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.services import ensure_users
from chat.readers.search import SearchMatches, search
from im66.management.commands import reindex as module
from log.appending import Draft, append
from log.rows import LogId

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def message() -> LogId:
    """One that is not in the index yet."""
    ensure_users(["alice", "bob"])
    return append([Draft("text", "alice", "bob", "hello", "")]).batch.last


def reindexed() -> str:
    out = StringIO()
    call_command("reindex", stdout=out)
    return out.getvalue()


def test_reindex_finds_earlier_messages(message: LogId) -> None:
    assert reindexed() == "The search index is made again.\n"
    assert search("bob", "hello") == SearchMatches([message])


def test_reindex_may_be_repeated(message: LogId) -> None:
    assert reindexed() == reindexed()
    assert search("bob", "hello") == SearchMatches([message])


def test_reindex_of_empty_log_makes_empty_index(transactional_db: None) -> None:
    assert reindexed() == "The search index is made again.\n"


def test_interrupted_reindex_continues(message: LogId, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(end: LogId) -> Iterator[LogId]:
        yield end
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, "reindex", interrupted)
        with pytest.raises(CommandError, match="Run it again") as error:
            reindexed()
    assert error.value.returncode == 130
    reindexed()
    assert search("bob", "hello") == SearchMatches([message])
