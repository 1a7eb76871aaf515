"""Where the rows of a backlog and of a history come from."""

import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.test.utils import CaptureQueriesContext

from chat.reading import pages, selectors, sources
from chat.reading.filling import FIRST_ROWS, outlines_of
from chat.reading.pages import ConversationReader
from chat.reading.snapshot import snapshot
from chat.reading.sources import PERIOD, UNRECALLED, RowSource
from groups.services import add_members, create_group, remove_members
from log import positions
from log.appending import Draft, append
from log.group_models import ANY_ID
from log.models import Group, Membership
from log.rows import EDIT, REACTION, RECALL, Recipient
from log.stored_rows import ROW_FIELDS

ID, CONTENT = ROW_FIELDS.index("id"), ROW_FIELDS.index("content")
STAYS, ROWS = 400, 4000
# The rows of a page, and those that tell whether there are more.
FEW = 20


def write(sender: str, to: Recipient, *contents: str) -> list[int]:
    drafts = [Draft("text", sender, to, content, "") for content in contents]
    return [row.id for row in append(drafts).batch.rows]


def read(*found: RowSource, after: int | None = None, limit: int = 100) -> list[str]:
    return [fields[CONTENT] for source in found for fields in source.reader(100)(after, limit)]


def in_groups(userid: str, after: int = 0) -> list[str]:
    return read(*(source.only(UNRECALLED) for source in sources.of_groups(userid, after)))


def test_rows_are_found_by_recipient_sender_and_group(group: Group) -> None:
    write("alice", "bob", "to Bob")
    write("bob", "alice", "from Bob")
    write("alice", group.pk, "to the group")
    assert read(sources.received("bob")) == read(sources.sent("alice", "bob")) == ["to Bob"]
    assert read(sources.written("bob")) == ["from Bob"]
    assert in_groups("bob") == ["to the group"]


def test_outsider_has_no_rows(group: Group) -> None:
    write("alice", "bob", "to Bob")
    write("alice", group.pk, "to the group")
    assert read(sources.received("charlie"), sources.written("charlie")) == in_groups("charlie") == []


def test_rows_of_a_source_are_ordered_and_resume_after_an_id(group: Group) -> None:
    ids = write("alice", "bob", "1", "2", "3", "4")
    everything = sources.received("bob")
    assert read(everything, limit=2) == ["1", "2"]
    assert read(everything, after=ids[1], limit=1) == ["3"]
    assert read(everything.between(ids[0], ids[2])) == ["2", "3"]


def test_sources_cover_group_messages(group: Group) -> None:
    ids = write("alice", group.pk, "1", "2", "3")
    assert in_groups("bob") == ["1", "2", "3"]
    current, ended = (source.only(UNRECALLED) for source in sources.of_groups("bob", 0))
    assert read(current, after=ids[0], limit=1) == ["2"]
    assert read(ended) == []
    remove_members(group.pk, ["bob"])
    current, ended = (source.only(UNRECALLED) for source in sources.of_groups("bob", 0))
    assert read(current) == []
    assert read(ended, after=ids[0], limit=1) == ["2"]


@pytest.mark.parametrize("has_left", [False, True])
def test_periods_are_read_once_and_rows_in_portions(group: Group, has_left: bool) -> None:
    texts = [str(number) for number in range(2 * FIRST_ROWS)]
    write("alice", group.pk, *texts)
    if has_left:
        remove_members(group.pk, ["bob"])
    source = sources.of_groups("bob", 0)[has_left].only(UNRECALLED)
    with CaptureQueriesContext(connection) as queries:
        outlines = outlines_of(source.reader(FIRST_ROWS + 5), FIRST_ROWS + 5)
        assert [fields[CONTENT] for fields in outlines] == texts[: FIRST_ROWS + 5]
    # Of ended periods, the ends are asked for before.
    looked = 2 if has_left else 1
    assert [PERIOD in query["sql"] for query in queries] == [True] * looked + [False, False]


def test_rows_of_several_groups_are_merged_in_log_order(group: Group) -> None:
    other = create_group("alice", ["bob"], "另一个群")
    for number in range(3):
        write("alice", group.pk, f"{number} here")
        write("alice", other.pk, f"{number} there")
    texts = [f"{number} {where}" for number in range(3) for where in ("here", "there")]
    assert in_groups("bob") == texts
    for one in (group, other):
        remove_members(one.pk, ["bob"])
    assert in_groups("bob") == texts


