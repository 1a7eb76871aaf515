"""The services of FCM, APNs, JPush, Getui, Huawei and Xiaomi, as their documents describe them, on loopback.

Each accepts the tokens `good…`, and reports `dead…` as gone. The accepted pushes are in `got`."""

import asyncio
import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, parse_qsl

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded

APP = "com.example.chat"
MAX_PAYLOAD = 4096


class Got(NamedTuple):
    """A push that a service has accepted."""

    provider: str
    token: str
    content: dict[str, Any]
    at: float


class Reply(NamedTuple):
    status: int
    content: dict[str, Any]
    headers: dict[str, str] = {}


def pem_of(key: Any) -> str:
    private = serialization.PrivateFormat.PKCS8
    text: bytes = key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption())
    return text.decode()


class PushServices:
    """`answers`: by provider, the answers that replace the normal ones. `tokens`: how often access tokens
    were fetched. `requests`: the number of pushes, accepted or not."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.requests = 0
        self.tokens = 0
        self.answers: dict[str, Callable[[], Reply]] = {}
        self.valid = {"first"}
        self.ports: dict[str, int] = {}
        self.google = rsa.generate_private_key(65537, 2048)
        self.apple = ec.generate_private_key(ec.SECP256R1())

    def of(self, provider: str) -> list[Got]:
        return [one for one in self.got if one.provider == provider]

    def configure(self, folder: Path) -> Path:
        """Write a configuration file of apps whose URLs are those of this server."""
        url = {provider: f"http://127.0.0.1:{port}" for provider, port in self.ports.items()}
        account = {
            "project_id": "project",
            "client_email": "im66@example.com",
            "token_uri": f"{url['fcm']}/google",
        }
        (folder / "google.json").write_text(json.dumps({**account, "private_key": pem_of(self.google)}))
        (folder / "apple.p8").write_text(pem_of(self.apple))
        file = folder / "push.toml"
        file.write_text(f"""
