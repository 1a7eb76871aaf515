"""`manage.py pushtest`: sends a test push to a person's devices and prints the services' answers."""

import asyncio
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext, override

from notifications.client import Client, RequestFailed
from notifications.exchange import OutgoingRequest
from notifications.models import PushDevice
from notifications.providers import Verdict
from notifications.providers.devices import DeviceProvider, device_providers
from notifications.providers.web_push import WebPush
from notifications.providers.web_push import request_for as browser_request
from notifications.pushes import Push, language_of
from notifications.sending.push_queue import without_token


class Command(BaseCommand):
    help = "Send a test push to each device of a person, and show what the services answer."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("userid")
        parser.add_argument("--device", help="only the device of this id")

    def handle(self, *args: Any, **options: Any) -> None:
        devices = PushDevice.objects.filter(user=options["userid"]).order_by("pk")
        if options["device"]:
            devices = devices.filter(name=options["device"])
        if not devices:
            raise CommandError("No such device is registered. Devices register by PUT me/push-devices/<id>.")
        results = asyncio.run(_send_all([(device, *_test_push(device)) for device in devices]))
        for device, result in zip(devices, results, strict=True):
            self.stdout.write(f"{device.name} ({device.provider}): {result or 'accepted'}")
        if failed := sum(bool(result) for result in results):
            raise CommandError(f"{failed} of {len(results)} devices were not reached.")


def _test_push(device: PushDevice) -> tuple[DeviceProvider | None, OutgoingRequest | None]:
    """Return the device's provider and a request; None for an app that is no longer configured."""
    provider = device_providers().get(device.provider)
    if isinstance(provider, WebPush):
        return provider, browser_request(device)
    app = provider.apps().get(device.app) if provider else None
    if provider is None or app is None:
        return provider, None
    with override(language_of(device)):
        push = Push(device, f"u:{device.user_id}", 0, "im66", gettext("This is a test."))
    return provider, provider.request(app, push)


async def _send_all(
    pushes: Sequence[tuple[PushDevice, DeviceProvider | None, OutgoingRequest | None]],
) -> list[str]:
    client = Client()
    try:
        return [await _send(client, provider, request) for _, provider, request in pushes]
    finally:
        client.close()


async def _send(client: Client, provider: DeviceProvider | None, request: OutgoingRequest | None) -> str:
    """Send the request. Return the error; empty if the service has accepted it."""
    if provider is None or request is None:
        return "IM66_PUSH_APPS has no such app"
    try:
        answer = await client.send(await provider.authorized(request, client))
    except RequestFailed as failed:
        return str(failed)
    return (
        "" if provider.judge(answer) is Verdict.ARRIVED else without_token(provider.reason(answer), request)
    )