def test_the_first_are_found_in_whatever_period_they_are(group: Group) -> None:
    """Bob is in one group all the time, and now and then in others, most of which are silent."""
    texts = []
    for number in range(40):
        other = create_group("alice", ["bob"], "另一个群")
        if number % 7 == 3:
            texts += [f"{number} there", f"{number} here"]
            write("alice", other.pk, f"{number} there")
            write("alice", group.pk, f"{number} here")
        remove_members(other.pk, ["bob"])
    remove_members(group.pk, ["bob"])
    # An earlier version has not noted that they are silent.
    Membership.objects.ended().update(last_id=ANY_ID)
    _, ended = (source.only(UNRECALLED) for source in sources.of_groups("bob", 0))
    for limit in (1, 2, 5, 100):
        assert [fields[CONTENT] for fields in ended.reader(limit)(None, limit)] == texts[:limit]


@pytest.mark.parametrize("seed", range(3))
def test_rows_of_ended_stays_match_the_periods(group: Group, seed: int) -> None:
    """Charlie was in four groups at random, mostly for a short time, and often nothing was said meanwhile."""
    chance = random.Random(seed)
    several = [create_group("alice", ["charlie"], f"{number}") for number in range(4)]
    spoken = [
        (chance.choice(several), chance.choice(["alice", "charlie", "charlie", "charlie"]))
        for _ in range(300)
    ]
    rows = append([Draft("text", sender, one.pk, "hi", "") for one, sender in spoken]).batch.rows
    details = {row.id: how for row, how in zip(rows, spoken, strict=True)}
    first, *_, last = details
    Membership.objects.filter(user="charlie").delete()
    after = chance.randrange(first, first + 50)
    expected: set[int] = set()
    for one in several:
        for since, until in pairwise(sorted(chance.sample(range(first, last), 20))):
            within = [id_ for id_, (where, _) in details.items() if where == one and since < id_ < until]
            if chance.random() < 0.7:
                expected.update(id_ for id_ in within if id_ > after and details[id_][1] == "alice")
                last_id = max(within, default=0)
                one.memberships.create(user_id="charlie", since_id=since, until_id=until, last_id=last_id)

    _, ended = sources.of_groups("charlie", after)
    for limit in (1, 3, 10, 200):
        result = ended.not_from("charlie").between(after, last).reader(limit)(None, limit)
        assert [fields[ID] for fields in result] == sorted(expected)[:limit]


def test_backlog_continues_after_membership_periods_without_rows(group: Group) -> None:
    write("alice", group.pk, "1")
    for number in range(2):
        other = create_group("alice", ["bob"], f"{number}")
        write("bob", other.pk, "his own")
        remove_members(other.pk, ["bob"])
    write("alice", group.pk, "2", "3")
    remove_members(group.pk, ["bob"])
    _, ended = sources.of_groups("bob", 0)
    result = ended.only(UNRECALLED).not_from("bob").reader(2)(None, 2)
    assert [fields[CONTENT] for fields in result] == ["1", "2"]


def test_membership_periods_with_the_same_start_are_read(group: Group) -> None:
    """They do in a log that was imported."""
    several = [create_group("alice", [], f"{number}") for number in range(9)]
    ids = [write("alice", one.pk, one.name)[0] for one in several]
    Membership.objects.bulk_create(
        Membership(group=one, user_id="charlie", since_id=0, until_id=ids[-1] + 1) for one in several
    )
    assert in_groups("charlie") == [one.name for one in several]
    _, ended = (source.only(UNRECALLED) for source in sources.of_groups("charlie", 0))
    assert [fields[CONTENT] for fields in ended.reader(2)(None, 2)] == ["0", "1"]


def test_rows_of_one_group_can_be_selected(group: Group) -> None:
    other = create_group("alice", ["bob"], "另一个群")
    for one in (group, other):
        write("alice", one.pk, f"in {one.name}")
        remove_members(one.pk, ["bob"])
        add_members(one.pk, ["bob"])
        write("alice", one.pk, f"in {one.name} again")
    selected = (source.only(UNRECALLED) for source in sources.of_groups("bob", 0, group=other.pk))
    assert read(*selected) == ["in 另一个群 again", "in 另一个群"]


