"""Devices are woken by the services that reach them: what these are sent, and what their answers mean. The
services are fakes on loopback, built after their documents."""

import asyncio
import base64
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.utils import translation
from pytest_django import Settings

from accounts import logins
from accounts.services import end_sessions, set_account_status
from chat.services.own_list import mark_read, update_settings
from im66.doctor import push as doctor_push
from log.appending import Draft, append
from log.models import Group
from notifications import lease
from notifications.client import Client, RequestFailed
from notifications.exchange import EndpointAnswer, OutgoingRequest
from notifications.models import Delivery, PushDevice
from notifications.notices.due import store_due
from notifications.providers import Verdict
from notifications.providers.devices import MAX_FAILURES, configured_apps, device_providers
from notifications.pushing import set_shows_text
from notifications.sending import push_queue
from notifications.sending.push_queue import DuePush, PushOutcome
from tests.notifications.push_services import APP, PushServices, Reply, push_services
from tests.support.api import Api
from tests.support.groups import ALICE, BOB, CHARLIE
from tests.support.notices import HOLDER, catch_up, write
from tests.support.settings import override

pytestmark = pytest.mark.django_db(transaction=True)

PROVIDERS = ["fcm", "apns", "jpush", "getui", "huawei", "xiaomi"]


@pytest.fixture(scope="module")
def running() -> Iterator[PushServices]:
    with push_services() as services:
        yield services


@pytest.fixture
def services(running: PushServices, group: Group, settings: Settings, tmp_path: Path) -> PushServices:
    running.got.clear()
    running.answers.clear()
    running.tokens = 0
    running.valid = {"first"}
    for provider in device_providers().values():
        getattr(provider, "_tokens", {}).clear()
    override(settings, push_apps=str(running.configure(tmp_path)), push_private=True, webhook_private=True)
    catch_up()
    lease.acquire(HOLDER)
    return running


def register(userid: str, provider: str, token: str = "good", **fields: Any) -> PushDevice:
    body = {"provider": provider, "token": token, "app": APP, **fields}
    assert Api(userid).put("me/push-devices/phone", **body).status == 200
    return PushDevice.objects.get(user=userid, name="phone")


def look(*, online: tuple[str, ...] = ()) -> None:
    catch_up()
    while store_due(HOLDER, time.time() + 1, lambda userid: userid in online):
        pass
    Delivery.objects.update(due_at=time.time() - 1)


def send() -> list[Verdict]:
    """Send what is due, and store what is answered."""

    async def exchange(due: list[DuePush]) -> list[PushOutcome]:
        client = Client()
        try:
            return [await attempt(client, one) for one in due]
        finally:
            client.close()

    async def attempt(client: Client, one: DuePush) -> PushOutcome:
        try:
            answer = await client.send(await one.provider.authorized(one.request, client))
        except RequestFailed as failed:
            return PushOutcome(one, None, False, str(failed))
        one.provider.on_answer(answer)
        return PushOutcome(one, answer, False)

    lanes = list(
        Delivery.objects.filter(endpoint=None, is_dead=False).values_list("lane", flat=True).distinct()
    )
    due = push_queue.take_due_pushes(dict.fromkeys(lanes, 100), most=100, busy=[], people=[])
    outcomes = asyncio.run(exchange(due))
    push_queue.store(outcomes)
    return [one.verdict for one in outcomes]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_offline_device_is_pushed_once(services: PushServices, provider: str) -> None:
    register(BOB, provider)
    last = write(ALICE, BOB, "a secret text")
    look()
    assert send() == [Verdict.ARRIVED]
    (got,) = services.of(provider)
    assert got.token == "good"
    told = json.dumps(got.content, ensure_ascii=False)
    assert "1 new message" in told
    assert "a secret text" not in told
    assert f"u:{ALICE}" in told
    assert str(last) in told
    look()
    assert send() == []
    assert PushDevice.objects.get().pushed_at > 0


@pytest.mark.parametrize("provider", PROVIDERS)
def test_recall_removes_shown_push(services: PushServices, provider: str) -> None:
    register(BOB, provider)
    last = write(ALICE, BOB)
    look()
    assert send() == [Verdict.ARRIVED]
    append([Draft("recall", ALICE, BOB, "", "", target=last)])
    look()
    assert send() == [Verdict.ARRIVED]
    assert "removed" in json.dumps(services.of(provider)[-1].content)


