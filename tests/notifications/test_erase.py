"""Nobody is told of anything any more for whoever is erased, and their bots are revoked."""

import time

from accounts.access import Role
from groups import services
from log.models import Group
from notifications import bots
from notifications.erasing import erase_person, revoke_bots
from notifications.events import CREATED, NOTICE
from notifications.models import Delivery, Endpoint, Hook, Pending, Person, PushDevice, Waiting
from tests.support.groups import ALICE, BOB, members
from tests.support.notices import subscribe


def test_erasing_person_removes_notification_rows(group: Group) -> None:
    now = time.time()
    endpoint = Endpoint.objects.create(name="any", url="https://localhost/")
    for userid in (ALICE, BOB):
        browser = subscribe(userid, f"https://localhost/{userid}")
        Person.objects.create(user_id=userid)
        Pending.objects.create(user_id=userid, since_id=0, due_at=now)
        Waiting.objects.create(user_id=userid, first_id=1, last_id=1, due_at=now)
        for fields in (
            {"target_kind": "web", "target_id": browser.pk, "event": NOTICE},
            {"endpoint": endpoint, "event": NOTICE},
            {"endpoint": endpoint, "event": CREATED},
        ):
            Delivery.objects.create(key=userid, log_id=1, made_at=now, due_at=now, expires_at=now, **fields)
    erase_person(ALICE)
    for model in (PushDevice, Person, Pending, Waiting):
        assert list(model.objects.values_list("user", flat=True)) == [BOB]
    # What is about a message is told as the message is now.
    assert list(Delivery.objects.filter(key=ALICE).values_list("event", flat=True)) == [CREATED]
    assert Delivery.objects.filter(key=BOB).count() == 3


def test_erasing_person_revokes_created_bots(group: Group) -> None:
    services.set_role(group.pk, BOB, Role.ADMIN)
    made, others = bots.make_bot(group.pk, "Builds", by=ALICE), bots.make_bot(group.pk, "News", by=BOB)
    revoke_bots(ALICE)
    revoke_bots(ALICE)
    assert dict(Hook.objects.values_list("pk", "revoked_at"))[others.pk] is None
    assert set(members(group)) == {ALICE, BOB, others.bot_id}
    assert Hook.objects.exclude(revoked_at=None).get() == made
    assert dict(Hook.objects.values_list("name", "bot__nickname")) == {"": "", "News": "News"}


def test_erased_bot_is_revoked(group: Group) -> None:
    made = bots.make_bot(group.pk, "Builds")
    revoke_bots(made.bot_id)
    assert Hook.objects.get().revoked_at is not None


def test_bots_of_dissolved_group_can_be_revoked(group: Group) -> None:
    bots.make_bot(group.pk, "Builds", by=ALICE)
    services.dissolve(group.pk)
    revoke_bots(ALICE)
