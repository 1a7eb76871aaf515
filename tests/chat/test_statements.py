"""Statements that are written by hand."""

from collections.abc import Collection

import pytest

from chat.log import Draft, append
from chat.models import Message
from chat.statements import among, fetch
from groups.models import Group


def found(ids: Collection[int]) -> list[int]:
    listed, params = among(ids)
    statement = f"SELECT id FROM {Message._meta.db_table} WHERE id {listed} ORDER BY id"
    return [id_ for (id_,) in fetch(statement, *params)]


@pytest.mark.parametrize("kind", [list, set, tuple])
def test_it_works(group: Group, kind: type[Collection[int]]) -> None:
    ids = [row.id for row in append([Draft("text", "alice", "bob", "hi", "")] * 3).batch.rows]
    assert found(kind(ids[:2])) == ids[:2]  # type: ignore[call-arg]


def test_nothing_is_among_none(group: Group) -> None:
    append([Draft("text", "alice", "bob", "hi", "")])
    assert found([]) == []


def test_ids_may_be_of_any_size(group: Group) -> None:
    (id_,) = (row.id for row in append([Draft("text", "alice", "bob", "hi", "")]).batch.rows)
    assert found([id_, 2**15, 2**31, 2**62]) == [id_]