@pytest.mark.parametrize("provider", [name for name in PROVIDERS if name != "xiaomi"])
def test_device_gone_at_service_is_removed(services: PushServices, provider: str) -> None:
    register(BOB, provider, "dead")
    write(ALICE, BOB)
    look()
    assert send() == [Verdict.GONE]
    assert not PushDevice.objects.exists()
    assert not Delivery.objects.exists()


def test_device_refused_by_xiaomi_is_removed_after_failures(services: PushServices) -> None:
    device = register(BOB, "xiaomi", "dead")
    PushDevice.objects.update(failures=MAX_FAILURES - 1)
    write(ALICE, BOB)
    look()
    Delivery.objects.update(attempts=push_queue.MAX_ATTEMPTS - 1)
    assert send() == [Verdict.AGAIN]
    assert not PushDevice.objects.filter(pk=device.pk).exists()
    assert Delivery.objects.get().problem == "20301 No valid targets!"


@pytest.mark.parametrize("provider", ["fcm", "getui", "huawei"])
def test_expired_access_token_is_fetched_again(services: PushServices, provider: str) -> None:
    register(BOB, provider)
    write(ALICE, BOB)
    look()
    send()
    services.valid = {"second"}
    write(ALICE, BOB)
    look()
    assert send() == [Verdict.AGAIN]
    Delivery.objects.update(due_at=0)
    assert send() == [Verdict.ARRIVED]
    assert services.tokens == 2


def test_access_token_is_fetched_once_for_many_pushes(services: PushServices) -> None:
    for userid in (BOB, CHARLIE):
        register(userid, "fcm", f"good-{userid}")
        write(ALICE, userid)
    look()
    assert send() == [Verdict.ARRIVED] * 2
    assert services.tokens == 1


@pytest.mark.parametrize(
    ("provider", "reply", "problem"),
    [
        (
            "fcm",
            Reply(429, {"error": {"status": "RESOURCE_EXHAUSTED"}}, {"Retry-After": "900"}),
            "RESOURCE_EXHAUSTED",
        ),
        ("apns", Reply(429, {"reason": "TooManyRequests"}, {"retry-after": "900"}), "TooManyRequests"),
        ("apns", Reply(503, {"reason": "ServiceUnavailable"}), "ServiceUnavailable"),
        ("jpush", Reply(429, {"error": {"code": 2002, "message": "rate limit"}}), "2002 rate limit"),
        ("getui", Reply(401, {"code": 10005, "msg": "too often"}), "10005 too often"),
        ("huawei", Reply(503, {}), "answered 503"),
        ("xiaomi", Reply(200, {"result": "error", "code": 200001, "reason": "quota"}), "200001 quota"),
    ],
)
def test_refused_push_waits_with_its_reason(
    services: PushServices, provider: str, reply: Reply, problem: str
) -> None:
    register(BOB, provider)
    write(ALICE, BOB)
    look()
    services.answers[provider] = lambda: reply
    assert send() == [Verdict.AGAIN]
    waiting = Delivery.objects.get()
    assert (waiting.problem, waiting.attempts) == (problem, 1)
    assert (waiting.due_at > time.time() + 800) is bool(reply.headers)


def test_doctor_finds_refused_keys_and_pushtest_says_what_services_answer(
    services: PushServices, tmp_path: Path, settings: Settings
) -> None:
    register(BOB, "fcm")
    assert [one.fault.code for one in doctor_push.check() if one.fault.code == "push.refused"] == []
    assert "phone (fcm): accepted" in _pushtest()
    services.answers["fcm"] = lambda: Reply(503, {"error": {"status": "UNAVAILABLE"}})
    assert "phone (fcm): UNAVAILABLE" in _pushtest()
    wrong = tmp_path / "wrong.toml"
    wrong.write_text((tmp_path / "push.toml").read_text().replace("huawei-secret", "wrong"))
    override(settings, push_apps=str(wrong))
    (found,) = [one for one in doctor_push.check() if one.fault.code == "push.refused"]
    assert found.what == f"huawei gives out no access token for {APP}: no access token: wrong secret."


def _pushtest() -> str:
    written = StringIO()
    with suppress(CommandError):
        call_command("pushtest", BOB, stdout=written)
    return written.getvalue()


