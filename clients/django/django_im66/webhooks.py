"""Webhooks, as Standard Webhooks says."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from django_im66 import conf, signals

MAX_AGE_SECONDS = 300
# Longer than the server tries again.
KNOWN_SECONDS = 2 * 24 * 3600


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Sends the signals of `django_im66.signals`. 401 for a signature that is wrong or old."""
    if not is_signed(request, conf.require("WEBHOOK_SECRET")):
        return HttpResponse("The signature is wrong.", status=401)
    try:
        event: dict[str, Any] = json.loads(request.body)
        type_, data = event["type"], event["data"]
    except (ValueError, KeyError, TypeError):
        return HttpResponse("This is no event.", status=400)
    _send_once(request.headers["webhook-id"], type_, data)
    return HttpResponse(status=204)


def is_signed(request: HttpRequest, secret: str) -> bool:
    """Whether the secret has signed the request, and not long ago."""
    id_, at = request.headers.get("webhook-id", ""), request.headers.get("webhook-timestamp", "")
    if not (id_ and at.isascii() and at.isdigit()) or abs(time.time() - int(at)) > MAX_AGE_SECONDS:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{id_}.{at}.".encode() + request.body
    right = b"v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
    signatures = request.headers.get("webhook-signature", "").encode().split()
    return sum(hmac.compare_digest(one, right) for one in signatures) > 0


def _send_once(id_: str, type_: str, data: Any) -> None:
    known = f"django_im66.{hashlib.sha256(id_.encode()).hexdigest()}"
    if not cache.add(known, True, KNOWN_SECONDS):
        return
    try:
        signals.send(type_, data, id_)
    except BaseException:
        cache.delete(known)
        raise
