"""The calls about Web Push."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import ApiError, invalid
from accounts.api.fields import Text
from chat.api.base import ChatView
from notifications import pushing
from notifications.addresses import AddressRefused
from notifications.providers.web_push import public_key


class PushKey(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="The `applicationServerKey` of a subscription.")


class Subscription(serializers.Serializer[Any]):
    """As the browser gives it; the rest of that is not needed."""

    endpoint = Text(max_length=pushing.URL_LENGTH)


class Push(ChatView):
    @extend_schema(responses=PushKey)
    def get(self, request: Request) -> Response:
        """What a browser needs to subscribe."""
        return Response({"key": public_key()})


class Subscriptions(ChatView):
    def as_error(self, failed: Exception) -> ApiError | None:
        return (
            invalid("endpoint", f"{failed}.")
            if isinstance(failed, AddressRefused)
            else super().as_error(failed)
        )

    @extend_schema(request=Subscription, responses={204: None})
    def put(self, request: Request) -> Response:
        """Wake this browser when there are messages that have reached no device of the person who calls."""
        pushing.subscribe(self.userid, self.given(Subscription)["endpoint"])
        return Response(status=204)

    @extend_schema(request=Subscription, responses={204: None})
    def delete(self, request: Request) -> Response:
        """Wake it no more."""
        pushing.unsubscribe(self.userid, self.given(Subscription)["endpoint"])
        return Response(status=204)
