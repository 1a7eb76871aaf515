"""The header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07): a POST with the same key is
executed once, and its response is repeated."""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.utils.encoding import force_bytes
from rest_framework.request import Request

from accounts import keyed_calls
from accounts.api.errors import RETRY_SECONDS, ApiError, invalid
from accounts.codes import Name
from accounts.keyed_calls import AnswerLost, CallName, KeyedAnswer, OtherBody, Run, StillRunning

KEY = "Idempotency-Key"
MAX_KEY_CHARACTERS = 255
# A string of RFC 9651, without escapes; or the same without quotes.
_KEYS = re.compile(rf'("?)([\x21\x23-\x5b\x5d-\x7e]{{1,{MAX_KEY_CHARACTERS}}})\1')

Handler = Callable[..., Any]


def answer_once(view: Any, handler: Handler, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
    """Return the response of `handler`, or the stored response if the key was used before. Raises
    ApiError."""
    call = _call_name(view, request)
    begun = _begin(call)
    if isinstance(begun, KeyedAnswer):
        return _replayed(_decrypted(begun, call) if view.answers_secret else begun)
    try:
        with begun.noted():
            try:
                answer: HttpResponseBase = handler(request, *args, **kwargs)
            except Exception as failed:
                answer = view.handle_exception(failed)
    except BaseException:
        begun.forget()
        raise
    if _is_final(answer):
        stored = _answer_of(answer, view.get_renderers()[0])
        begun.keep(_encrypted(stored, call) if view.answers_secret else stored)
    else:
        begun.forget()
    return answer


def _call_name(view: Any, request: Request) -> CallName:
    match = _KEYS.fullmatch(request.headers[KEY].strip())
    if match is None:
        raise invalid(KEY, f"1 to {MAX_KEY_CHARACTERS} visible characters of ASCII without a backslash.")
    covered = [
        request._request.META["QUERY_STRING"],
        *(request.headers.get(name, "") for name in view.key_covers),
    ]
    body = "\0".join([*covered, ""]).encode() + request._request.body
    by = view.by or ""
    return CallName(f"{view.key} {by}", by, request._request.path_info, match[2], body)


def _begin(call: CallName) -> Run | KeyedAnswer:
    try:
        return keyed_calls.begin(call)
    except OtherBody:
        reason = f"{KEY}: Another body was sent with this key."
        raise ApiError(Name.CONFLICT, reason, {KEY: "Used."}, why="key_used", status=422) from None
    except StillRunning:
        reason = "The call with this key has not ended."
        raise ApiError(Name.CONFLICT, reason, retry=RETRY_SECONDS, why="key_running") from None
    except AnswerLost:
        raise _answer_lost() from None


def _answer_lost() -> ApiError:
    reason = "The call with this key was carried out, at least in part. Its answer is lost."
    return ApiError(Name.CONFLICT, reason, why="answer_lost")


def _is_final(answer: Any) -> bool:
    """Return whether the response is stored. After a server error or a rate limit, the call may be
    retried."""
    status = answer.status_code
    return bool(status < HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.TOO_MANY_REQUESTS)


def _answer_of(answer: Any, renderer: Any) -> KeyedAnswer:
    head = {**dict(answer.headers), "Content-Type": answer.content_type or renderer.media_type}
    return KeyedAnswer(answer.status_code, head, renderer.render(answer.data).decode())


def _encrypted(answer: KeyedAnswer, call: CallName) -> KeyedAnswer:
    """Encrypt the body, so that the database alone does not reveal the secret."""
    return answer._replace(body=_cipher(call).encrypt(answer.body.encode()).decode())


def _decrypted(answer: KeyedAnswer, call: CallName) -> KeyedAnswer:
    """Decrypt the body. Raises ApiError if the server's key has changed since."""
    from cryptography.fernet import InvalidToken

    try:
        return answer._replace(body=_cipher(call).decrypt(answer.body).decode())
    except InvalidToken:
        raise _answer_lost() from None


def _cipher(call: CallName) -> Any:
    # Imported here: few use it.
    from cryptography.fernet import Fernet, MultiFernet

    message = f"{call.digest}\0{call.key}".encode()
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    keys = [hmac.digest(force_bytes(secret), message, "sha256") for secret in secrets]
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in keys])


def _replayed(answer: KeyedAnswer) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status, headers=answer.head)
    if not answer.body:
        del response.headers["Content-Type"]
    return response


def takes_key(view: Any, request: Request) -> bool:
    return request.method == "POST" and view.takes_key and KEY in request.headers
