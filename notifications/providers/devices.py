"""The common part of providers for devices: registered devices, the operator's configuration of apps, and
access tokens of services."""

import asyncio
import time
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import msgspec
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Count, F
from msgspec import Struct

from notifications.addresses import host_port_of, own_lane
from notifications.client import Client
from notifications.exchange import EndpointAnswer, OutgoingRequest
from notifications.models import Delivery, PushDevice
from notifications.providers import NoticeTarget, Provider, Verdict, all_providers
from notifications.pushes import Push, pushes_for, truncate_text

# The service keeps a push this long for a device that is off.
TTL_SECONDS = 24 * 3600
# The minimal time between two pushes to a device.
REST_SECONDS = 1.0
# A device is removed after this many failed notices in a row.
MAX_FAILURES = 10
# If a service reports more devices in a row as gone, the fault is assumed to be the service's: these devices
# are kept, and count as not reached.
MAX_GONE_IN_A_ROW = 50
# An access token is replaced this long before it expires.
_RENEW_BEFORE_SECONDS = 300.0
# The minimal time between two fetches of a token, whatever its lifetime.
_MIN_TOKEN_SECONDS = 60.0


class KeyFile(str):
    """The content of a file that the configuration names."""


class App(Struct, forbid_unknown_fields=True, kw_only=True):
    """The operator's configuration of an app. `url`: the URL of the provider's service."""

    url: str


class DeviceProvider(Provider):
    """`app_type`: the type of its apps' configuration; None: it needs none."""

    people = PushDevice._meta.db_table
    is_by_conversation = True
    app_type: ClassVar[type[App] | None] = None
    _gone_in_a_row = 0

    def apps(self) -> Mapping[str, Any]:
        """Return the configured apps by their ids."""
        return configured_apps().get(self.name, {})

    def host_for(self, app: str, token: str) -> str:
        """Return the host that reaches the device. Raises LookupError if the app is not configured."""
        return host_port_of(self.apps()[app].url).netloc

    def is_used(self) -> bool:
        return bool(self.apps()) and self._devices().exists()

    def targets(self, userids: Collection[str]) -> Iterator[NoticeTarget]:
        for device in self._devices().filter(user__in=userids):
            yield NoticeTarget(
                device.pk, device.user_id, lane_of(device), device.time_zone, device.pushed_at + REST_SECONDS
            )

    def requests(self, deliveries: Sequence[Delivery]) -> Mapping[int, OutgoingRequest | None]:
        apps = self.apps()
        ids = {delivery.target_id for delivery in deliveries}
        devices = self._devices().filter(app__in=apps).in_bulk(ids)
        pushes = pushes_for([delivery for delivery in deliveries if delivery.target_id in devices], devices)
        return {
            id_: self.request(apps[push.device.app], push)._replace(hidden=push.device.token)
            for id_, push in pushes.items()
        }

    def request(self, app: Any, push: Push) -> OutgoingRequest:
        raise NotImplementedError

    def on_answer(self, answer: EndpointAnswer) -> None:
        if self.is_gone(answer):
            self._gone_in_a_row += 1
        elif answer.is_good:
            self._gone_in_a_row = 0

    def judge(self, answer: EndpointAnswer) -> Verdict:
        if self.is_gone(answer):
            return Verdict.GONE if self._gone_in_a_row <= MAX_GONE_IN_A_ROW else Verdict.AGAIN
        return Verdict.ARRIVED if answer.is_good and not self.reason(answer) else Verdict.AGAIN

    def is_gone(self, answer: EndpointAnswer) -> bool:
        """Whether the service reports that the device no longer exists."""
        raise NotImplementedError

    def reason(self, answer: EndpointAnswer) -> str:
        """Return the problem in the service's words; empty if there is none."""
        return "" if answer.is_good else f"answered {answer.status}"

    def concerns_host(self, answer: EndpointAnswer) -> bool:
        # Rejected credentials concern all devices.
        refused = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
        return answer.status in refused or super().concerns_host(answer)

    def mark_reached(self, ids: Collection[int]) -> None:
        self._devices().filter(pk__in=ids).update(failures=0, has_answered=True, pushed_at=time.time())

    def mark_missed(self, ids: Collection[int]) -> None:
        devices = self._devices().filter(pk__in=ids)
        devices.filter(failures__gte=MAX_FAILURES - 1).delete()
        devices.update(failures=F("failures") + 1)

    def remove_targets(self, ids: Collection[int]) -> None:
        self._devices().filter(pk__in=ids).delete()

    def erase(self, userid: str) -> None:
        self._devices().filter(user=userid).delete()

    def known_hosts(self, limit: int) -> list[tuple[str, int]]:
        known = self._devices().filter(has_answered=True, failures=0)
        counted = known.values_list("host").annotate(people=Count("user", distinct=True))
        return list(counted.order_by("-people")[:limit])

    def _devices(self) -> Any:
        return PushDevice.objects.filter(provider=self.name)


