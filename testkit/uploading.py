"""Uploads and fetches files like clients."""

import base64
import http.client
import json
import time
import uuid
from typing import NamedTuple
from urllib.parse import urlsplit

from testkit.server import Server

MAX_RESPONSE_SECONDS = 60.0


class UploadReply(NamedTuple):
    """The reply of an upload call."""

    code: int
    message: str
    data: str


class Fetched(NamedTuple):
    """The response to a GET."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


def form(content: bytes, *, field: str = "file", filename: str = "recording.bin") -> tuple[bytes, str]:
    """Return a multipart body with one file, and its content type."""
    boundary = uuid.uuid4().hex
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="{filename}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def upload(server: Server, path: str, content: bytes, **options: str) -> UploadReply:
    """Send a file to an upload call."""
    return upload_from("", server, path, content, **options)


def upload_from(address: str, server: Server, path: str, content: bytes, **options: str) -> UploadReply:
    """Send a file to an upload call from another address of this machine."""
    body, content_type = form(content, **options)
    host = f"127.0.0.1:{server.port}"
    fetched = _request(host, "POST", path, body, {"Content-Type": content_type}, address)
    assert fetched.status == 200
    assert fetched.headers["Content-Type"].startswith("application/json")
    return UploadReply(**json.loads(fetched.body))


def fetch(url: str, method: str = "GET", **headers: str) -> Fetched:
    """Return the response from a URL. `_` in the name of a header stands for `-`."""
    parts = urlsplit(url)
    return _request(
        parts.netloc,
        method,
        parts.path,
        None,
        {key.replace("_", "-"): value for key, value in headers.items()},
    )


def request(
    server: Server, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> Fetched:
    return _request(f"127.0.0.1:{server.port}", method, path, body, headers or {})


def _request(
    host: str, method: str, path: str, body: bytes | None, headers: dict[str, str], address: str = ""
) -> Fetched:
    connection = http.client.HTTPConnection(host, timeout=MAX_RESPONSE_SECONDS, source_address=(address, 0))
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return Fetched(response.status, response.headers, response.read())
    finally:
        connection.close()


def as_android_reads(url: str) -> str:
    """Return the length or size that Android reads: the text between the URL's first `-` and the next `.`."""
    return url[url.index("-") + 1 :].partition(".")[0]


def as_ios_reads_length(url: str) -> int:
    """Return the length of a voice message in seconds that the iOS app reads."""
    return int(url.removesuffix(".mp3").rpartition("-")[2])


def poster_of(url: str) -> str:
    """Return the URL at which both apps expect a video's poster."""
    return url.replace(".mp4", ".jpg").replace(".mov", ".jpg")


def send_file(server: Server, authorization: str, name: str, content: bytes, **headers: str) -> str:
    """Send a file of any type in two pieces, and return its permanent address."""
    headers = {"Authorization": authorization, "Tus-Resumable": "1.0.0", **headers}
    path = send_pieces(server, headers, name, content)
    while (answer := request(server, "GET", path, None, headers)).status == 202:  # its preview is being made
        time.sleep(0.1)
    return str(json.loads(answer.body)["url"])


def send_pieces(server: Server, headers: dict[str, str], name: str, content: bytes) -> str:
    """Send a file in two pieces, and return the upload's path. `headers` are sent with each request."""
    metadata = {"Upload-Metadata": f"filename {base64.b64encode(name.encode()).decode()}"}
    begun = request(
        server,
        "POST",
        "/api/v1/uploads/files",
        b"",
        {**headers, **metadata, "Upload-Length": str(len(content))},
    )
    assert begun.status == 201, begun.body
    path = urlsplit(begun.headers["Location"]).path
    half = len(content) // 2
    for offset, piece in ((0, content[:half]), (half, content[half:])):
        headers = {**headers, "Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}
        assert request(server, "PATCH", path, piece, headers).status == 204
    return path
