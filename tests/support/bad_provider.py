"""An OpenID provider whose answers tests control: wrong, invalid, or missing."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT = "im66"
# The signature is not checked, because the token comes directly from the provider.
_SECRET = "k" * 32
_SECONDS = 60.0
_LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


class BadProvider:
    """A configurable OpenID provider, running inside the block.

    `claims` are added to the ID token; None removes a claim. `config` is added to the discovery document.
    `answers` replaces the answers of paths. The paths in `hangs` do not answer before `release`, and count in
    `hanging`. `key` signs logout tokens.
    """

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        self.answers: dict[str, bytes] = {}
        self.config: dict[str, Any] = {}
        self.hangs: set[str] = set()
        self.hanging = threading.Semaphore(0)
        self.key = rsa.generate_private_key(65537, 2048)
        self._released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer._wait(self.path)
                content = outer.answers.get(self.path) or json.dumps(outer._usual(self.path)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(content)

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()

    def release(self) -> None:
        self._released.set()

    def answer_to(self, start: str) -> str:
        """Return the path to which the provider redirects back, for the authorization URL `start`."""
        query = parse_qs(urlsplit(start).query)
        self.claims["nonce"] = query.get("nonce", [None])[0]
        return f"/login/openid/back/?code=1&state={query['state'][0]}"

    def logout_token(
        self, *, key: Any = None, algorithm: str = "RS256", header: Any = None, **claims: Any
    ) -> str:
        """Return a valid logout token, changed by the arguments. None removes a claim."""
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": "1"}
        merged = {**usual, "events": {_LOGOUT: {}}, **claims}
        present = {name: value for name, value in merged.items() if value is not None}
        head = {"kid": "1", "typ": "logout+jwt"} | (header or {})
        # Signed by the layer below, because the library would refuse to sign such claims.
        signing = jwt.PyJWS()
        return signing.encode(json.dumps(present).encode(), self.key if key is None else key, algorithm, head)

    def _keys(self) -> dict[str, Any]:
        return {"keys": [RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True) | {"kid": "1"}]}

    def _wait(self, path: str) -> None:
        if path in self.hangs:
            self.hanging.release()
            self._released.wait(_SECONDS)

    def _usual(self, path: str) -> dict[str, Any]:
        if path == "/token":
            return {"access_token": "a", "token_type": "Bearer", "id_token": self._token()}
        if path == "/userinfo":
            return {}
        if path == "/keys":
            return self._keys()
        places = {"authorization": "auth", "token": "token", "userinfo": "userinfo"}
        results = {f"{name}_endpoint": f"{self.issuer}/{place}" for name, place in places.items()}
        return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys", **results, **self.config}

    def _token(self) -> str:
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 300}
        claims = {name: value for name, value in {**usual, **self.claims}.items() if value is not None}
        return jwt.encode(claims, _SECRET)
