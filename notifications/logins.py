"""Devices are woken no more when the login ends by which they were registered."""

from typing import Any

from django.dispatch import receiver

from accounts.account_status import EVERYTHING, Change
from accounts.signals import account_status_changed
from notifications.models import PushDevice
from notifications.pushing import forget


@receiver(account_status_changed)
def forget_devices(userid: str, change: Change, **_: Any) -> None:
    devices = PushDevice.objects.filter(user=userid)
    if change.ended and change.ended != EVERYTHING:
        devices = devices.filter(login=change.ended)
    if change.ended or change.banned:
        forget(devices)
