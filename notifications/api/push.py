"""The API calls about people's own push devices and browser subscriptions."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.account_status import TOKENS
from accounts.api.errors import ApiError, invalid, not_found
from accounts.api.fields import TextField
from accounts.api.shapes import list_of, listed
from chat.api.base import ChatView
from notifications import pushing
from notifications.addresses import AddressRefused
from notifications.api.me import Zone
from notifications.models import PushDevice
from notifications.providers.devices import device_providers
from notifications.providers.web_push import URL_LENGTH, WebPush, public_key
from notifications.pushes import encrypted

NAME_LENGTH = 64


class PushKey(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="The `applicationServerKey` of a subscription.")


class Subscription(serializers.Serializer[Any]):
    """As the browser gives it; the rest of that is not needed."""

    endpoint = TextField(max_length=URL_LENGTH)


class NewDevice(serializers.Serializer[Any]):
    provider = serializers.ChoiceField(list(device_providers()), help_text="The service that wakes it.")
    token = TextField(
        max_length=pushing.TOKEN_LENGTH,
        help_text="By which the service knows it; of a browser, the `endpoint` of its subscription. Secret.",
    )
    app = TextField(
        max_length=200,
        required=False,
        default="",
        allow_blank=True,
        help_text="As the operator has configured it.",
    )
    language = serializers.RegexField(
        r"^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*)?$",
        max_length=35,
        required=False,
        default="",
        allow_blank=True,
        help_text="In which pushes are written, as zh-CN.",
    )
    time_zone = Zone(
        max_length=64,
        required=False,
        default="",
        allow_blank=True,
        help_text="Where it is: quiet hours are those there.",
    )
    key = TextField(
        max_length=43,
        required=False,
        default="",
        allow_blank=True,
        help_text="A public key of X25519 in base64url: what it is told is encrypted for it by HPKE.",
    )

    def validate_token(self, value: str) -> str:
        if not (value.isascii() and value.isprintable()) or " " in value:
            raise serializers.ValidationError("Not a token.")
        return value

    def validate_key(self, value: str) -> str:
        try:
            if value:
                encrypted(value, b"")
        except ValueError:
            raise serializers.ValidationError("Not a public key of X25519.") from None
        return value


class DeviceShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    provider = serializers.CharField()
    app = serializers.CharField()
    language = serializers.CharField()
    time_zone = serializers.CharField()
    encrypted = serializers.BooleanField(help_text="Whether it has a key.")
    pushed = serializers.IntegerField(allow_null=True, help_text="When it was woken last; null: never.")
    failures = serializers.IntegerField(help_text="How often in a row it could not be reached.")

    class Meta:
        ref_name = "PushDevice"


class PushView(ChatView):
    def as_error(self, failed: Exception) -> ApiError | None:
        if isinstance(failed, AddressRefused):
            return invalid(self.token_field, f"{failed}.")
        return super().as_error(failed)

    token_field = "token"

    @property
    def login(self) -> str:
        """The login with which the device is removed; empty for a backend, which has none."""
        return "" if self.key else self.somebody.session or TOKENS


class Push(ChatView):
    @extend_schema(responses=PushKey)
    def get(self, request: Request) -> Response:
        """What a browser needs to subscribe."""
        return Response({"key": public_key()})


class Subscriptions(PushView):
    token_field = "endpoint"

    @extend_schema(request=Subscription, responses={204: None})
    def put(self, request: Request) -> Response:
        """Wake this browser when there are messages that have reached no device of the person who calls."""
        url = self.valid_body(Subscription)["endpoint"]
        host = WebPush().host_for("", url)
        name = pushing.digest_of(WebPush.name, "", url)
        pushing.register(self.userid, name, pushing.NewDevice(WebPush.name, url, host, login=self.login))
        return Response(status=204)

    @extend_schema(request=Subscription, responses={204: None})
    def delete(self, request: Request) -> Response:
        """Wake it no more."""
        url = self.valid_body(Subscription)["endpoint"]
        pushing.unregister(self.userid, digest=pushing.digest_of(WebPush.name, "", url))
        return Response(status=204)


class Devices(ChatView):
    @extend_schema(responses=list_of(DeviceShape))
    def get(self, request: Request) -> Response:
        """One's own devices that are woken, without their tokens."""
        mine = PushDevice.objects.filter(user=self.userid).order_by("pk")
        return Response(listed(map(_representation, mine)))


class OneDevice(PushView):
    operation = "Device"

    @extend_schema(request=NewDevice, responses=DeviceShape)
    def put(self, request: Request, device: str) -> Response:
        """Wake this device when there are messages that have reached no device of the person who calls. It
        ends with the login, and when the service no longer knows it."""
        _require_name(device)
        new = self.valid_body(NewDevice)
        try:
            host = device_providers()[new["provider"]].host_for(new["app"], new["token"])
        except LookupError:
            raise invalid("app", "The operator has configured no such app for this provider.") from None
        made = pushing.register(self.userid, device, pushing.NewDevice(**new, host=host, login=self.login))
        return Response(_representation(made))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, device: str) -> Response:
        """Wake it no more."""
        _require_name(device)
        pushing.unregister(self.userid, name=device)
        return Response(status=204)


def _require_name(name: str) -> None:
    if not (0 < len(name) <= NAME_LENGTH and name.isprintable()):
        raise not_found("There is no such device.")


def _representation(device: PushDevice) -> dict[str, Any]:
    return {
        "id": device.name,
        "provider": device.provider,
        "app": device.app,
        "language": device.language,
        "time_zone": device.time_zone,
        "encrypted": bool(device.key),
        "pushed": int(device.pushed_at) or None,
        "failures": device.failures,
    }
