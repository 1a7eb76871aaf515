"""Commands, replies, events and rows, in no dialect, and how the database keeps them."""

import json
from collections.abc import Sequence
from typing import Any, get_args

import pytest
from django.db import IntegrityError, transaction

from accounts.account_status import EVERYTHING, Change
from chat.models import Installation
from chat.protocol import commands, events, replies
from chat.protocol.commands import COMMANDS, Command, JsonCommand, Request
from chat.protocol.events import Event
from chat.protocol.kinds import KINDS
from chat.protocol.replies import (
    Accepted,
    Code,
    Failure,
    Me,
    Member,
    Reply,
    Result,
    ToChange,
    ToHello,
    ToSend,
    User,
)
from log.drafts import Batch
from log.models import Group, Message
from log.rows import NOTICE, STANDING, AccountStatusChange, Entry, GroupChange, MembershipNotice, Row, Served
from log.stored_rows import (
    ROW_FIELDS,
    account_status_content,
    account_status_extension,
    as_account_status,
    as_notice,
    as_row,
    group_change_content,
    notice_content,
)

FIELDS = {"kind": "text", "sender_id": "alice", "content": "hi", "timet": 1}


def store(**more: object) -> Message:
    return Message.objects.create(**{**FIELDS, **more})


def test_rows_become_entries(group: Group) -> None:
    to_bob, to_group = store(recipient_id="bob"), store(group_id=group.pk, extension="x")
    rows = Message.objects.filter(pk__in=[to_bob.pk, to_group.pk]).order_by("id").values_list(*ROW_FIELDS)
    assert [as_row(*row) for row in rows] == [
        Entry(to_bob.pk, "text", "alice", "bob", "hi", "", 1),
        Entry(to_group.pk, "text", "alice", group.pk, "hi", "x", 1),
    ]


def test_a_notice_says_who_came_and_who_went(group: Group) -> None:
    content = notice_content(["鲍勃"], ["charlie"])
    row = store(kind=NOTICE, sender_id=None, group_id=group.pk, content=content)
    stored = Message.objects.filter(pk=row.pk).values_list(*ROW_FIELDS).get()
    assert as_row(*stored) == MembershipNotice(row.pk, group.pk, ("鲍勃",), ("charlie",), 1)


def test_it_says_who_did_it_if_that_is_known(group: Group) -> None:
    told = as_notice(7, group.pk, notice_content([], ["charlie"], "鲍勃"), 1)
    assert told == MembershipNotice(7, group.pk, (), ("charlie",), 1, "鲍勃")
    assert notice_content([], ["bob"], None) == '{"joined": [], "left": ["bob"]}'


@pytest.mark.parametrize("by", ["鲍勃", None])
@pytest.mark.parametrize("changed", [{"name": "群", "notice": ""}, {"roles": {"bob": "admin"}}])
def test_or_what_else_of_a_group_has_changed(group: Group, changed: dict[str, Any], by: str | None) -> None:
    content = group_change_content(changed, by)
    assert as_notice(7, group.pk, content, 1) == GroupChange(7, group.pk, by, changed, 1)
    # What an earlier version looks for.
    earlier = json.loads(content)
    assert (earlier["joined"], earlier["left"]) == ([], [])


@pytest.mark.parametrize(
    ("change", "content"),
    [
        (Change(muted=False), '{"muted":false}'),
        (Change(muted=True, banned=False), '{"muted":true,"locked":false}'),
        (Change(ended=EVERYTHING), '{"ended":"*"}'),
        (Change(banned=True, ended="0af"), '{"locked":true,"ended":"0af"}'),
    ],
)
def test_a_change_of_standing_holds_what_changes(group: Group, change: Change, content: str) -> None:
    assert (account_status_content(change), account_status_extension(change)) == (content, "")
    row = store(kind=STANDING, sender_id="bob", recipient_id="bob", content=content)
    stored = Message.objects.filter(pk=row.pk).values_list(*ROW_FIELDS).get()
    assert as_row(*stored) == AccountStatusChange(row.pk, "bob", change, 1)


