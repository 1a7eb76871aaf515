"""JPush of Aurora Mobile, which reaches phones of most makers in China.

See docs.jiguang.cn/jpush/server/push/rest_api_v3_push and http_status_code."""

import base64
import json
from typing import Any

from notifications.exchange import EndpointAnswer, OutgoingRequest
from notifications.providers import register
from notifications.providers.devices import TTL_SECONDS, App, DeviceProvider, parse_object
from notifications.pushes import Push

# The error code of an unknown registration id.
_NO_TARGET = 1011


class JpushApp(App, kw_only=True):
    """`is_production`: iOS devices are reached by Apple's production service, not by its sandbox."""

    app_key: str
    master_secret: str
    is_production: bool = True
    url: str = "https://api.jpush.cn"


class Jpush(DeviceProvider):
    name = "jpush"
    app_type = JpushApp

    def request(self, app: JpushApp, push: Push) -> OutgoingRequest:
        title, body = push.alert
        options = {"time_to_live": TTL_SECONDS, "apns_production": app.is_production}
        content: dict[str, Any] = {
            "platform": ["android", "ios"],
            "audience": {"registration_id": [push.device.token]},
            "options": {**options, "apns_collapse_id": push.collapse},
        }
        if push.is_removal:
            content["message"] = {"msg_content": "removed", "extras": push.data}
        else:
            android = {"title": title, "alert": body, "extras": push.data, "badge_set_num": push.badge}
            ios = {"alert": {"title": title, "body": body}, "badge": push.badge, "extras": push.data}
            ios |= {"sound": "default", "thread-id": push.collapse, "mutable-content": bool(push.device.key)}
            content["notification"] = {"android": android, "ios": ios}
        credentials = base64.b64encode(f"{app.app_key}:{app.master_secret}".encode()).decode()
        headers = [("Authorization", f"Basic {credentials}"), ("Content-Type", "application/json")]
        return OutgoingRequest("POST", f"{app.url}/v3/push", headers, json.dumps(content).encode())

    def is_gone(self, answer: EndpointAnswer) -> bool:
        return self._error(answer).get("code") == _NO_TARGET

    def reason(self, answer: EndpointAnswer) -> str:
        error = self._error(answer)
        return f"{error['code']} {error.get('message', '')}" if "code" in error else super().reason(answer)

    def _error(self, answer: EndpointAnswer) -> dict[str, Any]:
        error = parse_object(answer).get("error")
        return error if isinstance(error, dict) else {}


register(Jpush())
