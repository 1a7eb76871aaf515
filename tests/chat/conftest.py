"""The database of the tests is a real one, in a file, for threads of their own use it."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from django.db import connection

from accounts.services import ensure_users
from chat.delivery import runtime
from chat.readers.fts5 import DOCUMENTS, TABLE
from groups.services import create_group
from log.drafts import Batch
from log.models import Group
from log.signals import batch_committed
from tests.support.stage import Stage


@pytest.fixture
def group(transactional_db: None) -> Group:
    """Of Alice, who owns it, and Bob; Charlie exists and is outside."""
    ensure_users(["charlie"])
    return create_group("alice", ["bob"], "群")


@pytest.fixture
def announced() -> Any:
    """The batches announced during a test."""
    batches: list[Batch] = []

    def note(batch: Batch, **_: Any) -> None:
        batches.append(batch)

    batch_committed.connect(note)
    yield batches
    batch_committed.disconnect(note)


@pytest.fixture
def empty_index(transactional_db: None) -> Iterator[None]:
    """The search index, left empty as well: its table is no model's, so nobody else empties it."""
    _empty_index()
    yield
    _empty_index()


def _empty_index() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"INSERT INTO {TABLE} ({TABLE}) VALUES ('delete-all')")
            cursor.execute(f"DELETE FROM {DOCUMENTS}")
        else:
            cursor.execute(f"DELETE FROM {TABLE}")


@pytest.fixture
async def stage(group: Group) -> AsyncIterator[Stage]:
    stage = Stage(await runtime.current())
    yield stage
    for session in stage.sessions:
        session.leave()
    await runtime.close_current()