@pytest.mark.parametrize(
    ("change", "content", "extension"),
    [
        (Change(muted=True, until=9, reason="脏话"), '{"muted":true}', '{"until":9,"reason":"脏话"}'),
        (Change(muted=False, group=10), "{}", '{"muted":false,"group":10}'),
        (Change(warned=True, reason="spam"), "{}", '{"reason":"spam","warned":true}'),
        (Change(rules=True), "{}", '{"rules":true}'),
    ],
)
def test_what_an_earlier_version_does_not_know_is_in_the_extension(
    group: Group, change: Change, content: str, extension: str
) -> None:
    assert (account_status_content(change), account_status_extension(change)) == (content, extension)
    assert as_account_status(8, "bob", content, 1, extension) == AccountStatusChange(8, "bob", change, 1)


def test_what_a_later_version_says_of_standing_is_left_out(db: None) -> None:
    read = as_account_status(8, "bob", '{"muted":true}', 1, '{"until":9,"mood":"bad"}')
    assert read.change == Change(muted=True, until=9)


@pytest.mark.parametrize("is_to_both", [True, False])
def test_a_message_is_to_a_person_or_to_a_group(group: Group, is_to_both: bool) -> None:
    to = {"recipient_id": "bob", "group_id": group.pk} if is_to_both else {}
    with pytest.raises(IntegrityError), transaction.atomic():
        store(**to)


def test_there_is_one_installation(db: None) -> None:
    Installation.objects.create(id=1, key="k")
    with pytest.raises(IntegrityError), transaction.atomic():
        Installation.objects.create(id=2, key="k")


@pytest.mark.parametrize("kind", [*KINDS, NOTICE, STANDING])
def test_there_is_room_for_every_kind(kind: str) -> None:
    assert len(kind) <= (Message._meta.get_field("kind").max_length or 0)


def test_every_row_has_a_place_and_a_time() -> None:
    for kind in get_args(Row):
        assert {"id", "time"} <= set(kind._fields)


def test_rows_of_both_kinds_stand_in_the_order_of_their_ids() -> None:
    rows: Sequence[Row] = [
        Entry(3, "audio", "alice", 1, "a", "", 1),
        MembershipNotice(1, 2, ("bob",), (), 9),
        Entry(2, "video", "bob", "alice", "z", "", 9),
    ]
    assert [row.id for row in sorted(rows)] == [1, 2, 3]


@pytest.mark.parametrize("kind", [NOTICE, STANDING])
def test_nobody_can_send_what_comes_from_the_system(kind: str) -> None:
    assert kind not in KINDS


def test_nothing_is_declared_that_is_in_no_union() -> None:
    # Accepted is written by `encode_accepted`, without a Reply.
    parts = {Accepted, Code, Reply, Me, Member, ToChange, ToHello, ToSend, User}
    assert {*JsonCommand.__subclasses__()} == {*COMMANDS.values()}
    for union, module, others in (
        (Result, replies, parts),
        (Command, commands, {Request, commands._Place, *JsonCommand.__subclasses__()}),
        (Event, events, ()),
    ):
        named = {
            one
            for one in vars(module).values()
            if isinstance(one, type) and one.__module__ == module.__name__
        }
        elsewhere = get_args(Served) if union is Event else ()
        assert set(get_args(union)) == named - {*others, union} | {*elsewhere}, module


def test_clients_know_a_code_by_its_number() -> None:
    assert {code.name: f"{Failure(code, 'why').code}" for code in Code} == {
        "MALFORMED": "400",
        "LOG_IN_FIRST": "401",
        "NOT_ALLOWED": "403",
        "NOT_FOUND": "404",
        "TOO_LATE": "408",
        "CONFLICT": "409",
        "TOO_LONG": "413",
        "TOO_FAST": "429",
        "TRY_AGAIN": "503",
    }


def test_without_rows_it_ends_where_it_begins() -> None:
    assert Batch(7, ()).last == 7
