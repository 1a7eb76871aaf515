"""Push Kit of Huawei: phones with Huawei Mobile Services.

See developer.huawei.com/consumer/en/doc/HMSCore-References: "https-send-api", and for access tokens "oauth2
client credentials"."""

import json
from typing import Any
from urllib.parse import urlencode

from notifications.client import Client, RequestFailed
from notifications.exchange import EndpointAnswer, OutgoingRequest
from notifications.providers import register
from notifications.providers.devices import TTL_SECONDS, AccessToken, App, TokenProvider, parse_object
from notifications.pushes import Push

_GOOD, _NO_TARGET = "80000000", "80300007"
_TOKEN_REFUSED = {"80200001", "80200003"}


class HuaweiApp(App, kw_only=True):
    """`token_url`: the URL that issues access tokens."""

    app_id: str
    client_secret: str
    url: str = "https://push-api.cloud.huawei.com"
    token_url: str = "https://oauth-login.cloud.huawei.com/oauth2/v3/token"


class Huawei(TokenProvider):
    name = "huawei"
    app_type = HuaweiApp

    async def fetch_token(self, app: HuaweiApp, client: Client) -> AccessToken:
        fields = {
            "grant_type": "client_credentials",
            "client_id": app.app_id,
            "client_secret": app.client_secret,
        }
        headers = [("Content-Type", "application/x-www-form-urlencoded")]
        answer = await client.send(
            OutgoingRequest("POST", app.token_url, headers, urlencode(fields).encode())
        )
        reply = parse_object(answer)
        if not answer.is_good or "access_token" not in reply:
            raise RequestFailed(f"no access token: {reply.get('error_description', answer.status)}")
        return AccessToken(str(reply["access_token"]), float(reply.get("expires_in", 3600)))

    def is_expired(self, answer: EndpointAnswer) -> bool:
        return super().is_expired(answer) or str(parse_object(answer).get("code")) in _TOKEN_REFUSED

    def request(self, app: HuaweiApp, push: Push) -> OutgoingRequest:
        title, body = push.alert
        message: dict[str, Any] = {
            "token": [push.device.token],
            "data": json.dumps(push.data),
            "android": {"urgency": "HIGH", "ttl": f"{TTL_SECONDS}s"},
        }
        if not push.is_removal and not push.device.key:
            notification = {
                "title": title,
                "body": body,
                "click_action": {"type": 3},
                "tag": push.collapse,
                "badge": {"set_num": push.badge},
            }
            message["android"]["notification"] = notification
        url = f"{app.url}/v1/{app.app_id}/messages:send"
        content = json.dumps({"validate_only": False, "message": message}).encode()
        return OutgoingRequest(
            "POST", url, [("Content-Type", "application/json")], content, account=push.device.app
        )

    def is_gone(self, answer: EndpointAnswer) -> bool:
        return parse_object(answer).get("code") == _NO_TARGET

    def reason(self, answer: EndpointAnswer) -> str:
        reply = parse_object(answer)
        if reply.get("code", _GOOD) != _GOOD:
            return f"{reply['code']} {reply.get('msg', '')}"
        return super().reason(answer)


register(Huawei())