class AccessToken(NamedTuple):
    text: str
    seconds: float


class TokenProvider(DeviceProvider):
    """A provider whose requests need an access token of limited lifetime from the service."""

    def __init__(self) -> None:
        self._tokens: dict[str, tuple[str, float]] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def fetch_token(self, app: Any, client: Client) -> AccessToken:
        """Fetch a new access token. Raises RequestFailed."""
        raise NotImplementedError

    def headers(self, token: str) -> Sequence[tuple[str, str]]:
        return [("Authorization", f"Bearer {token}")]

    def is_expired(self, answer: EndpointAnswer) -> bool:
        """Whether the service refuses the access token."""
        return answer.status == HTTPStatus.UNAUTHORIZED

    async def authorized(self, request: OutgoingRequest, client: Client) -> OutgoingRequest:
        # One fetch at a time: services limit how often tokens are fetched.
        async with self._locks[request.account]:
            text, until = self._tokens.get(request.account, ("", 0.0))
            if time.monotonic() >= until:
                text, seconds = await self.fetch_token(self.apps()[request.account], client)
                until = time.monotonic() + max(
                    seconds - _RENEW_BEFORE_SECONDS, seconds / 2, _MIN_TOKEN_SECONDS
                )
                self._tokens[request.account] = text, until
        return request._replace(headers=[*request.headers, *self.headers(text)])

    def on_answer(self, answer: EndpointAnswer) -> None:
        super().on_answer(answer)
        if self.is_expired(answer):
            self._tokens.clear()

    def judge(self, answer: EndpointAnswer) -> Verdict:
        return Verdict.AGAIN if self.is_expired(answer) else super().judge(answer)


def lane_of(device: PushDevice) -> str:
    """Return the lane of the device's pushes: the lane of its host, or after a failure the person's own
    lane."""
    return own_lane(device.host, device.user_id) if device.failures else device.host


def device_providers() -> dict[str, DeviceProvider]:
    return {provider.name: provider for provider in all_providers() if isinstance(provider, DeviceProvider)}


def configured_apps() -> Mapping[str, Mapping[str, App]]:
    """Return the configured apps by provider and id. Raises ImproperlyConfigured."""
    return _read_push_apps(settings.IM66.push_apps) if settings.IM66.push_apps else {}


def parse_object(answer: EndpointAnswer) -> dict[str, Any]:
    """Parse the answer's body. Return an empty dictionary if it is not a JSON object."""
    try:
        content = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def truncate_with_ellipsis(text: str, max_length: int) -> str:
    """Cut the text to `max_length` characters, with an ellipsis at the cut."""
    return text if len(text) <= max_length else f"{truncate_text(text, max_length - 1)}…"


@cache
def _read_push_apps(path: str) -> Mapping[str, Mapping[str, App]]:
    types = {name: provider.app_type for name, provider in device_providers().items() if provider.app_type}
    folder = Path(path).parent

    def decode_key_file(type_: type, value: Any) -> Any:
        if type_ is KeyFile and isinstance(value, str):
            return KeyFile((folder / value).read_text())
        raise NotImplementedError

    try:
        config = tomllib.loads(Path(path).read_text())
        if unknown := set(config) - set(types):
            raise ValueError(f"no provider is called {min(unknown)}; there are {', '.join(types)}")
        return {
            name: msgspec.convert(apps, dict[str, types[name]], dec_hook=decode_key_file)  # type: ignore[valid-type]
            for name, apps in config.items()
        }
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"IM66_PUSH_APPS: {error}.") from error
