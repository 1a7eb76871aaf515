"""Getui, which reaches phones of most makers in China.

See docs.getui.com/getui/server/rest_v2/: token, push, code."""

import json
import time
from hashlib import sha256
from typing import Any

from notifications.client import Client, RequestFailed
from notifications.exchange import EndpointAnswer, OutgoingRequest
from notifications.providers import register
from notifications.providers.devices import (
    TTL_SECONDS,
    AccessToken,
    App,
    TokenProvider,
    parse_object,
    truncate_with_ellipsis,
)
from notifications.pushes import Push

_TOKEN_EXPIRED, _INVALID = 10001, 20001
# The message of _INVALID if the device is the invalid part.
_NO_TARGET = "target user is invalid"
MAX_TITLE, MAX_BODY = 50, 256


class GetuiApp(App, kw_only=True):
    app_id: str
    app_key: str
    master_secret: str
    url: str = "https://restapi.getui.com"


class Getui(TokenProvider):
    name = "getui"
    app_type = GetuiApp

    async def fetch_token(self, app: GetuiApp, client: Client) -> AccessToken:
        timestamp = str(int(time.time() * 1000))
        sign = sha256(f"{app.app_key}{timestamp}{app.master_secret}".encode()).hexdigest()
        content = {"sign": sign, "timestamp": timestamp, "appkey": app.app_key}
        answer = await client.send(_post(f"{app.url}/v2/{app.app_id}/auth", content))
        data = parse_object(answer).get("data")
        if not isinstance(data, dict) or "token" not in data:
            raise RequestFailed(f"no access token: {self.reason(answer)}")
        return AccessToken(str(data["token"]), int(data["expire_time"]) / 1000 - time.time())

    def headers(self, token: str) -> list[tuple[str, str]]:
        return [("token", token)]

    def is_expired(self, answer: EndpointAnswer) -> bool:
        return parse_object(answer).get("code") == _TOKEN_EXPIRED

    def request(self, app: GetuiApp, push: Push) -> OutgoingRequest:
        title, body = (
            truncate_with_ellipsis(text, max_length)
            for text, max_length in zip(push.alert, (MAX_TITLE, MAX_BODY), strict=True)
        )
        payload = json.dumps(push.data)
        notification: dict[str, Any] = {
            "title": title,
            "body": body,
            "click_type": "payload",
            "payload": payload,
        }
        alert = {"alert": {"title": title, "body": body}, "sound": "default", "content-available": 0}
        content: dict[str, Any] = {
            # The same for each attempt, so that a retry shows nothing twice.
            "request_id": sha256(f"{push.device.pk} {push.message} {push.is_removal}".encode()).hexdigest()[
                :32
            ],
            "settings": {"ttl": TTL_SECONDS * 1000},
            "audience": {"cid": [push.device.token]},
            "push_message": {"transmission": payload},
        }
        if not push.is_removal:
            notify_id = int(push.collapse[:7], 16)
            content["push_message"] = {"notification": {**notification, "notify_id": notify_id}}
            android = {"ups": {"notification": {"title": title, "body": body, "click_type": "startapp"}}}
            ios = {"type": "notify", "payload": payload, "aps": alert, "auto_badge": str(push.badge)}
            content["push_channel"] = {"android": android, "ios": {**ios, "apns-collapse-id": push.collapse}}
        return _post(f"{app.url}/v2/{app.app_id}/push/single/cid", content, push.device.app)

    def is_gone(self, answer: EndpointAnswer) -> bool:
        reply = parse_object(answer)
        return reply.get("code") == _INVALID and _NO_TARGET in str(reply.get("msg"))

    def reason(self, answer: EndpointAnswer) -> str:
        reply = parse_object(answer)
        if reply.get("code", 0) != 0:
            return f"{reply['code']} {reply.get('msg', '')}"
        return super().reason(answer)


def _post(url: str, content: dict[str, Any], account: str = "") -> OutgoingRequest:
    headers = [("Content-Type", "application/json;charset=utf-8")]
    return OutgoingRequest("POST", url, headers, json.dumps(content).encode(), account=account)


register(Getui())
