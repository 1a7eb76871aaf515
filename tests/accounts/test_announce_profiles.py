"""Everybody who remembers names is told which have changed."""

from collections.abc import Callable, Collection
from typing import Any

import pytest

from accounts import erasing, people, services
from accounts.models import User
from accounts.signals import profiles_changed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("change", "announced"),
    [
        (lambda: services.set_profile("alice", nickname="Ada"), ["alice"]),
        (lambda: services.set_avatar("alice", "/media/a.jpg"), ["alice"]),
        (
            lambda: people.write({who: people.DirectoryEntry(nickname="x") for who in ("alice", "bob")}),
            ["alice", "bob"],
        ),
        (lambda: erasing.blank("alice"), ["alice"]),
        (lambda: User.objects.get(pk="alice").save(update_fields=["email"]), []),
        (lambda: services.ensure_users(["charlie"]), []),
    ],
)
def test_changed_names_and_pictures_are_announced(change: Callable[[], object], announced: list[str]) -> None:
    services.ensure_users(["alice", "bob"])
    received: list[str] = []

    def receive(userids: Collection[str], **_: Any) -> None:
        received.extend(userids)

    profiles_changed.connect(receive)
    change()
    profiles_changed.disconnect(receive)
    assert received == announced
