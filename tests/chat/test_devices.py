"""What the devices that people have named have acknowledged."""

import pytest

from accounts.services import set_standing
from chat import devices
from chat.devices import acked_id, raise_acked
from chat.models import Device
from groups.models import Group

WEB, BOT = ("alice", "web"), ("alice", "bot")


def test_each_device_has_its_own_mark(group: Group) -> None:
    assert acked_id(WEB) is None
    raise_acked({WEB: 5, BOT: 7, ("bob", "web"): 9})
    assert [acked_id(device) for device in (WEB, BOT, ("bob", "web"))] == [5, 7, 9]


def test_it_never_moves_back(group: Group) -> None:
    for id_ in (5, 3, 6, 6):
        raise_acked({WEB: id_})
    assert acked_id(WEB) == 6
    assert Device.objects.count() == 1


def test_of_somebody_who_is_locked_nothing_is_stored(group: Group) -> None:
    """They may have been erased since they acknowledged it."""
    set_standing("alice", locked=True)
    raise_acked({WEB: 5, ("bob", "web"): 9})
    assert [acked_id(device) for device in (WEB, ("bob", "web"))] == [None, 9]


def test_a_person_has_so_many_devices(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "MOST_DEVICES", 2)
    raise_acked({("bob", "web"): 1})
    for number in range(1, 5):
        raise_acked({("alice", f"{number}"): number})
    found = Device.objects.order_by("acked_id").values_list("user", "name")
    assert set(found) == {("bob", "web"), ("alice", "3"), ("alice", "4")}
