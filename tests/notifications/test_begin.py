"""An installation that gets notices by an upgrade tells nobody of what was written before."""

from importlib import import_module

import pytest
from django.apps import apps

from chat.readers.reader import cursor_of
from groups.models import Group
from notifications import lease
from notifications.models import Delivery, Endpoint
from notifications.notices.reading import NAME
from tests.support.notices import HOLDER, look_later, notices, write

pytestmark = pytest.mark.django_db(transaction=True)

MIGRATION = import_module("notifications.migrations.0002_begin_at_the_end")


def test_nothing_before_the_upgrade_is_told(group: Group) -> None:
    last = write("alice", "bob")
    MIGRATION.begin_at_the_end(apps, None)
    assert cursor_of(NAME) == last
    lease.take(HOLDER)
    Endpoint.objects.create(name="e", url="https://push.example/", events="message.created notice.due")
    new = write("alice", "bob")
    MIGRATION.begin_at_the_end(apps, None)
    look_later()
    assert Delivery.objects.filter(event="message.created").get().log_id == new
    assert notices() == [("bob", [("u:alice", 1, new)])]


def test_an_empty_log_has_no_end(transactional_db: None) -> None:
    MIGRATION.begin_at_the_end(apps, None)
    assert cursor_of(NAME) == 0
