"""API calls about one's own account: its state, a copy of one's data, and its deletion."""

from collections.abc import Iterator
from copy import copy
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils.translation import get_language_from_request, gettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import logins
from accounts.account_status import second_of
from accounts.api.errors import ApiError, invalid, not_found
from accounts.api.fields import TextField
from accounts.api.logins import OwnView, require_oneself
from accounts.authentication import proving, second_factor
from accounts.authentication.proofs import BadToken, proof_in
from accounts.codes import Name
from accounts.limits import limits
from accounts.mailing import can_mail
from accounts.models import User
from keeping.models import OwnExport
from keeping.own import deletion, exports
from keeping.own.errors import IS_NOT_READY
from notifications.api import me
from notifications.api.me import Zone

STATES = ["none", "waiting", "making", "done", "failed"]
FAILURES = ["", OwnExport.NO_SPACE, OwnExport.TOO_LARGE, OwnExport.ERROR]
_CHUNK = 256 * 1024


class Successor(serializers.Serializer[Any]):
    group = serializers.CharField()
    name = serializers.CharField()
    owner = serializers.CharField(help_text="The userid of who owns it then; empty: it is dissolved.")


class Deletion(serializers.Serializer[Any]):
    allowed = serializers.BooleanField()
    days = serializers.IntegerField(help_text="So long after it was asked for.")
    due = serializers.IntegerField(allow_null=True, help_text="A second since 1970; null: not asked for.")
    groups = Successor(many=True, help_text="Groups that only this person owns.")


class FactorsShape(serializers.Serializer[Any]):
    app = serializers.BooleanField(help_text="An app with codes.")
    passkeys = serializers.IntegerField()
    codes = serializers.IntegerField(help_text="Recovery codes that are left.")

    class Meta:
        ref_name = "Factors"


class Account(serializers.Serializer[Any]):
    email = serializers.CharField(help_text="Empty: none.")
    confirmed = serializers.BooleanField(help_text="Whether the person has confirmed the address.")
    password = serializers.BooleanField(help_text="Whether the person has one.")
    mail = serializers.BooleanField(help_text="Whether this server sends mail to people.")
    contact = serializers.CharField(help_text="Where people find help; empty: not said.")
    exports = serializers.BooleanField(help_text="Whether people may get a copy of their data.")
    factors = FactorsShape(allow_null=True, help_text="The second factors; null: this server has none.")
    deletion = Deletion()


class Export(serializers.Serializer[Any]):
    state = serializers.ChoiceField(STATES)
    asked = serializers.IntegerField(allow_null=True)
    expires = serializers.IntegerField(allow_null=True, help_text="When it is removed.")
    size = serializers.IntegerField(allow_null=True, help_text="In bytes.")
    failure = serializers.ChoiceField(
        FAILURES,
        help_text="Why it waits (`no_space`) or has failed: not enough space on the server, too large to be "
        "made there, or an error.",
    )


class ExportWish(serializers.Serializer[Any]):
    zone = Zone(required=False, max_length=64, help_text="Of the times on its pages; UTC if not given.")


class Proof(serializers.Serializer[Any]):
    password = TextField(required=False, allow_blank=True, max_length=4096)


class _Own(OwnView):
    """A view of one's own account."""


class MyAccount(_Own):
    @extend_schema(responses=Account)
    def get(self, request: Request) -> Response:
        """What one's own account is like, and what one may do with it."""
        user, ours = User.objects.get(pk=self.userid), settings.IM66
        factors = second_factor.factors_of(self.userid)
        return Response(
            {
                "email": user.email,
                "confirmed": bool(user.email) and user.email == user.confirmed_email,
                "password": user.has_usable_password(),
                "mail": can_mail(),
                "contact": ours.contact,
                "exports": ours.own_exports,
                "factors": factors and factors._asdict(),
                "deletion": _deletion(self.userid),
            }
        )


