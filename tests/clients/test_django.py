"""clients/django, in a project with users of its own, against a real server and in a real browser."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.async_api import Browser

from testkit.device import Device
from testkit.server import ROOT, Server
from testkit.services import free_port
from tests.support.tokens import IN_TOKEN_MODE, SECRET, token

pytestmark = pytest.mark.slow

SITE = Path(__file__).parent / "site"
SECONDS = 60.0
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ENDPOINT = """
from notifications.models import Endpoint
Endpoint.objects.create(name="shop", url={!r}, secret={!r}, events="message.created", with_text=True)
"""
MAKE = """
from customers.models import Customer
Customer.objects.create(number={0!r}, email={1!r} + "@example.com")
"""


class Shop(NamedTuple):
    """The project as it runs, and the chat server."""

    chat: Server
    port: int
    data: Path
    environment: dict[str, str]

    def run(self, *arguments: str) -> str:
        """What a command of the project prints. Raises CalledProcessError."""
        command = [sys.executable, str(SITE / "shop.py"), *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=SECONDS)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def python(self, code: str) -> str:
        return self.run(
            "shell", "--verbosity", "0", "--command", f"{code}\nfrom django_im66 import people; people.wait()"
        )

    def person(self, userid: str) -> dict[str, Any]:
        """What the key reads of somebody."""
        head = {"Authorization": f"Api-Key {self.environment['CHAT_KEY']}"}
        request = urllib.request.Request(f"{self.chat.http}/api/v1/users/{userid}", headers=head)
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            person: dict[str, Any] = json.load(answer)
        return person


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    port, data = free_port(), tmp_path_factory.mktemp("shop")
    address = f"http://127.0.0.1:{port}"
    settings = {"IM66_EMBED_ORIGINS": address, "IM66_WEBHOOK_PRIVATE": "true"}
    with Server(tmp_path_factory.mktemp("chat"), **IN_TOKEN_MODE, **settings) as chat:
        key = chat.manage("makeapikey", "shop", "--scope", "people").strip().splitlines()[-1]
        chat.run_python(ENDPOINT.format(f"{address}/im66/webhook", WEBHOOK_SECRET))
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("IM66_", "DJANGO"))},
            "PYTHONPATH": os.pathsep.join([str(SITE), str(ROOT / "clients" / "django")]),
            "SHOP_DATA": str(data),
            "CHAT": chat.http,
            "CHAT_SECRET": SECRET,
            "CHAT_KEY": key,
            "CHAT_WEBHOOK_SECRET": WEBHOOK_SECRET,
        }
        shop = Shop(chat, port, data, environment)
        shop.run("migrate", "--run-syncdb", "--verbosity", "0")
        command = [sys.executable, str(SITE / "shop.py"), "runserver", "--noreload", f"127.0.0.1:{port}"]
        with (data / "log.txt").open("wb") as log:
            serving = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
            try:
                _wait_for(f"{address}/im66/token")
                yield shop
            finally:
                serving.terminate()
                serving.wait(SECONDS)


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            urllib.request.urlopen(address, timeout=SECONDS)
        except urllib.error.HTTPError:
            return  # nobody is signed in
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


async def test_customers_chat_in_the_shops_page_and_the_shop_gets_events(
    shop: Shop, browser: Browser
) -> None:
    shop.python(MAKE.format("alice", "Alice"))
    shop.python(MAKE.format("bob", "Bob"))
    page = await (await browser.new_context(locale="en")).new_page()
    await page.goto(f"http://127.0.0.1:{shop.port}/for/alice")
    frame = page.frame_locator("iframe.im66-chat")
    async with Device(shop.chat.entry, "bob", token=token("bob")) as bob:
        await frame.get_by_role("textbox", name="Message").fill("Is it red?")
        await frame.get_by_role("button", name="Send", exact=True).click()
        while (event := await bob.event())["ev"] != "message":
            pass
    assert (event["from"], event["content"]) == ("alice", "Is it red?")
    data, deadline = shop.data / "heard.txt", time.monotonic() + SECONDS
    while not data.exists() or not data.read_text().endswith("\n"):
        assert time.monotonic() < deadline, (shop.data / "log.txt").read_text()
        await page.wait_for_timeout(50)
    assert data.read_text() == "alice u:bob Is it red?\n"
    await page.context.close()


def test_people_are_in_step_with_customers(shop: Shop) -> None:
    shop.python(MAKE.format("dora", "Dora"))
    assert shop.person("dora")["nickname"] == "Dora"
    change = "from customers.models import Customer; dora = Customer.objects.get(number='dora'); {}"
    shop.python(change.format("dora.email = 'Theodora@example.com'; dora.save()"))
    assert shop.person("dora")["nickname"] == "Theodora"
    # A login changes nothing that the server knows.
    logs_in = "from django_im66 import people; people.push = print; dora.save(update_fields=['{}'])"
    assert shop.python(change.format(logs_in.format("last_login"))) == ""
    assert shop.python(change.format(logs_in.format("email"))) == "Theodora@example.com\n"
    # Nothing tells of these.
    shop.python(change.format("Customer.objects.filter(pk=dora.pk).update(email='Thea@example.com')"))
    assert "1 changed" in shop.run("im66_sync", "--dry-run")
    assert shop.person("dora")["nickname"] == "Theodora"
    assert "1 changed" in shop.run("im66_sync")
    assert shop.person("dora")["nickname"] == "Thea"
    assert "changed" not in shop.run("im66_sync")
    shop.python(change.format("dora.delete()"))
    assert shop.person("dora")["banned"]


def test_unsigned_events_are_rejected(shop: Shop) -> None:
    body = b'{"type": "message.created", "data": {"from": "mallory", "to": "u:bob", "content": "x"}}'
    for signature in ("", "v1,AAAA", "v1,\xe4"):
        head = {"webhook-id": "1", "webhook-timestamp": str(int(time.time())), "webhook-signature": signature}
        request = urllib.request.Request(f"http://127.0.0.1:{shop.port}/im66/webhook", body, head)
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(request, timeout=SECONDS)
