"""The database of the tests is a real one, in a file, for threads of their own use it."""

from collections.abc import AsyncIterator

import pytest

from accounts.services import ensure_users
from chat.delivery import runtime
from groups.models import Group
from groups.services import create_group
from tests.support.stage import Stage


@pytest.fixture
def group(transactional_db: None) -> Group:
    """Of Alice, who owns it, and Bob; Charlie exists and is outside."""
    ensure_users(["charlie"])
    return create_group("alice", ["bob"], "群")


@pytest.fixture
async def stage(group: Group) -> AsyncIterator[Stage]:
    stage = Stage(await runtime.current())
    yield stage
    for session in stage.sessions:
        session.leave()
    await runtime.close_current()
