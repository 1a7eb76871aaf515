"""Firebase Cloud Messaging, HTTP v1: Android, and iOS by way of Google.

See firebase.google.com/docs/reference/fcm/rest/v1 (projects.messages, ErrorCode) and
developers.google.com/identity/protocols/oauth2/service-account."""

import json
import time
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import msgspec

from notifications.client import Client, RequestFailed
from notifications.exchange import EndpointAnswer, OutgoingRequest
from notifications.providers import register
from notifications.providers.devices import (
    TTL_SECONDS,
    AccessToken,
    App,
    KeyFile,
    TokenProvider,
    parse_object,
)
from notifications.pushes import Push

_SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# UNREGISTERED: the app was uninstalled. SENDER_ID_MISMATCH: the token belongs to another project.
_GONE = {"UNREGISTERED", "SENDER_ID_MISMATCH"}


class _ServiceAccount(msgspec.Struct):
    project_id: str
    client_email: str
    private_key: str
    token_uri: str = "https://oauth2.googleapis.com/token"


class FcmApp(App, kw_only=True):
    """`credentials`: the file of a service account's key from Google."""

    credentials: KeyFile
    url: str = "https://fcm.googleapis.com"

    def account(self) -> _ServiceAccount:
        """Parse the credentials. Raises msgspec.DecodeError."""
        return msgspec.json.decode(self.credentials.encode(), type=_ServiceAccount)

    def __post_init__(self) -> None:
        try:
            self.account()
        except msgspec.DecodeError as error:
            raise ValueError(f"credentials: {error}") from None


class Fcm(TokenProvider):
    name = "fcm"
    app_type = FcmApp

    async def fetch_token(self, app: FcmApp, client: Client) -> AccessToken:
        import jwt

        account, now = app.account(), int(time.time())
        claims = {"iss": account.client_email, "scope": _SCOPE, "aud": account.token_uri}
        assertion = jwt.encode({**claims, "iat": now, "exp": now + 3600}, account.private_key, "RS256")
        form = urlencode({"grant_type": _GRANT, "assertion": assertion})
        headers = [("Content-Type", "application/x-www-form-urlencoded")]
        answer = await client.send(OutgoingRequest("POST", account.token_uri, headers, form.encode()))
        reply = parse_object(answer)
        if not answer.is_good or "access_token" not in reply:
            raise RequestFailed(f"no access token: {reply.get('error', answer.status)}")
        return AccessToken(str(reply["access_token"]), float(reply.get("expires_in", 3600)))

    def request(self, app: FcmApp, push: Push) -> OutgoingRequest:
        title, body = push.alert
        alert = {"title": title, "body": body}
        visible = {"alert": alert, "badge": push.badge, "sound": "default"}
        aps: dict[str, Any] = {"content-available": 1} if push.is_removal else visible
        message: dict[str, Any] = {
            "token": push.device.token,
            "data": push.data,
            "android": {"priority": "HIGH", "ttl": f"{TTL_SECONDS}s"},
            "apns": {"headers": {"apns-collapse-id": push.collapse}, "payload": {"aps": aps}},
        }
        # The app itself must handle encrypted pushes and removals, so they have no notification.
        if push.device.key:
            aps["mutable-content"] = 1
        elif not push.is_removal:
            tag = {"tag": push.collapse, "notification_count": push.badge}
            message |= {"notification": alert, "android": {**message["android"], "notification": tag}}
        url = f"{app.url}/v1/projects/{app.account().project_id}/messages:send"
        headers = [("Content-Type", "application/json")]
        return OutgoingRequest(
            "POST", url, headers, json.dumps({"message": message}).encode(), account=push.device.app
        )

    def is_gone(self, answer: EndpointAnswer) -> bool:
        return self.reason(answer) in _GONE or answer.status == HTTPStatus.NOT_FOUND

    def reason(self, answer: EndpointAnswer) -> str:
        error = parse_object(answer).get("error")
        if not isinstance(error, dict):
            return super().reason(answer)
        entries = error.get("details")
        details = (entry for entry in entries if isinstance(entry, dict)) if isinstance(entries, list) else ()
        return next(
            (str(detail["errorCode"]) for detail in details if "errorCode" in detail),
            str(error.get("status")),
        )


register(Fcm())
