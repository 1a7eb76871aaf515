"""What somebody who comes back is told of what was pruned."""

from chat.models import Pruned
from chat.protocol.events import Gap
from chat.reading.results import mirrored_backlog, pruned_upto
from groups.services import add_members, remove_members
from log import positions
from log.appending import Draft, append
from log.models import Group
from log.rows import LogId, Recipient

END = 10**12


def write(to: Recipient, content: str = "hello") -> LogId:
    return append([Draft("text", "alice", to, content, "")]).batch.last


def note(place: int, upto: LogId) -> None:
    Pruned.objects.create(place=place, upto_id=upto)


def test_a_gap_stands_where_rows_were_pruned(group: Group) -> None:
    since = positions.last_id()
    upto, new = write("bob"), write("bob", "new")
    note(0, upto)
    rows, more = mirrored_backlog("bob", since, END, 10)
    assert rows[0] == Gap(since, upto)
    assert [row.id for row in rows] == [upto, new]
    assert not more


def test_person_who_received_the_pruned_rows_has_no_gap(group: Group) -> None:
    upto = write("bob")
    write("bob")
    note(0, upto)
    assert pruned_upto("bob", upto - 1) == upto
    assert pruned_upto("bob", upto) == 0
    assert [type(row).__name__ for row in mirrored_backlog("bob", upto, END, 10)[0]] == ["Entry"]


def test_unpruned_log_has_no_gap(group: Group) -> None:
    assert pruned_upto("bob", 0) == 0


def test_members_miss_what_was_pruned_in_their_group(group: Group) -> None:
    since = positions.last_id()
    upto = write(group.pk)
    note(group.pk, upto)
    assert pruned_upto("bob", since) == upto
    assert pruned_upto("charlie", since) == 0


def test_removed_member_has_a_gap_only_up_to_leaving(group: Group) -> None:
    since = positions.last_id()
    upto = write(group.pk)
    remove_members(group.pk, ["bob"])
    left = positions.last_id()
    note(group.pk, upto)
    assert pruned_upto("bob", since) == upto
    Pruned.objects.update(upto_id=END)
    assert pruned_upto("bob", left) == 0


def test_later_member_has_no_gap_from_before_joining(group: Group) -> None:
    since = positions.last_id()
    upto = write(group.pk)
    add_members(group.pk, ["charlie"])
    note(group.pk, upto)
    assert pruned_upto("charlie", since) == 0


def test_the_largest_gap_counts(group: Group) -> None:
    since = positions.last_id()
    upto, later, new = write("bob"), write(group.pk), write("bob")
    note(0, upto)
    note(group.pk, later)
    rows, _ = mirrored_backlog("bob", since, END, 10)
    assert rows[0] == Gap(since, later)
    assert [row.id for row in rows[1:]] == [new]
