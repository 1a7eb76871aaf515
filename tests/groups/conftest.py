"""Alice owns the group, Bob is a member of it, Charlie is outside."""

import pytest

from groups import services
from log.models import Group
from tests.support.groups import ALICE, BOB, CHARLIE, NAME


@pytest.fixture
def group(db: None) -> Group:
    """Without Charlie, who exists, though."""
    services.create_group(CHARLIE, [], "Charlie's own")
    return services.create_group(ALICE, [BOB], NAME)
