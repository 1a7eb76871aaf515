"""Commands, replies, events and rows, in no dialect, and how the database keeps them."""

from typing import Any, get_args

import pytest
from django.db import IntegrityError, transaction
from msgspec.structs import replace

from accounts.account_status import EVERYTHING, Change
from accounts.codes import Name
from chat.models import Installation
from chat.protocol import commands, events, replies, requests
from chat.protocol.commands import COMMANDS, Command, CommandRequest, JsonCommand
from chat.protocol.events import CaughtUp, Event, Gap, Heartbeat, Presence
from chat.protocol.kinds import KINDS
from chat.protocol.replies import (
    Accepted,
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
from log.inserting import insert_some
from log.models import Group, Message
from log.rows import (
    CHANGES,
    NO_MESSAGES,
    AccountStatusChange,
    Amendment,
    BlockChange,
    Entry,
    GroupChange,
    Held,
    MembershipNotice,
    Notice,
    Pinned,
    ReachChange,
    Row,
    Served,
)
from log.stored_rows import ROW_FIELDS, as_row, values_of

# Events that are frames as they are.
ITSELF = (CaughtUp, Gap, Heartbeat, Presence)
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


@pytest.mark.parametrize(
    "change",
    [
        MembershipNotice(0, 10, ("鲍勃",), ("charlie",), 1),
        MembershipNotice(0, 10, (), ("charlie",), 1, "鲍勃"),
        GroupChange(0, 10, None, {"name": "群", "notice": ""}, 1),
        GroupChange(0, 10, "鲍勃", {"roles": {"bob": "admin"}}, 1),
        AccountStatusChange(0, "bob", Change(muted=True, until=9, reason="脏话"), 1),
        AccountStatusChange(0, "bob", Change(False, False, EVERYTHING, 9, "spam", 10, True, True), 1),
        BlockChange(0, "alice", "bob", False, 1),
        ReachChange(0, "alice", "alice", 1),
        Pinned(0, "alice", "bob", 7, 1),
        Held(0, "alice", 1, "a cid"),
    ],
)
def test_change_is_read_as_it_was_stored(group: Group, change: Any) -> None:
    change = replace(change, group=group.pk) if isinstance(change, Notice) else change
    (id_,) = insert_some([values_of(change)])
    stored = Message.objects.filter(pk=id_).values_list(*ROW_FIELDS).get()
    assert as_row(*stored) == replace(change, id=id_)


@pytest.mark.parametrize("is_to_both", [True, False])
def test_a_message_is_to_a_person_or_to_a_group(group: Group, is_to_both: bool) -> None:
    to = {"recipient_id": "bob", "group_id": group.pk} if is_to_both else {}
    with pytest.raises(IntegrityError), transaction.atomic():
        store(**to)


def test_second_installation_row_is_rejected(db: None) -> None:
    Installation.objects.create(id=1, key="k")
    with pytest.raises(IntegrityError), transaction.atomic():
        Installation.objects.create(id=2, key="k")


@pytest.mark.parametrize("kind", [*KINDS, *NO_MESSAGES])
def test_kinds_fit_into_the_column(kind: str) -> None:
    assert len(kind) <= (Message._meta.get_field("kind").max_length or 0)


def test_every_row_has_a_place_and_a_time() -> None:
    assert {*CHANGES.values(), Entry, Amendment} == {*get_args(Row)}
    for kind in CHANGES.values():
        assert {"id", "time"} <= set(kind.__struct_fields__)


@pytest.mark.parametrize("kind", NO_MESSAGES)
def test_system_kinds_cannot_be_sent(kind: str) -> None:
    assert kind not in KINDS


def test_declared_structs_are_in_a_union() -> None:
    # Accepted is written by `encode_accepted`, without a Reply.
    parts = {Accepted, Reply, Me, Member, ToChange, ToHello, ToSend, User}
    declared = JsonCommand.__subclasses__()
    # Those of kinds that people respond to have a base of their own.
    kinds = [one for base in declared for one in base.__subclasses__()]
    bases = {base for one in kinds for base in one.__bases__}
    assert {*declared, *kinds} - bases == {*COMMANDS.values()}
    for union, module, others in (
        (Result, replies, parts),
        (Command, commands, {CommandRequest, *COMMANDS.values(), *JsonCommand.__subclasses__()}),
        (Event, events, ()),
    ):
        named = {
            one
            for one in vars(module).values()
            if isinstance(one, type) and one.__module__ in (module.__name__, requests.__name__)
        }
        elsewhere = (*get_args(Served), *ITSELF) if union is Event else ()
        assert set(get_args(union)) == named - {*others, union} | {*elsewhere}, module


def test_clients_know_a_name_by_its_numbers() -> None:
    """On sockets and in the API, and in group calls."""
    assert {str(name): (Failure(name, "why").code, name.legacy) for name in Name} == {
        "invalid": (400, 2),
        "malformed": (400, 2),
        "unknown_command": (400, 2),
        "log_in_first": (401, 4),
        "not_allowed": (403, 4),
        "muted": (403, 4),
        "blocked": (403, 4),
        "banned": (403, 4),
        "not_found": (404, 3),
        "too_late": (408, 9),
        "conflict": (409, 5),
        "too_long": (413, 2),
        "too_fast": (429, 6),
        "try_again": (503, 9),
    }


def test_empty_batch_ends_at_its_start() -> None:
    assert Batch(7, ()).last == 7
