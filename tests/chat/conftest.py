"""The database of the tests is a real one, in a file, for threads of their own use it."""

import pytest

from accounts.services import ensure_users
from groups.models import Group
from groups.services import create_group


@pytest.fixture
def group(transactional_db: None) -> Group:
    """Of Alice, who owns it, and Bob; Charlie exists and is outside."""
    ensure_users(["charlie"])
    return create_group("alice", ["bob"], "群")
