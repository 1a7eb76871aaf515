"""Each event of webhooks has an example, and a simulator sends it."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from threading import Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from notifications.events import EVENTS
from notifications.models.endpoints import new_secret, secret_key
from notifications.providers.webhook import event_of
from notifications.samples import sample
from tests.support.schema import validator

SECRET = new_secret()


@pytest.mark.parametrize("event", EVENTS)
def test_sample_of_each_event_matches_the_schema(event: str) -> None:
    for with_text in (True, False):
        data = sample(event, with_text=with_text)
        validator("Webhook").validate(event_of(event, 1.0, data))
        if not with_text:
            assert {"content", "emoji", "custom", "reason"}.isdisjoint(data)


class _Receiver(BaseHTTPRequestHandler):
    """Verifies each request, unless `trusts` is set."""

    trusts = False
    failures = 0

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + body
        digest = base64.b64encode(hmac.digest(secret_key(SECRET), signed, hashlib.sha256)).decode()
        is_new = abs(time.time() - int(self.headers["webhook-timestamp"])) < 300
        is_known = f"v1,{digest}" in self.headers.get("webhook-signature", "").split()
        status = 204 if self.trusts or (is_new and is_known) else 401
        if type(self).failures and status == 204:
            type(self).failures -= 1
            status = 500
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr("im66.management.commands.simulate.PAUSE_SECONDS", 0.01)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Receiver) as server:
        Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def simulate(url: str, *options: str) -> list[str]:
    out = StringIO()
    try:
        call_command("simulate", url, f"--secret={SECRET}", *options, stdout=out)
    except CommandError as error:
        out.write(str(error))
    return out.getvalue().splitlines()


def test_simulate_passes_receiver_that_verifies_signatures(url: str) -> None:
    *lines, end = simulate(url, "--duplicates")
    assert all(line.startswith("ok") for line in lines)
    assert len(lines) == 2 * len(EVENTS) + 6
    assert end == "The receiver does as it should."


def test_simulate_fails_receiver_that_verifies_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Receiver, "trusts", True)
    *lines, end = simulate(url, "--event=message.created")
    failed = [line.split(": ")[0] for line in lines if line.startswith("FAIL")]
    forged = ["signed with another secret", "another body than signed"]
    forged += ["without a signature", "signed an hour ago"]
    assert failed == [f"FAIL {one}" for one in forged]
    assert end == "4 of these are not as they should be."


def test_simulate_repeats_event_until_it_is_accepted(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Receiver, "failures", 2)
    first, *_ = simulate(url, "--event=message.created", "--retries=2")
    assert first.startswith("ok   message.created, attempt 3: 204")


def test_simulate_explains_wrong_arguments() -> None:
    for url, secret in (("ftp://x", SECRET), ("http://127.0.0.1:1/", "whsec_x")):
        with pytest.raises(CommandError, match=r"whsec_|URL"):
            call_command("simulate", url, f"--secret={secret}")
    assert json.dumps(simulate("http://127.0.0.1:1/", "--event=message.created")[0]).count("not reached")
