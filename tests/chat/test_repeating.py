"""Amendments by somebody who asks for the same twice, on two processes at once."""

import pytest

from chat import selectors
from chat.log import Appended, Draft, Repeated, append
from chat.models import OFF
from chat.protocol.rows import EDIT, REACTION, RECALL, Amendment, LogId
from groups.models import Group
from groups.services import create_group

pytestmark = pytest.mark.django_db


@pytest.fixture
def group(db: None) -> Group:
    """Of Alice and Bob."""
    return create_group("alice", ["bob"], "one")


@pytest.fixture
def target(group: Group) -> LogId:
    """A message of Alice."""
    return append([Draft("text", "alice", group.pk, "hi", "")]).batch.last


@pytest.fixture
def draft(group: Group, target: LogId) -> "Drafting":
    return Drafting(group, target)


class Drafting:
    """Amendments of the message."""

    def __init__(self, group: Group, target: LogId) -> None:
        self._group = group
        self._target = target

    def __call__(self, kind: str, sender: str, content: str = "", *, is_on: bool = True) -> Draft:
        extension = "" if is_on else OFF
        return Draft(kind, sender, self._group.pk, content, extension, target=self._target)


def ids(appended: Appended) -> list[LogId]:
    assert all(isinstance(outcome, Amendment | Repeated) for outcome in appended.outcomes)
    return [outcome.id for outcome in appended.outcomes if outcome]


@pytest.mark.parametrize(("kind", "content"), [(RECALL, ""), (EDIT, "hello"), (REACTION, "👍")])
def test_it_is_done_once(draft: Drafting, kind: str, content: str) -> None:
    first = ids(append([draft(kind, "alice", content)]))
    again = append([draft(kind, "alice", content)])
    assert ids(again) == first
    assert again.batch.rows == ()
    assert selectors.last_id() == first[0]


@pytest.mark.parametrize(("kind", "content"), [(RECALL, ""), (EDIT, "hello"), (REACTION, "👍")])
def test_also_in_one_batch(draft: Drafting, kind: str, content: str) -> None:
    appended = append([draft(kind, "alice", content) for _ in range(3)])
    assert ids(appended) == [appended.batch.last] * 3
    assert len(appended.batch.rows) == 1


def test_what_was_undone_is_done_again(draft: Drafting) -> None:
    drafts = [draft(REACTION, "alice", "👍", is_on=is_on) for is_on in (True, False, False, True)]
    appended = append(drafts)
    first, second, third = (row.id for row in appended.batch.rows)
    assert ids(appended) == [first, second, second, third]
    assert ids(append(drafts[-1:])) == [third]
    assert ids(append(drafts[:2])) == [third, third + 1]


def test_another_edit_and_the_one_before_it(draft: Drafting) -> None:
    appended = append([draft(EDIT, "alice", content) for content in ("one", "two", "one", "one")])
    assert len(appended.batch.rows) == 3
    assert ids(append([draft(EDIT, "alice", "one")])) == [appended.batch.last]
    assert ids(append([draft(EDIT, "alice", "two")])) == [appended.batch.last + 1]


def test_everybody_has_reactions_of_their_own(draft: Drafting) -> None:
    given = [("alice", "👍"), ("bob", "👍"), ("alice", "🎉")]
    assert len(append([draft(REACTION, *one) for one in given]).batch.rows) == 3
    assert append([draft(REACTION, *one) for one in given]).batch.rows == ()


def test_what_is_taken_back_that_was_never_given(draft: Drafting) -> None:
    """It is written down, as before: somebody else may have been quicker to look."""
    assert len(append([draft(REACTION, "bob", "👍", is_on=False)]).batch.rows) == 1


def test_messages_beside_it(draft: Drafting, group: Group) -> None:
    message = Draft("text", "bob", group.pk, "hi", "", cid="one")
    appended = append([message, draft(RECALL, "alice"), message, draft(RECALL, "alice")])
    assert len(appended.batch.rows) == 2
    outcomes = [outcome.id for outcome in appended.outcomes if outcome]
    assert outcomes == [row.id for row in appended.batch.rows] * 2


def test_who_may_not_is_told_so_and_not_that_it_is_done(draft: Drafting) -> None:
    append([draft(REACTION, "alice", "👍")])
    assert append([draft(REACTION, "charlie", "👍")]).outcomes == (None,)
