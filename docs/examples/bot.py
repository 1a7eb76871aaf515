"""python bot.py 8000 whsec_… https://chat.example/hooks/ <secret>: answers `!roll` in its group."""

import base64
import hashlib
import hmac
import json
import random
import sys
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

port, secret = int(sys.argv[1]), base64.b64decode(sys.argv[2].removeprefix("whsec_"))
hook, token = sys.argv[3:]


class BotHandler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + body
        mac = "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
        is_recent = abs(time.time() - int(self.headers["webhook-timestamp"])) < 300
        signatures = self.headers["webhook-signature"].split()
        is_ours = any(hmac.compare_digest(mac, one) for one in signatures) and is_recent
        message = json.loads(body)["data"]
        if is_ours and message.get("content") == "!roll":
            # The cid: a message that arrives twice is answered once.
            answer = {"text": f"{message['from']} rolls {random.randint(1, 6)}", "cid": str(message["id"])}
            head = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
            urllib.request.urlopen(urllib.request.Request(hook, json.dumps(answer).encode(), head), timeout=9)
        self.send_response(204 if is_ours else 401)
        self.end_headers()


HTTPServer(("", port), BotHandler).serve_forever()
