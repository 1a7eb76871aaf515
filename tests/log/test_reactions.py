"""Who has given which reactions to messages, however many they are."""

from collections.abc import Iterable

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.services import ensure_users
from groups.services import add_members, remove_members
from log import reactions
from log.appending import Draft, append
from log.models import Group, Message, ReactionTally
from log.reactions import Reactions, reactions_of
from log.rows import REACTION, LogId
from log.stored_rows import OFF

CROWD = [f"u{number}" for number in range(8)]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("MAX_NAMED_USERIDS", 2), ("MAX_STORED_USERIDS", 3), ("MAX_ROWS", 4)):
        monkeypatch.setattr(reactions, name, value)


@pytest.fixture
def message(group: Group) -> LogId:
    ensure_users(CROWD)
    add_members(group.pk, CROWD)
    return write("alice", group.pk)


def write(sender: str, group: int) -> LogId:
    return append([Draft("text", sender, group, "hi", "")]).batch.last


def react(group: Group, message: LogId, *entries: tuple[str, ...]) -> None:
    """Each of `given`: who, what, and OFF to take it back."""
    for userid, emoji, *off in entries:
        append([Draft(REACTION, userid, group.pk, emoji, "".join(off), target=message)])


def all_of_crowd(emoji: str = "👍") -> Iterable[tuple[str, str]]:
    return [(userid, emoji) for userid in CROWD]


def test_reactions_are_counted_by_person_until_taken_back(group: Group, message: LogId) -> None:
    assert reactions_of([message]) == {}
    react(group, message, ("bob", "👍"), ("alice", "👍"), ("bob", "👍"), ("bob", "🎉"))
    assert reactions_of([message]) == {message: Reactions({"👍": ["bob", "alice"], "🎉": ["bob"]}, {})}
    react(group, message, ("bob", "👍", OFF), ("bob", "🎉", OFF))
    assert reactions_of([message]) == {message: Reactions({"👍": ["alice"]}, {})}
    react(group, message, ("alice", "👍", OFF))
    assert reactions_of([message]) == {}


def test_reactions_name_the_first_and_count_all(group: Group, message: LogId) -> None:
    react(group, message, *all_of_crowd(), ("u7", "🎉"))
    assert reactions_of([message]) == {message: Reactions({"👍": ["u0", "u1"], "🎉": ["u7"]}, {"👍": 8})}


def test_reader_is_among_named_reactors(group: Group, message: LogId) -> None:
    react(group, message, *all_of_crowd())
    for userid in ("u2", "u7"):
        assert reactions_of([message], userid)[message].userids == {"👍": ["u0", "u1", userid]}
    react(group, message, ("u7", "👍", OFF))
    assert reactions_of([message], "u7") == {message: Reactions({"👍": ["u0", "u1"]}, {"👍": 7})}


def test_a_page_reads_tallies_and_few_rows(group: Group, message: LogId) -> None:
    react(group, message, *all_of_crowd("1"), *all_of_crowd("2"), *all_of_crowd("3"))
    with CaptureQueriesContext(connection) as queries:
        tallies = reactions_of([message], "bob")
    assert tallies[message].counts == {"1": 8, "2": 8, "3": 8}
    assert len(queries) <= 5
    after = ReactionTally.objects.get().upto_id
    assert Message.objects.filter(target=message, id__gt=after).count() <= reactions.MAX_ROWS


def test_reactions_without_a_tally_count(group: Group, message: LogId) -> None:
    react(group, message, *all_of_crowd())
    ReactionTally.objects.all().delete()
    assert reactions_of([message])[message].counts == {"👍": 8}
    react(group, message, ("bob", "👍"))
    assert ReactionTally.objects.count() == 1
    assert reactions_of([message])[message].counts == {"👍": 9}


def test_reaction_is_named_when_the_first_have_taken_it_back(group: Group, message: LogId) -> None:
    for userid, *off in [("u0",), ("u1",), ("u2",), ("u3",), ("u0", OFF), ("u1", OFF), ("u2", OFF)]:
        row = Message(kind=REACTION, sender_id=userid, group=group, content="👍", target=message, timet=0)
        row.extension = "".join(off)
        row.save()
    assert reactions_of([message]) == {message: Reactions({"👍": ["u3"]}, {})}


def test_changes_before_a_tally_are_not_read(group: Group, message: LogId) -> None:
    react(group, message, *[("u0", "👍", *off) for _ in range(4) for off in ((), (OFF,))], ("u0", "👍"))
    with CaptureQueriesContext(connection) as queries:
        tallies = reactions_of([message])

    assert tallies == {message: Reactions({"👍": ["u0"]}, {})}
    assert len(queries) == 2


class TestWhoIsOutside:
    def test_former_member_sees_reactions_of_their_time(self, group: Group, message: LogId) -> None:
        react(group, message, ("alice", "👍"))
        remove_members(group.pk, ["bob"])
        react(group, message, *all_of_crowd("🎉"))
        assert reactions_of([message], "bob") == {message: Reactions({"👍": ["alice"]}, {})}
        assert reactions_of([message], "alice")[message].counts == {"🎉": 8}

    def test_returned_member_sees_no_reactions_of_absence(self, group: Group, message: LogId) -> None:
        remove_members(group.pk, ["bob"])
        react(group, message, *all_of_crowd("🎉"))
        add_members(group.pk, ["bob"])
        react(group, message, ("alice", "👍"))
        assert reactions_of([message], "bob") == {message: Reactions({"👍": ["alice"]}, {})}

    def test_returned_member_sees_reactions_to_later_messages(self, group: Group, message: LogId) -> None:
        remove_members(group.pk, ["bob"])
        add_members(group.pk, ["bob"])
        later = write("alice", group.pk)
        react(group, later, *all_of_crowd())
        assert reactions_of([message, later], "bob")[later].counts == {"👍": 8}


def test_pruned_message_has_no_tally(group: Group, message: LogId) -> None:
    other = write("alice", group.pk)
    for target in (message, other):
        react(group, target, *all_of_crowd())
    Message.objects.filter(pk=message).delete()
    reactions.forget(message, other)
    assert list(ReactionTally.objects.values_list("target", flat=True)) == [other]


ACTS = st.lists(st.tuples(st.sampled_from(CROWD), st.sampled_from("12"), st.booleans()), max_size=40)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS, tallied_after=st.sets(st.integers(0, 40)))
def test_tallies_change_no_count(
    group: Group, message: LogId, acts: list[tuple[str, str, bool]], tallied_after: set[int]
) -> None:
    """Whenever they are made."""
    target = write("alice", group.pk)
    having: dict[str, dict[str, None]] = {}
    for number, (userid, emoji, is_on) in enumerate(acts):
        people = having.setdefault(emoji, {})
        if is_on == (userid in people):
            continue  # as when it is appended
        row = Message(kind=REACTION, sender_id=userid, group=group, content=emoji, target=target, timet=0)
        row.extension = "" if is_on else OFF
        row.save()
        people.setdefault(userid) if is_on else people.pop(userid, None)
        if number in tallied_after:
            with transaction.atomic():
                reactions.tally([target], most=0)
    shown_reactions = reactions_of([target], "u3").get(target, reactions.NONE)
    for emoji, people in having.items():
        named = shown_reactions.userids.get(emoji, [])
        assert shown_reactions.counts.get(emoji, len(named)) == len(people)
        assert set(named) <= set(people)
        # Of those beyond MAX_STORED_USERIDS, a tally keeps no names.
        assert named or not people or tallied_after
        assert ("u3" in named) == ("u3" in people)
