"""Alice owns the group, Bob is a member of it, Charlie is outside. An endpoint wants notices."""

import pytest

from groups import services
from log.models import Group
from notifications import lease
from notifications.models import Endpoint
from tests.support.groups import ALICE, BOB, CHARLIE, NAME
from tests.support.notices import HOLDER, catch_up


@pytest.fixture
def group(transactional_db: None) -> Group:
    services.create_group(CHARLIE, [], "Charlie's own")
    return services.create_group(ALICE, [BOB], NAME)


@pytest.fixture
def endpoint(group: Group) -> Endpoint:
    """It gets no events of before its creation."""
    catch_up()
    lease.acquire(HOLDER)
    return Endpoint.objects.create(name="pusher", url="https://push.example/hook", with_text=True)