def test_ended_periods_without_later_rows_are_skipped(group: Group) -> None:
    ids = write("alice", group.pk, "1", "2")
    remove_members(group.pk, ["bob"])
    write("alice", group.pk, "without Bob")
    add_members(group.pk, ["bob"])
    assert in_groups("bob", ids[0]) == ["1", "2"]
    assert in_groups("bob", ids[1]) == []


def test_own_rows_can_be_excluded(group: Group) -> None:
    write("alice", group.pk, "hers")
    write("bob", group.pk, "his")
    selected = [source.only(UNRECALLED) for source in sources.of_groups("bob", 0)]
    assert read(*selected) == ["hers", "his"]
    assert read(*(source.not_from("bob") for source in selected)) == ["hers"]


def test_amendments_of_an_older_message_go_to_its_readers(group: Group) -> None:
    (message,) = write("bob", group.pk, "from before")
    remove_members(group.pk, ["bob"])
    add_members(group.pk, ["bob", "charlie"])
    append([Draft(EDIT, "bob", group.pk, "edited", "", target=message)])
    append([Draft(REACTION, "alice", group.pk, "👍", "", target=message)])
    assert {"edited", "👍"} <= set(read(*sources.of_groups("bob", 0)))
    assert {"edited", "👍"}.isdisjoint(read(*sources.of_groups("charlie", 0)))


def test_a_recalled_message_is_not_given(group: Group) -> None:
    ids = write("alice", "bob", "kept", "recalled")
    append([Draft(RECALL, "alice", "bob", "", "", target=ids[1])])
    assert read(sources.received("bob").only(UNRECALLED)) == ["kept"]


GUESSES = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite does not guess how many rows there are"
)


@GUESSES
def test_person_with_many_past_groups_does_not_scan_the_log(group: Group) -> None:
    append([Draft("text", "alice", group.pk, "hi", "")] * ROWS)
    many = Group.objects.bulk_create(Group(name="x", creator_id="alice") for _ in range(STAYS))
    Membership.objects.bulk_create(
        Membership(group=one, user_id="charlie", since_id=1, until_id=2, last_id=2) for one in many
    )
    assert most_rows(lambda: selectors.backlog("charlie", 0, positions.last_id(), 10)) <= STAYS + FEW


@GUESSES
def test_page_of_a_long_conversation_reads_few_rows(group: Group) -> None:
    quiet = create_group("alice", ["bob"], "安静")
    write("alice", quiet.pk, "hello?")
    append([Draft("text", "alice", to, "hi", "") for to in ("bob", group.pk) for _ in range(ROWS)])
    for read in (
        lambda: selectors.group_history("bob", quiet.pk, 0, 10),
        lambda: selectors.unicast_history("bob", "alice", 0, 10),
        lambda: selectors.group_history("bob", group.pk, 0, 10),
        lambda: selectors.backlog("bob", 0, positions.last_id(), 10),
        lambda: pages.latest_page(ConversationReader("bob", "alice"), 10),
        lambda: pages.latest_page(ConversationReader("bob", group.pk), 10),
    ):
        assert most_rows(read) <= FEW


def most_rows(read: Callable[[], object]) -> float:
    """How many rows a step of its plans reads, at most."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as queries:
        read()
    statements = [query["sql"] for query in queries if "log_message" in query["sql"]]
    assert statements
    with snapshot(by_index=True), connection.cursor() as cursor:
        return max(_most_rows(_plan(cursor, statement)) for statement in statements)


def _plan(cursor: CursorWrapper, statement: str) -> dict[str, Any]:
    cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
    plan: dict[str, Any] = cursor.fetchone()[0][0]["Plan"]
    return plan


def _most_rows(step: dict[str, Any]) -> float:
    rows: float = step["Actual Rows"] + step.get("Rows Removed by Filter", 0)
    own: float = rows * step["Actual Loops"]
    return max([own, *map(_most_rows, step.get("Plans", []))])
