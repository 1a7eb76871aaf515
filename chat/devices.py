"""The devices that people have named, and up to which row of the log each has acknowledged."""

from collections.abc import Collection, Mapping

from django.db import connection, transaction

from accounts.models import User
from chat.models import Device
from log.rows import LogId

# If a person has more devices, those with the lowest cursors are deleted.
MAX_DEVICES = 50

# The userid, and the person's name for the device.
DeviceKey = tuple[str, str]

# Not for banned people: a person may be erased between the acknowledgement and this write.
_RAISE_ACKED = f"""
    INSERT INTO {Device._meta.db_table} (user_id, name, acked_id)
    SELECT userid, %s, %s FROM {User._meta.db_table} WHERE userid = %s AND is_active
    ON CONFLICT (user_id, name) DO UPDATE SET acked_id = excluded.acked_id
    WHERE {Device._meta.db_table}.acked_id < excluded.acked_id
"""


def acked_id(device: DeviceKey) -> LogId | None:
    """Return the last row that the device has acknowledged; None if the device is unknown."""
    userid, name = device
    return Device.objects.filter(user=userid, name=name).values_list("acked_id", flat=True).first()


def raise_acked(acked: Mapping[DeviceKey, LogId]) -> None:
    """Store for each device that it has received every row up to the id, unless its person is banned. A
    cursor never moves back."""
    raised = [(name, id_, userid) for (userid, name), id_ in sorted(acked.items())]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.executemany(_RAISE_ACKED, raised)
        _forget_oldest({userid for userid, _ in acked})


def _forget_oldest(userids: Collection[str]) -> None:
    for userid in sorted(userids):
        newest = Device.objects.filter(user=userid).order_by("-acked_id", "-pk")
        oldest = list(newest.values_list("pk", flat=True)[MAX_DEVICES:])
        if oldest:
            Device.objects.filter(pk__in=oldest).delete()
