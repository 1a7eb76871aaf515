"""Alice owns the group, Bob is a member of it, Charlie is outside. Who acts at the desk is named after the
role."""

import pytest

from groups import services
from log.models import Group
from tests.support import moderators
from tests.support.groups import ALICE, BOB, CHARLIE, NAME


@pytest.fixture(autouse=True)
def begin(request: pytest.FixtureRequest) -> None:
    """Each test that uses the database begins with an empty audit log."""
    if request.node.get_closest_marker("django_db") or "db" in request.fixturenames:
        request.getfixturevalue("db")
        moderators.empty_audit_log()


@pytest.fixture
def group(db: None) -> Group:
    """Without Charlie, who exists, though."""
    services.create_group(CHARLIE, [], "Charlie's own")
    return services.create_group(ALICE, [BOB], NAME)
