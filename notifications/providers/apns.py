"""Apple Push Notification service: one HTTP/2 connection, authenticated by signed tokens.

See developer.apple.com/documentation/usernotifications: "Sending notification requests to APNs",
"Establishing a token-based connection to APNs", "Handling notification responses from APNs"."""

import json
import time
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from notifications.exchange import EndpointAnswer, OutgoingRequest
from notifications.providers import register
from notifications.providers.devices import TTL_SECONDS, App, DeviceProvider, KeyFile, parse_object
from notifications.pushes import Push

# Apple accepts a token for an hour, and a new one at most every 20 minutes.
_TOKEN_SECONDS = 2400
_GONE = {"BadDeviceToken", "DeviceTokenNotForTopic", "Unregistered", "ExpiredToken"}
# Reasons that concern one device only, whatever the status.
_OF_DEVICE = {"TooManyRequests"}


class ApnsApp(App, kw_only=True):
    """Its id is the topic, that is the bundle id. `key`: the file of the signing key from Apple. `url`:
    https://api.sandbox.push.apple.com for apps installed by Xcode."""

    key: KeyFile
    key_id: str
    team_id: str
    url: str = "https://api.push.apple.com"

    def __post_init__(self) -> None:
        try:
            _token(self.key, self.key_id, self.team_id, 0)
        except Exception:
            raise ValueError("key: not a key of APNs") from None


class Apns(DeviceProvider):
    name = "apns"
    app_type = ApnsApp

    def request(self, app: ApnsApp, push: Push) -> OutgoingRequest:
        title, body = push.alert
        aps: dict[str, Any] = {"content-available": 1}
        if not push.is_removal:
            alert = {"title": title, "body": body}
            aps = {"alert": alert, "badge": push.badge, "sound": "default", "thread-id": push.collapse}
            aps |= {"mutable-content": 1} if push.device.key else {}
        token = _token(app.key, app.key_id, app.team_id, int(time.time() // _TOKEN_SECONDS))
        headers = [
            ("authorization", f"bearer {token}"),
            ("apns-topic", push.device.app),
            ("apns-push-type", "background" if push.is_removal else "alert"),
            ("apns-priority", "5" if push.is_removal else "10"),
            ("apns-expiration", str(int(time.time()) + TTL_SECONDS)),
        ]
        if not push.is_removal:
            headers.append(("apns-collapse-id", push.collapse))
        url = f"{app.url}/3/device/{push.device.token}"
        return OutgoingRequest(
            "POST", url, headers, json.dumps({"aps": aps, **push.data}).encode(), is_http2=True
        )

    def is_gone(self, answer: EndpointAnswer) -> bool:
        return answer.status == HTTPStatus.GONE or self.reason(answer) in _GONE

    def reason(self, answer: EndpointAnswer) -> str:
        return str(parse_object(answer).get("reason") or super().reason(answer))

    def concerns_host(self, answer: EndpointAnswer) -> bool:
        return super().concerns_host(answer) and self.reason(answer) not in _OF_DEVICE


@lru_cache(100)
def _token(key: str, key_id: str, team_id: str, period: int) -> str:
    import jwt

    claims = {"iss": team_id, "iat": period * _TOKEN_SECONDS or int(time.time())}
    return jwt.encode(claims, key, "ES256", headers={"kid": key_id})


register(Apns())
