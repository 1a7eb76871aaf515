"""The calls of the API, by the standard library, in threads."""

import asyncio
import gzip
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from im66_client.failure import Failure, disconnected

SECONDS = 15
UPLOAD_SECONDS = 600
# Between the attempts at a call with a key. A server that was killed gives the key free after a minute.
PAUSES = (0.5, 1, 2, 4, 8, 16, 32)


async def call(
    url: str,
    method: str,
    path: str,
    headers: Mapping[str, str],
    query: Mapping[str, Any] | None = None,
    body: Any = None,
    root: str = "/api/v1/",
    key: str | None = None,
) -> Any:
    """What the server answers; None if that is nothing. `key`: of a POST, which is then repeated until it is
    known to be done. Raises Failure."""
    parameters = {name: value for name, value in (query or {}).items() if value is not None}
    address = f"{url}{root}{path}" + (f"?{urlencode(parameters)}" if parameters else "")
    head, content = {**headers, "Accept-Encoding": "gzip"}, None
    if key is not None:
        head["Idempotency-Key"] = key
    if body is not None:
        head["Content-Type"], content = "application/json", json.dumps(body).encode()
    request = urllib.request.Request(address, content, head, method=method)
    for pause in () if key is None else PAUSES:
        try:
            return await asyncio.to_thread(_ask, request, SECONDS)
        except Failure as failure:
            if failure.name not in ("disconnected", "try_again") and failure.why != "key_running":
                raise
        await asyncio.sleep(pause)
    return await asyncio.to_thread(_ask, request, SECONDS)


async def upload(url: str, headers: Mapping[str, str], content: bytes, name: str) -> Any:
    """Upload a picture, a voice message or a video. Raises Failure."""
    boundary = secrets.token_hex(16)
    file_name = name.replace("\\", "").replace('"', "").replace("\r", "").replace("\n", "")
    begin = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"\r\n\r\n'
    body = begin.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    head = {**headers, "Content-Type": f"multipart/form-data; boundary={boundary}"}
    request = urllib.request.Request(f"{url}/api/v1/uploads", body, head, method="POST")
    return await asyncio.to_thread(_ask, request, UPLOAD_SECONDS)


def _ask(request: urllib.request.Request, seconds: float) -> Any:
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            return _parsed(_content(answer))
    except urllib.error.HTTPError as answer:
        raise _failure(answer.code, _content(answer), answer.headers.get("Retry-After")) from None
    except OSError:
        raise disconnected() from None


def _content(answer: Any) -> bytes:
    content: bytes = answer.read()
    return gzip.decompress(content) if answer.headers.get("Content-Encoding") == "gzip" else content


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        # Something on the way has answered with a page of its own.
        raise Failure("try_again", "The server has failed.") from None


def _failure(status: int, content: bytes, retry: str | None) -> Failure:
    try:
        error = json.loads(content)["error"]
    except (ValueError, KeyError, TypeError):
        error = {"name": "try_again", "reason": "The server has failed.", "code": status}
    seconds = float(retry) if retry and retry.isdigit() else 0
    return Failure(**{"retry": seconds, **error})
