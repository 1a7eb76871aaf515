"""Mi Push of Xiaomi: phones with MIUI and HyperOS.

See dev.mi.com/xiaomihyperos/documentation/detail?pId=1559. The service reports invalid devices only to a
callback, so a device is removed only after too many failures."""

import json
from urllib.parse import urlencode

from notifications.exchange import EndpointAnswer, OutgoingRequest
from notifications.providers import register
from notifications.providers.devices import (
    TTL_SECONDS,
    App,
    DeviceProvider,
    parse_object,
    truncate_with_ellipsis,
)
from notifications.pushes import Push

MAX_TITLE, MAX_BODY = 49, 127


class XiaomiApp(App, kw_only=True):
    """Its id is the name of the Android package."""

    app_secret: str
    url: str = "https://api.xmpush.xiaomi.com"


class Xiaomi(DeviceProvider):
    name = "xiaomi"
    app_type = XiaomiApp

    def request(self, app: XiaomiApp, push: Push) -> OutgoingRequest:
        title, body = push.alert
        fields = {
            "registration_id": push.device.token,
            "restricted_package_name": push.device.app,
            "payload": json.dumps(push.data),
            "pass_through": int(push.is_removal),
            "title": truncate_with_ellipsis(title, MAX_TITLE),
            "description": truncate_with_ellipsis(body, MAX_BODY),
            "notify_type": -1,
            "notify_id": int(push.collapse[:7], 16),
            "time_to_live": TTL_SECONDS * 1000,
            "extra.notify_effect": 1,
        }
        headers = [
            ("Authorization", f"key={app.app_secret}"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ]
        return OutgoingRequest("POST", f"{app.url}/v3/message/regid", headers, urlencode(fields).encode())

    def is_gone(self, answer: EndpointAnswer) -> bool:
        return False

    def reason(self, answer: EndpointAnswer) -> str:
        reply = parse_object(answer)
        if reply.get("code", 0) != 0:
            return f"{reply['code']} {reply.get('description') or reply.get('reason', '')}"
        return super().reason(answer)


register(Xiaomi())
