"""How a view of the API is described in the OpenAPI document."""

from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from accounts.legacy import ACTS_FOR

Direction = Literal["request", "response"]


class Fault(serializers.Serializer[Any]):
    code = serializers.IntegerField(help_text="The status code of HTTP.")
    name = serializers.CharField(help_text="What went wrong. Names stay.")
    reason = serializers.CharField(help_text="For people, in English.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.CharField(), required=False, help_text="What is wrong with each value."
    )


class Failed(serializers.Serializer[Any]):
    error = Fault()


class Described(AutoSchema):
    """With the error that every call may be answered, and whom a backend acts for."""

    def get_override_parameters(self) -> list[Any]:
        return [
            OpenApiParameter(
                ACTS_FOR, str, description="With an API key: the userid of the person to act for."
            )
        ]

    def get_operation_id(self) -> str:
        return f"{self.method.lower()}{type(self.view).__name__}"

    def get_auth(self) -> list[dict[str, list[str]]]:
        return [{name: []} for name in SECURITY]

    def _get_response_bodies(self, direction: Direction = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        describe = self._get_response_for_code
        bodies["default"] = describe(Failed, "default", direction=direction)  # type: ignore[no-untyped-call]
        return bodies


SECURITY = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "sessionid",
        "description": "A browser session, from a page of this server; changes need its CSRF token in "
        "`X-CSRFToken`.",
    },
    "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`Api-Key` and the key of a trusted backend.",
    },
    "userid": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "In open mode only: `Userid` and a userid, percent-encoded.",
    },
}
