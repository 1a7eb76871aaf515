"""The API calls by which a signed-in person signs another browser in, by the code that it shows."""

from typing import Any

from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import sign_in_codes
from accounts.api.errors import ApiError, not_found
from accounts.api.fields import TextField
from accounts.api.logins import OwnView, parse_agent

_MAX_CODE_CHARACTERS = 100


class Code(serializers.Serializer[Any]):
    code = TextField(
        max_length=_MAX_CODE_CHARACTERS, help_text="What follows `#` in the address that the browser shows."
    )

    class Meta:
        ref_name = "SignInCode"


class Asking(serializers.Serializer[Any]):
    browser = serializers.CharField(help_text="As people call it; empty: not known.")
    system = serializers.CharField(help_text="Likewise.")
    address = serializers.CharField(help_text="As far as the server keeps it; empty: it does not.")
    near = serializers.BooleanField(
        allow_null=True, help_text="Whether it is in the network of the caller; null: not known."
    )
    time = serializers.IntegerField(help_text="When it began to ask.")
    until = serializers.IntegerField(help_text="When the code expires.")

    class Meta:
        ref_name = "AskingBrowser"


class CodeView(OwnView):
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not sign_in_codes.are_on():
            raise not_found(gettext("This server has no sign-in by a code."))

    def as_error(self, failed: Exception) -> ApiError | None:
        if isinstance(failed, sign_in_codes.CodeGone):
            return not_found(gettext("This code has expired. Scan the new one."))
        return super().as_error(failed)

    @property
    def code(self) -> str:
        return str(self.valid_body(Code)["code"])


class LoginCode(CodeView):
    @extend_schema(request=Code, responses=Asking)
    def post(self, request: Request) -> Response:
        """Which browser shows the code, to be said to the person before they confirm or refuse."""
        asking = sign_in_codes.inspect(self.code, request._request)
        agent = parse_agent(asking.agent)
        return Response(
            {
                "browser": agent.browser,
                "system": agent.system,
                "address": asking.address,
                "near": asking.is_near,
                "time": int(asking.begun_at.timestamp()),
                "until": int(asking.expires_at.timestamp()),
            }
        )


class LoginCodeConfirmed(CodeView):
    @extend_schema(request=Code, responses={204: None})
    def post(self, request: Request) -> Response:
        """The browser signs in as the caller. Somebody with a second factor shows it there."""
        sign_in_codes.confirm(self.code, self.userid)
        return Response(status=204)


class LoginCodeRefused(CodeView):
    @extend_schema(request=Code, responses={204: None})
    def post(self, request: Request) -> Response:
        """The code lets nobody in any more."""
        sign_in_codes.refuse(self.code)
        return Response(status=204)