class MyExport(_Own):
    @extend_schema(responses=Export)
    def get(self, request: Request) -> Response:
        """How far the copy of one's data is."""
        return Response(_export(exports.current_export(self.userid)))

    @extend_schema(request=ExportWish, responses={202: Export})
    def post(self, request: Request) -> Response:
        """Have a copy of one's data made: a ZIP, once a day."""
        zone = self.valid_body(ExportWish).get("zone", "UTC")
        language = get_language_from_request(request._request)
        return Response(_export(exports.request_export(self.userid, language, zone)), status=202)


class MyExportFile(_Own):
    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request) -> HttpResponseBase:
        """The copy of one's data."""
        path = exports.file_of(self.userid)
        if path is None:
            raise not_found(gettext(IS_NOT_READY))
        return zip_response(path)


class MyDeletion(_Own):
    @extend_schema(responses=Deletion)
    def get(self, request: Request) -> Response:
        """Whether and when one's account will be deleted, and who owns one's groups then."""
        return Response(_deletion(self.userid))

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Keep the account."""
        deletion.cancel(self.userid)
        return Response(status=204)


class Me(me.OwnProfileWithQuietHours):
    @extend_schema(request=Proof, responses={202: Deletion})
    def delete(self, request: Request) -> Response:
        """Have one's account deleted after some days, in which one can sign in and keep it. The body has
        `password`; who has none must have signed in, or got the token, within ten minutes. All logins end."""
        require_oneself(self)
        self._require_proof(self.valid_body(Proof).get("password", ""))
        deletion.request_deletion(self.userid, get_language_from_request(request._request))
        return Response(_deletion(self.userid), status=202)

    def _require_proof(self, password: str) -> None:
        """Check the password, or that the login is fresh if the person has none. A wrong password counts as a
        failed login. Raises ApiError and TooFast."""
        user = User.objects.get(pk=self.userid)
        if not user.has_usable_password():
            if not self._is_fresh():
                reason = gettext("Sign in again first, and then come back within ten minutes.")
                raise ApiError(Name.NOT_ALLOWED, reason)
            return
        limits.current().logins.check_alone(self.userid)
        # With a copy, because django-axes stores its response, an HTML page, in the request.
        if authenticate(copy(self.request._request), username=self.userid, password=password) is None:
            raise invalid("password", gettext("This is not your password."))

    def _is_fresh(self) -> bool:
        if self.somebody.session:
            return logins.is_fresh(self.userid, self.somebody.session)
        try:
            proof = proof_in(self.request.headers.get("Authorization", ""), "")
            made_at = proving.prove_token(proof).made_at
        except BadToken:
            return False
        return datetime.now().timestamp() - made_at < logins.FRESH_SECONDS


def zip_response(path: Path) -> StreamingHttpResponse:
    """Return a response that streams the file and must not be cached."""
    response = StreamingHttpResponse(_read_chunks(path), content_type="application/zip")
    response.headers["Content-Length"] = str(path.stat().st_size)
    response.headers["Content-Disposition"] = 'attachment; filename="im66-data.zip"'
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _read_chunks(path: Path) -> Iterator[bytes]:
    offset = 0
    while chunk := _read_chunk(path, offset):
        offset += len(chunk)
        yield chunk


def _read_chunk(path: Path, offset: int) -> bytes:
    # The file is opened for each chunk, because a slow client must not keep it open.
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(_CHUNK)


def _export(export: OwnExport | None) -> dict[str, Any]:
    if export is None:
        return {"state": "none", "asked": None, "expires": None, "size": None, "failure": ""}
    expires = export.done_at + exports.EXPIRES_AFTER if export.done_at else None
    return {
        "state": export.state,
        "asked": second_of(export.asked_at),
        "expires": second_of(expires),
        "size": export.size if export.state == OwnExport.DONE else None,
        "failure": exports.failure_of(export),
    }


def _deletion(userid: str) -> dict[str, Any]:
    pending, ours = deletion.pending_deletion(userid), settings.IM66
    return {
        "allowed": ours.own_deletion,
        "days": ours.own_deletion_days,
        "due": second_of(pending.promised_at) if pending else None,
        "groups": [
            {"group": str(successor.group), "name": successor.name, "owner": successor.userid}
            for successor in deletion.successors(userid)
        ]
        if ours.own_deletion or pending
        else [],
    }
