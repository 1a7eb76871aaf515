"""Notification settings of people: their push devices, texts in pushes, and quiet hours."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from django.db import transaction
from django.dispatch import receiver

from accounts.account_status import EVERYTHING, Change
from accounts.signals import account_status_changed
from notifications.models import Delivery, Person, PushDevice
from notifications.notices.quiet import Quiet

# If a person registers more, the oldest devices are removed.
MAX_DEVICES = 10
TOKEN_LENGTH = 4096


class NewDevice(NamedTuple):
    """The fields of a PushDevice that its registration sets."""

    provider: str
    token: str
    host: str
    app: str = ""
    language: str = ""
    time_zone: str = ""
    key: str = ""
    login: str = ""


def register(userid: str, name: str, device: NewDevice) -> PushDevice:
    """Register the device for this person only. It replaces the person's device of the same name and
    anybody's device with the same token."""
    with transaction.atomic():
        digest = digest_of(device.provider, device.app, device.token)
        mine = PushDevice.objects.filter(user=userid, name=name)
        known = mine.filter(digest=digest).first()
        if known is None:
            remove_devices(PushDevice.objects.filter(digest=digest) | mine)
        values = {**device._asdict(), "failures": 0}
        stored, _ = PushDevice.objects.update_or_create(
            digest=digest, defaults={"user_id": userid, "name": name, **values}
        )
        newest = PushDevice.objects.filter(user=userid).order_by("-pk")
        oldest = list(newest.values_list("pk", flat=True)[MAX_DEVICES:])
        remove_devices(PushDevice.objects.filter(pk__in=oldest))
    return stored


def unregister(userid: str, **which: str) -> None:
    """Remove the person's devices with these field values."""
    remove_devices(PushDevice.objects.filter(user=userid, **which))


def remove_devices(devices: Any) -> None:
    """Remove the devices of the query, and their deliveries."""
    for provider, id_ in list(devices.values_list("provider", "pk")):
        Delivery.objects.filter(target_kind=provider, target_id=id_).delete()
        PushDevice.objects.filter(pk=id_).delete()


@receiver(account_status_changed)
def remove_devices_of_ended_logins(userid: str, change: Change, **_: Any) -> None:
    """Remove the devices whose login has ended; all devices of the person on a ban or if all logins end."""
    devices = PushDevice.objects.filter(user=userid)
    if change.ended and change.ended != EVERYTHING:
        devices = devices.filter(login=change.ended)
    if change.ended or change.banned:
        remove_devices(devices)


def digest_of(provider: str, app: str, token: str) -> str:
    return sha256("\n".join((provider, app, token)).encode()).hexdigest()


def quiet_of(userid: str) -> Quiet | None:
    person = Person.objects.filter(pk=userid, quiet_from__isnull=False).first()
    if person is None or person.quiet_from is None or person.quiet_to is None:
        return None
    return Quiet(person.quiet_from, person.quiet_to, person.quiet_zone)


def set_quiet(userid: str, quiet: Quiet | None) -> None:
    """Store the quiet hours; None removes them."""
    begin, end, zone = quiet or (None, None, "")
    _store(userid, {"quiet_from": begin, "quiet_to": end, "quiet_zone": zone})


def shows_text(userid: str) -> bool:
    """Whether the person wants pushes to show what messages say."""
    return Person.objects.filter(pk=userid, push_text=True).exists()


def set_shows_text(userid: str, shows: bool) -> None:
    _store(userid, {"push_text": shows})


def _store(userid: str, values: Mapping[str, object]) -> None:
    Person.objects.update_or_create(user_id=userid, defaults=values)
