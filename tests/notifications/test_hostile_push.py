"""Devices with keys that are none, and services that answer what breaks a careless reader."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.settings import SettingCodes
from pytest_django import Settings

from notifications.client import Client, RequestFailed
from notifications.exchange import EndpointAnswer, OutgoingRequest
from notifications.models import Delivery, PushDevice
from notifications.providers import Verdict
from notifications.providers.devices import MAX_GONE_IN_A_ROW, device_providers
from notifications.pushes import truncate_text
from tests.notifications.push_services import APP, PushServices, Reply
from tests.notifications.test_push_devices import look, register, running, send, services
from tests.support.api import Api
from tests.support.groups import ALICE, BOB, CHARLIE
from tests.support.notices import write
from tests.support.settings import override

__all__ = ["running", "services"]
NO_KEY = "A" * 43


def test_invalid_encryption_key_of_device_is_refused(services: PushServices) -> None:
    body = {"provider": "fcm", "token": "good", "app": APP, "key": NO_KEY}
    assert Api(BOB).put("me/push-devices/phone", **body).status == 400


def test_push_whose_request_fails_to_build_delays_no_other(
    services: PushServices, caplog: pytest.LogCaptureFixture
) -> None:
    register(BOB, "fcm", "good-bob")
    PushDevice.objects.update(key=NO_KEY)
    register(CHARLIE, "fcm", "good-charlie")
    write(ALICE, BOB)
    write(ALICE, CHARLIE)
    look()
    with caplog.at_level(logging.DEBUG):
        assert send() == [Verdict.ARRIVED]
    assert [got.token for got in services.got] == ["good-charlie"]
    assert not Delivery.objects.exists()
    assert "cannot be made" in caplog.text
    assert "good-" not in caplog.text


def test_stored_push_error_has_no_token_and_no_control_characters(services: PushServices) -> None:
    register(BOB, "jpush", "good-token")
    write(ALICE, BOB)
    look()
    message = "no\0such device: good-token" + "x" * 300
    services.answers["jpush"] = lambda: Reply(400, {"error": {"code": 1003, "message": message}})
    assert send() == [Verdict.AGAIN]
    problem = Delivery.objects.get().problem
    assert problem.startswith("1003 no such device: …x")
    assert len(problem) <= 200


@pytest.mark.parametrize("provider", ["fcm", "apns", "jpush", "getui", "huawei", "xiaomi", "web"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[" * 30_000,
        b'{"error": {"details": 5}}',
        b'{"error": 5, "code": [], "reason": {}, "msg": 1}',
    ],
)
def test_malformed_push_answers_raise_no_error(provider: str, body: bytes) -> None:
    one = device_providers()[provider]
    for status in (200, 400, 401, 410, 503):
        answer = EndpointAnswer(status, 0, body)
        one.on_answer(answer)
        one.concerns_host(answer)
        assert one.judge(answer) in Verdict
        assert isinstance(one.reason(answer), str)
    one.on_answer(EndpointAnswer(200))


def test_push_service_that_rejects_all_devices_loses_few() -> None:
    apns, gone = device_providers()["apns"], EndpointAnswer(410)
    verdicts = []
    for _ in range(MAX_GONE_IN_A_ROW + 10):
        apns.on_answer(gone)
        verdicts.append(apns.judge(gone))
    assert verdicts == [Verdict.GONE] * MAX_GONE_IN_A_ROW + [Verdict.AGAIN] * 10
    apns.on_answer(EndpointAnswer(200))
    apns.on_answer(gone)
    assert apns.judge(gone) is Verdict.GONE
    apns.on_answer(EndpointAnswer(200))


def test_unsendable_push_key_is_not_in_the_error(
    services: PushServices, settings: Settings, tmp_path: Path
) -> None:
    spoilt = tmp_path / "spoilt.toml"
    spoilt.write_text((tmp_path / "push.toml").read_text().replace("xiaomi-secret", "xiaomi-secret\\n"))
    override(settings, push_apps=str(spoilt))
    register(BOB, "xiaomi")
    write(ALICE, BOB)
    look()
    assert send() == [Verdict.AGAIN]
    assert Delivery.objects.get().problem == "a key or a token has characters that cannot be sent"


FAMILY = "👨‍👩‍👧"


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        ("hello", 5, "hello"),
        ("hello", 4, "hell"),
        (f"ab{FAMILY}", 6, "ab"),
        (f"ab{FAMILY}", 7, f"ab{FAMILY}"),
        ("ab👍🏽c", 3, "ab"),
        ("🇨🇳🇩🇪", 3, "🇨🇳"),
        ("🇨🇳🇩🇪", 2, "🇨🇳"),
        ("e\u0301e\u0301", 3, "e\u0301"),
        ("e" + "\u0301" * 300, 200, ""),
    ],
)
def test_truncated_push_text_does_not_cut_emoji(text: str, most: int, expected: str) -> None:
    assert truncate_text(text, most) == expected


async def _request(answer: Callable[[H2Connection], None], seconds: float, answered: int = 0) -> str:
    """What is said of a request to a peer that answers so until the connection ends, after some others."""
    ended = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = H2Connection(H2Configuration(client_side=False))
        connection.initiate_connection()
        with suppress(OSError):
            while not reader.at_eof():
                answer(connection)
                writer.write(connection.data_to_send())
                await writer.drain()
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.01):
                        connection.receive_data(await reader.read(65536))
        writer.close()
        ended.set()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/3/device/good"
    client, request = Client(), OutgoingRequest("POST", url, body=b"{}", is_http2=True)
    try:
        for _ in range(answered):
            assert (await client.send(request)).status == 200
        await asyncio.sleep(0.1)
        with pytest.raises(RequestFailed) as failed:
            await client.send(request, seconds)
        async with asyncio.timeout(10):
            await ended.wait()
    finally:
        client.close()
        server.close()
    return str(failed.value)


def _ping(connection: H2Connection) -> None:
    for number in range(200):
        connection.ping(number.to_bytes(8))


async def test_flood_of_http2_frames_ends_the_connection(settings: Settings) -> None:
    override(settings, webhook_private=True)
    assert (await _request(_ping, 60)).startswith("not an answer")


def _close_after_one(connection: H2Connection) -> None:
    """It answers a request, and takes no other."""
    if connection.open_inbound_streams:
        connection.send_headers(1, [(":status", "200")], end_stream=True)
        connection.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: 0})


async def test_http2_connection_that_permits_no_streams_is_closed(settings: Settings) -> None:
    override(settings, webhook_private=True)
    assert (await _request(_close_after_one, 0.3, answered=1)).startswith("no answer within")