[fcm."{APP}"]
credentials = "google.json"
url = "{url["fcm"]}"
[apns."{APP}"]
key = "apple.p8"
key_id = "KEYID12345"
team_id = "TEAMID1234"
url = "{url["apns"]}"
[jpush."{APP}"]
app_key = "jpush-key"
master_secret = "jpush-secret"
url = "{url["jpush"]}"
[getui."{APP}"]
app_id = "getui-app"
app_key = "getui-key"
master_secret = "getui-secret"
url = "{url["getui"]}"
[huawei."{APP}"]
app_id = "huawei-app"
client_secret = "huawei-secret"
url = "{url["huawei"]}"
token_url = "{url["huawei"]}/huawei"
[xiaomi."{APP}"]
app_secret = "xiaomi-secret"
url = "{url["xiaomi"]}"
""")
        return file

    # What came, and what is answered.

    def on_post(self, path: str, headers: dict[str, str], body: bytes) -> Reply:
        if path in ("/google", "/huawei") or path.endswith("/auth"):
            return self._on_token(path, body)
        self.requests += 1
        provider, on_push = next(one for start, one in self._ROUTES.items() if path.startswith(start))
        if provider in self.answers:
            return self.answers[provider]()
        return on_push(self, headers, body)

    def _accept(self, provider: str, token: str, content: dict[str, Any]) -> bool:
        if token.startswith("good"):
            self.got.append(Got(provider, token, content, time.time()))
        return token.startswith("good")

    def _on_token(self, path: str, body: bytes) -> Reply:
        self.tokens += 1
        token = {"access_token": max(self.valid), "expires_in": 3600}
        if path == "/google":
            (assertion,) = parse_qs(body.decode())["assertion"]
            with suppress(jwt.InvalidTokenError):
                audience = f"http://127.0.0.1:{self.ports['fcm']}/google"
                claims = jwt.decode(assertion, self.google.public_key(), ["RS256"], audience=audience)
                assert claims["scope"].endswith("/auth/firebase.messaging")
                return Reply(200, token)
            return Reply(400, {"error": "invalid_grant"})
        if path == "/huawei":
            is_known = dict(parse_qsl(body.decode())).get("client_secret") == "huawei-secret"
            return Reply(200, token) if is_known else Reply(400, {"error_description": "wrong secret"})
        given = json.loads(body)
        signed = sha256(f"getui-key{given['timestamp']}getui-secret".encode()).hexdigest()
        if given["sign"] != signed:
            return Reply(401, {"code": 20001, "msg": "sign is invalid"})
        until = str(int((time.time() + 86400) * 1000))
        return Reply(200, {"code": 0, "data": {"token": max(self.valid), "expire_time": until}})

    def _is_bearer(self, headers: dict[str, str]) -> bool:
        return headers.get("authorization", "").removeprefix("Bearer ") in self.valid

    def _on_fcm(self, headers: dict[str, str], body: bytes) -> Reply:
        def refused(status: int, name: str, code: str = "") -> Reply:
            details = [{"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}]
            return Reply(
                status, {"error": {"code": status, "status": name, "details": details if code else []}}
            )

        message = json.loads(body)["message"]
        if not self._is_bearer(headers):
            return refused(401, "UNAUTHENTICATED")
        data = message.get("data", {})
        if any(not isinstance(value, str) or name in ("from", "gcm") for name, value in data.items()):
            return refused(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT")
        size = len(json.dumps([data, message.get("notification")], ensure_ascii=False).encode())
        if size > MAX_PAYLOAD:
            return refused(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT")
        if not self._accept("fcm", message["token"], message):
            return refused(404, "NOT_FOUND", "UNREGISTERED")
        return Reply(200, {"name": "projects/project/messages/1"})

    def _on_jpush(self, headers: dict[str, str], body: bytes) -> Reply:
        if base64.b64decode(headers["authorization"].removeprefix("Basic ")) != b"jpush-key:jpush-secret":
            return Reply(401, {"error": {"code": 1004, "message": "authen failed"}})
        content = json.loads(body)
        (token,) = content["audience"]["registration_id"]
        if not self._accept("jpush", token, content):
            return Reply(400, {"error": {"code": 1011, "message": "cannot find user by this audience"}})
        return Reply(200, {"sendno": "0", "msg_id": "1"})

    def _on_getui(self, headers: dict[str, str], body: bytes) -> Reply:
        if headers.get("token") not in self.valid:
            return Reply(401, {"code": 10001, "msg": "token invalid"})
        content = json.loads(body)
        assert 10 <= len(content["request_id"]) <= 32
        (token,) = content["audience"]["cid"]
        if not self._accept("getui", token, content):
            return Reply(400, {"code": 20001, "msg": "target user is invalid"})
        return Reply(200, {"code": 0, "msg": "", "data": {"task": {token: "successed_offline"}}})

    def _on_huawei(self, headers: dict[str, str], body: bytes) -> Reply:
        if not self._is_bearer(headers):
            return Reply(200, {"code": "80200003", "msg": "OAuth token expired"})
        message = json.loads(body)["message"]
        if not self._accept("huawei", message["token"][0], message):
            return Reply(200, {"code": "80300007", "msg": "All the tokens are invalid"})
        return Reply(200, {"code": "80000000", "msg": "Success", "requestId": "1"})

    def _on_xiaomi(self, headers: dict[str, str], body: bytes) -> Reply:
        if headers.get("authorization") != "key=xiaomi-secret":
            return Reply(401, {"result": "error", "code": 21301, "description": "no authority"})
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
        assert len(fields["title"]) < 50
        assert len(fields["description"]) < 128
        if not self._accept("xiaomi", fields["registration_id"], fields):
            return Reply(200, {"result": "error", "code": 20301, "reason": "No valid targets!"})
        return Reply(200, {"result": "ok", "code": 0, "data": {"id": "1"}})

    def on_apns(self, path: str, headers: dict[str, str], body: bytes) -> Reply:
        self.requests += 1
        if "apns" in self.answers:
            return self.answers["apns"]()
        try:
            proof = headers["authorization"].removeprefix("bearer ")
            claims = jwt.decode(proof, self.apple.public_key(), ["ES256"], options={"verify_iat": False})
        except jwt.InvalidTokenError:
            return Reply(403, {"reason": "InvalidProviderToken"})
        if claims["iat"] < time.time() - 3600:
            return Reply(403, {"reason": "ExpiredProviderToken"})
        if len(body) > MAX_PAYLOAD:
            return Reply(413, {"reason": "PayloadTooLarge"})
        token = path.rpartition("/")[2]
        if not self._accept("apns", token, {**json.loads(body), "headers": headers}):
            return Reply(410, {"reason": "Unregistered", "timestamp": 1})
        return Reply(200, {})

    _ROUTES: dict[str, tuple[str, Callable[["PushServices", dict[str, str], bytes], Reply]]] = {
        "/v1/projects/": ("fcm", _on_fcm),
        "/v3/push": ("jpush", _on_jpush),
        "/v2/getui-app/push": ("getui", _on_getui),
        "/v1/huawei-app/": ("huawei", _on_huawei),
        "/v3/message/regid": ("xiaomi", _on_xiaomi),
    }


@contextmanager
def push_services() -> Iterator[PushServices]:
    services = PushServices()
    with ExitStack() as stack:
        for provider, _ in services._ROUTES.values():
            services.ports[provider] = stack.enter_context(_http(services))
        services.ports["apns"] = stack.enter_context(_http2(services))
        yield services


@contextmanager
def _http(services: PushServices) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = services.on_post(self.path, headers, body)
            content = json.dumps(reply.content).encode()
            with suppress(OSError):
                self.send_response(reply.status)
                for name, value in {**reply.headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def _http2(services: PushServices) -> Iterator[int]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    started = asyncio.run_coroutine_threadsafe(_listen(services), loop)
    server = started.result(10)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:

        async def end() -> None:
            server.close()
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _listen(services: PushServices) -> asyncio.Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        connection.initiate_connection()
        writer.write(connection.data_to_send())
        requests: dict[int, tuple[dict[str, str], bytearray]] = {}
        with suppress(OSError):
            while data := await reader.read(65536):
                for event in connection.receive_data(data):
                    if isinstance(event, RequestReceived):
                        requests[event.stream_id] = dict(event.headers), bytearray()  # type: ignore[arg-type]
                    elif isinstance(event, DataReceived):
                        requests[event.stream_id][1].extend(event.data)
                        connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    elif isinstance(event, StreamEnded):
                        headers, body = requests.pop(event.stream_id)
                        reply = services.on_apns(headers[":path"], headers, bytes(body))
                        content = json.dumps(reply.content).encode()
                        connection.send_headers(
                            event.stream_id, [(":status", str(reply.status)), *reply.headers.items()]
                        )
                        connection.send_data(event.stream_id, content, end_stream=True)
                writer.write(connection.data_to_send())
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0)
