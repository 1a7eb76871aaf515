"""Who hears that a message was changed: people who came later, and those who ask twice."""

import pytest

from accounts.codes import Cause
from chat.reading import selectors
from chat.reading.latecomers import earlier_readers
from groups.services import add_members, create_group, remove_members
from log import positions
from log.appending import Appended, Draft, Repeated, append
from log.group_models import ANY_ID
from log.models import Group, Membership
from log.rejections import Rejection
from log.rows import EDIT, REACTION, RECALL, Amendment, Latecomers, LogId
from log.stored_rows import OFF

pytestmark = pytest.mark.django_db

ALL = ("alice", "bob", "charlie")


@pytest.fixture
def group(db: None) -> Group:
    """Of Alice and Bob."""
    return create_group("alice", ["bob"], "one")


def write(group: Group) -> LogId:
    return append([Draft("text", "alice", group.pk, "hi", "")]).batch.last


def had_read(group: Group, target: LogId) -> set[str]:
    return {userid for _, userid in earlier_readers([Latecomers(group.pk, target, ALL)])}


def test_returning_member_had_read_the_message_from_before_leaving(group: Group) -> None:
    target = write(group)
    remove_members(group.pk, ["bob"])
    between = write(group)
    add_members(group.pk, ["bob", "charlie"])
    after = write(group)
    latecomers = [Latecomers(group.pk, id_, ALL) for id_ in (target, between, after)]
    assert earlier_readers(latecomers) == {(target, "bob")}


def test_member_had_read_what_was_sent_during_any_of_their_stays(group: Group) -> None:
    inside, outside = [], []
    for _ in range(5):
        inside.append(write(group))
        remove_members(group.pk, ["bob"])
        outside.append(write(group))
        add_members(group.pk, ["bob"])
    assert [had_read(group, id_) for id_ in inside] == [{"bob"}] * 5
    assert [had_read(group, id_) for id_ in outside] == [set()] * 5


def test_a_period_of_which_it_is_not_known_where_its_last_row_is(group: Group) -> None:
    """A process of an earlier version has ended it."""
    target = write(group)
    remove_members(group.pk, ["bob"])
    Membership.objects.ended().update(last_id=ANY_ID)
    add_members(group.pk, ["bob"])
    assert had_read(group, target) == {"bob"}
    assert had_read(group, write(group)) == set()


def test_latecomers_are_of_the_requested_target_and_group_only(group: Group) -> None:
    target = write(group)
    remove_members(group.pk, ["bob"])
    other = create_group("alice", [], "other")
    assert earlier_readers([Latecomers(group.pk, target, ("alice", "charlie"))]) == set()
    assert had_read(other, target) == set()
    assert earlier_readers([]) == set()


def test_a_backlog_has_the_changes_of_what_its_reader_had_read(group: Group) -> None:
    target = write(group)
    remove_members(group.pk, ["bob"])
    between = write(group)
    add_members(group.pk, ["bob", "charlie"])
    since = positions.last_id()
    changes = [
        append([Draft("reaction", "alice", group.pk, "👍", "", target=id_)]).batch.last
        for id_ in (target, between)
    ]
    for userid, expected in (("bob", changes[:1]), ("charlie", [])):
        rows, _ = selectors.mirrored_backlog(userid, since, changes[-1], 10)
        assert [row.id for row in rows] == expected


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
    return [outcome.id for outcome in appended.outcomes if not isinstance(outcome, Rejection)]


@pytest.mark.parametrize(("kind", "content"), [(RECALL, ""), (EDIT, "hello"), (REACTION, "👍")])
def test_repeated_amendment_makes_no_new_row(draft: Drafting, kind: str, content: str) -> None:
    first = ids(append([draft(kind, "alice", content)]))
    again = append([draft(kind, "alice", content)])
    assert ids(again) == first
    assert again.batch.rows == ()
    assert positions.last_id() == first[0]


@pytest.mark.parametrize(("kind", "content"), [(RECALL, ""), (EDIT, "hello"), (REACTION, "👍")])
def test_repeated_amendment_within_a_batch_is_stored_once(draft: Drafting, kind: str, content: str) -> None:
    appended = append([draft(kind, "alice", content) for _ in range(3)])
    assert ids(appended) == [appended.batch.last] * 3
    assert len(appended.batch.rows) == 1


def test_withdrawn_reaction_can_be_repeated(draft: Drafting) -> None:
    drafts = [draft(REACTION, "alice", "👍", is_on=is_on) for is_on in (True, False, False, True)]
    appended = append(drafts)
    first, second, third = (row.id for row in appended.batch.rows)
    assert ids(appended) == [first, second, second, third]
    assert ids(append(drafts[-1:])) == [third]
    assert ids(append(drafts[:2])) == [third, third + 1]


def test_edit_back_to_an_earlier_text_is_stored(draft: Drafting) -> None:
    appended = append([draft(EDIT, "alice", content) for content in ("one", "two", "one", "one")])
    assert len(appended.batch.rows) == 3
    assert ids(append([draft(EDIT, "alice", "one")])) == [appended.batch.last]
    assert ids(append([draft(EDIT, "alice", "two")])) == [appended.batch.last + 1]


def test_reactions_are_separate_per_person_and_emoji(draft: Drafting) -> None:
    values = [("alice", "👍"), ("bob", "👍"), ("alice", "🎉")]
    assert len(append([draft(REACTION, *one) for one in values]).batch.rows) == 3
    assert append([draft(REACTION, *one) for one in values]).batch.rows == ()


def test_withdrawal_of_a_missing_reaction_is_stored(draft: Drafting) -> None:
    """It is written down, as before: somebody else may have been quicker to look."""
    assert len(append([draft(REACTION, "bob", "👍", is_on=False)]).batch.rows) == 1


def test_repeated_messages_and_recalls_in_a_batch_are_stored_once(draft: Drafting, group: Group) -> None:
    message = Draft("text", "bob", group.pk, "hi", "", cid="one")
    appended = append([message, draft(RECALL, "alice"), message, draft(RECALL, "alice")])
    assert len(appended.batch.rows) == 2
    outcomes = [outcome.id for outcome in appended.outcomes if not isinstance(outcome, Rejection)]
    assert outcomes == [row.id for row in appended.batch.rows] * 2


def test_outsider_repeating_a_reaction_is_rejected(draft: Drafting) -> None:
    append([draft(REACTION, "alice", "👍")])
    assert append([draft(REACTION, "charlie", "👍")]).outcomes == (Rejection(Cause.OUTSIDE),)