async def test_http2_connection_without_answers_is_closed(settings: Settings) -> None:
    override(settings, webhook_private=True)
    ended = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await reader.read()
        writer.close()
        ended.set()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/3/device/good"
    client = Client()
    try:
        with pytest.raises(RequestFailed, match="no answer within"):
            await client.send(OutgoingRequest("POST", url, body=b"{}", is_http2=True), 0.2)
        async with asyncio.timeout(10):
            await ended.wait()
    finally:
        client.close()
        server.close()


def test_apns_quota_of_one_device_is_not_the_hosts(services: PushServices) -> None:
    apns = device_providers()["apns"]
    assert not apns.concerns_host(EndpointAnswer(429, 0, b'{"reason": "TooManyRequests"}'))
    assert apns.concerns_host(EndpointAnswer(429, 0, b'{"reason": "TooManyProviderTokenUpdates"}'))
    assert apns.concerns_host(EndpointAnswer(403, 0, b'{"reason": "InvalidProviderToken"}'))


def test_push_shows_text_if_operator_and_person_allow_it(
    services: PushServices, settings: Settings, group: Group
) -> None:
    register(BOB, "fcm")
    for by_operator, by_person in ((True, False), (False, True), (True, True)):
        override(settings, push_text=by_operator)
        set_shows_text(BOB, by_person)
        write(ALICE, group.pk, "see you at eight")
        look()
        assert send() == [Verdict.ARRIVED]
        shown = services.got[-1].content["notification"]["body"]
        assert ("see you at eight" in shown) is (by_operator and by_person)
    assert shown == f"{ALICE}: see you at eight"


@pytest.mark.parametrize(
    ("language", "body"), [("zh-CN", "1 条新消息"), ("zh-TW", "1 則新訊息"), ("xx", "1 new message")]
)
def test_push_is_in_language_of_device(services: PushServices, language: str, body: str) -> None:
    register(BOB, "fcm", language=language)
    write(ALICE, BOB)
    look()
    send()
    assert services.got[-1].content["notification"]["body"] == body
    assert translation.get_language() == "en"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_push_for_app_with_key_is_encrypted(services: PushServices, provider: str) -> None:
    private = X25519PrivateKey.generate()
    key = base64.urlsafe_b64encode(private.public_key().public_bytes_raw()).rstrip(b"=").decode()
    register(BOB, provider, key=key)
    write(ALICE, BOB)
    look()
    assert send() == [Verdict.ARRIVED]
    content = json.dumps(services.of(provider)[-1].content)
    assert ALICE not in content
    found = content.partition("encrypted")[2].lstrip('\\": ').partition('"')[0].rstrip("\\")
    suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
    opened = suite.decrypt(base64.urlsafe_b64decode(found + "=="), private, info=b"im66 push")
    assert json.loads(opened)["body"] == "1 new message"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_longest_push_fits(services: PushServices, provider: str, settings: Settings, group: Group) -> None:
    override(settings, push_text=True)
    set_shows_text(BOB, True)
    private = X25519PrivateKey.generate()
    key = base64.urlsafe_b64encode(private.public_key().public_bytes_raw()).rstrip(b"=").decode()
    Group.objects.filter(pk=group.pk).update(name="😀" * 100)
    for own_key in ("", key):
        register(BOB, provider, key=own_key)
        write(ALICE, group.pk, '"😀\\' * 3000)
        look()
        assert send() == [Verdict.ARRIVED]


def test_messages_of_a_conversation_are_one_push(services: PushServices, group: Group) -> None:
    register(BOB, "apns")
    for _ in range(3):
        write(ALICE, BOB)
    write(ALICE, group.pk)
    look()
    assert send() == [Verdict.ARRIVED] * 2
    bodies = [got.content["aps"]["alert"]["body"] for got in services.got]
    assert sorted(bodies) == ["1 new message", "3 new messages"]
    assert {got.content["aps"]["badge"] for got in services.got} == {4}
    collapse = {got.content["headers"]["apns-collapse-id"] for got in services.got}
    write(ALICE, BOB)
    look()
    send()
    assert services.got[-1].content["headers"]["apns-collapse-id"] in collapse


def test_online_person_is_not_pushed(services: PushServices) -> None:
    register(BOB, "fcm")
    write(ALICE, BOB)
    look(online=(BOB,))
    assert send() == []
    look()
    assert send() == []
    assert store_due(HOLDER, time.time() + 7, lambda _: False)
    Delivery.objects.update(due_at=0)
    assert send() == [Verdict.ARRIVED]


def test_message_read_before_sending_is_not_pushed(services: PushServices, group: Group) -> None:
    register(BOB, "fcm")
    last = write(ALICE, BOB)
    look()
    mark_read(BOB, ALICE, last)
    assert send() == []
    assert not Delivery.objects.exists()
    update_settings(BOB, group.pk, muted=True)
    write(ALICE, group.pk)
    look()
    assert send() == []


def test_quiet_hours_use_time_zone_of_device(services: PushServices) -> None:
    now = time.gmtime()
    begin, end = f"{now.tm_hour:02}:00", f"{(now.tm_hour + 1) % 24:02}:00"
    Api(BOB).patch("me", quiet={"from": begin, "to": end, "zone": "Pacific/Kiritimati"})
    register(BOB, "fcm", time_zone="UTC")
    register(CHARLIE, "fcm", "good-2", time_zone="UTC")
    write(ALICE, BOB)
    write(ALICE, CHARLIE)
    catch_up()
    while store_due(HOLDER, time.time() + 1, lambda _: False):
        pass
    due = dict(Delivery.objects.values_list("key", "due_at"))
    assert due[CHARLIE] < time.time() + 2
    assert due[BOB] > time.time() + 2 or now.tm_min == 59


def test_device_registered_by_another_person_moves_to_that_person(services: PushServices) -> None:
    register(BOB, "fcm")
    register(CHARLIE, "fcm")
    assert list(PushDevice.objects.values_list("user", flat=True)) == [CHARLIE]
    register(CHARLIE, "fcm", "good-new")
    assert list(PushDevice.objects.values_list("token", flat=True)) == ["good-new"]


def test_push_devices_are_removed_with_their_login(services: PushServices) -> None:
    register(BOB, "fcm")
    register(CHARLIE, "fcm", "good-2")
    PushDevice.objects.filter(user=BOB).update(login="tokens")
    logins.end_tokens(BOB)
    assert list(PushDevice.objects.values_list("user", flat=True)) == [CHARLIE]
    end_sessions(CHARLIE, "another")
    assert PushDevice.objects.exists()
    set_account_status(CHARLIE, banned=True)
    assert not PushDevice.objects.exists()


def test_push_devices_are_listed_without_tokens_and_removed(services: PushServices) -> None:
    register(BOB, "fcm", language="zh-CN")
    listed = Api(BOB).get("me/push-devices")
    assert [one["id"] for one in listed.body["items"]] == ["phone"]
    assert "good" not in json.dumps(listed.body)
    assert Api(CHARLIE).get("me/push-devices").body["items"] == []
    Api(CHARLIE).send("DELETE", "me/push-devices/phone", "")
    assert PushDevice.objects.exists()
    assert Api(BOB).send("DELETE", "me/push-devices/phone", "").status == 204
    assert not PushDevice.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"provider": "x"},
        {"app": "com.example.other"},
        {"token": ""},
        {"token": "a b"},
        {"token": "x" * 5000},
        {"language": "<script>"},
        {"time_zone": "Nowhere"},
        {"key": "x"},
        {"provider": "web", "token": "http://127.0.0.1/"},
        {"provider": "web", "token": "https://127.0.0.1/", "app": ""},
    ],
)
def test_invalid_push_device_is_refused(
    services: PushServices, settings: Settings, wrong: dict[str, Any]
) -> None:
    override(settings, push_private=False)
    body = {"provider": "fcm", "token": "good", "app": APP, **wrong}
    failed = Api(BOB).put("me/push-devices/phone", **body)
    assert failed.status == (400 if wrong.get("app") != "" else 200)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[fcm", "IM66_PUSH_APPS"),
        ('[gcm."a"]\nx = 1', "no provider is called gcm"),
        ('[fcm."a"]\ncredentials = "missing.json"', "missing.json"),
        ('[jpush."a"]\napp_key = "k"', "master_secret"),
        ('[jpush."a"]\napp_key = "k"\nmaster_secret = "s"\nx = 1', "x"),
        ('[apns."a"]\nkey = "k.p8"\nkey_id = "k"\nteam_id = "t"', "not a key of APNs"),
    ],
)
def test_invalid_push_apps_file_is_refused(
    settings: Settings, tmp_path: Path, text: str, problem: str
) -> None:
    (tmp_path / "k.p8").write_text("the key")
    (tmp_path / "push.toml").write_text(text)
    override(settings, push_apps=str(tmp_path / "push.toml"))
    with pytest.raises(ImproperlyConfigured, match=problem) as refused:
        configured_apps()
    assert "the key" not in str(refused.value)
