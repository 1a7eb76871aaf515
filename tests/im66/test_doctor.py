"""`im66 doctor` names each fault, and a remedy."""

import http.client
import os
import smtplib
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from django.core.mail.backends.smtp import EmailBackend
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from accounts.proxies import Proxies
from im66 import door
from im66.doctor import (
    clocks,
    database,
    examining,
    folders,
    mail,
    processes,
    proxy,
    public,
    push,
    redis,
)
from im66.doctor.echo import PATH, Echo, make_pass
from im66.doctor.findings import Check, Fault, Finding
from keeping.unfinished import mark
from moderation.models import Process
from notifications.models import PushKey
from testkit.mailbox import Mailbox
from testkit.services import free_port
from tests.support.notices import subscribe
from tests.support.settings import override
from uploads.disk_space import MEGABYTE, free_bytes
from uploads.worker.confinement.layers import Layer


def codes(findings: Any) -> list[str]:
    result = list(findings)
    assert all(finding.what.endswith(".") and finding.remedy for finding in result)
    return [finding.fault.code for finding in result]


REFUSALS = [
    ('FATAL:  password authentication failed for user "im66"', "database.login"),
    ('FATAL:  role "im66" does not exist', "database.login"),
    ('FATAL:  database "im66" does not exist', "database.missing"),
    ("connection to server failed: Connection refused", "database.away"),
]


@pytest.mark.parametrize(("text", "code"), REFUSALS)
def test_doctor_explains_refused_postgresql_connection(
    text: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Connection(NamedTuple):
        vendor: str = "postgresql"
        settings_dict: Any = {"USER": "im66", "NAME": "im66"}

    monkeypatch.setattr(database, "connection", Connection())
    assert codes([database._refusal(text)]) == [code]


@pytest.mark.django_db
def test_doctor_finds_database_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    assert codes(database.check()) == []
    monkeypatch.setattr(database, "SLOW_SECONDS", 0.0)
    assert codes(database.check()) == ["database.slow"]
    monkeypatch.setattr(database, "MIN_SQLITE", (99, 0))
    monkeypatch.setattr(database, "SLOW_SECONDS", 60.0)
    assert "database.version" in codes(database.check())


@pytest.mark.django_db
def test_doctor_finds_unfinished_restore() -> None:
    with connection.cursor() as cursor:
        for statement in mark("abc"):
            cursor.execute(statement)
    (finding,) = database.check()
    assert finding.fault.code == "database.unfinished"
    assert "im66 restore" in finding.remedy


def test_doctor_finds_differing_clocks() -> None:
    now = time.time()
    assert clocks.drift(now, now) == 0
    assert round(clocks.drift(now - 60, now)) == 60


@pytest.mark.django_db
def test_doctor_finds_redis_faults(settings: Settings) -> None:
    override(settings, redis_url=f"redis://127.0.0.1:{free_port()}/0")
    assert codes(redis.check()) == ["redis.away"]
    override(settings, redis_url=f"redis+sentinel://127.0.0.1:{free_port()}/im66/0")
    assert codes(redis.check()) == ["redis.no_master"]


def process(name: str, **said: Any) -> None:
    now = timezone.now()
    numbers = dict.fromkeys(("connections", "people", "online", "cursor", "waiting", "stalls"), 1)
    values = {"number": 1, "host": "elsewhere", "version": "0.1.0", **numbers, **said}
    Process.objects.create(name=name, started_at=now, seen_at=now, **values)


@pytest.mark.django_db
def test_doctor_finds_process_faults(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.VERSION = "0.1.0"
    override(settings, redis_url="")
    process("one")
    assert [*codes(processes.check()), *codes(redis.check())] == []
    process("two", version="0.0.9")
    assert codes(redis.check()) == ["redis.needed"]
    assert codes(processes.check()) == ["processes.versions"]
    Process.objects.filter(name="two").delete()
    monkeypatch.setattr(processes, "_max_files", lambda _: 1024)
    assert codes(processes.check()) == ["processes.few_files"]
    Process.objects.update(connections=1000)
    assert codes(processes.check()) == ["processes.full_of_files"]


def test_doctor_finds_missing_confinement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "missing_layers", lambda: [Layer("seccomp", "not built in")])
    assert codes(processes.check_child_processes()) == ["confinement.missing"]

    def fail() -> None:
        raise BlockingIOError

    monkeypatch.setattr(processes, "missing_layers", fail)
    assert codes(processes.check_child_processes()) == ["confinement.no_child"]


def test_doctor_finds_disk_faults(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    free = free_bytes(settings.IM66.data_dir) // MEGABYTE
    override(settings, min_free_mb=0)
    assert codes(folders.check_disks()) == []
    override(settings, min_free_mb=free // 4)
    assert set(codes(folders.check_disks())) == {"disk.low"}
    override(settings, min_free_mb=free)
    assert set(codes(folders.check_disks())) == {"disk.short"}
    override(settings, min_free_mb=0)
    monkeypatch.setattr(folders, "MIN_FREE_INODES", 2**63)
    assert set(codes(folders.check_disks())) <= {"disk.inodes"}


def test_doctor_finds_wrong_permissions(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "_database_files", list)
    override(settings, data_dir=tmp_path)
    assert codes(folders.check_permissions()) == []
    key = tmp_path / "secret-key"
    key.write_text("x")
    key.chmod(0o644)
    tmp_path.chmod(0o755)
    assert codes(folders.check_permissions()) == ["folders.open_to_all"]
    key.unlink()
    # Root may write everywhere.
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)
    assert codes(folders.check_permissions()) == ["folders.not_writable"]


def test_doctor_finds_failed_and_unfinished_backups(settings: Settings, tmp_path: Path) -> None:
    override(settings, data_dir=tmp_path)
    assert codes(folders.check_backups()) == []
    (tmp_path / ".backup-failed").touch()
    assert codes(folders.check_backups()) == ["backups.failed"]
    began = tmp_path / ".backup-began"
    began.touch()
    assert codes(folders.check_backups()) == ["backups.failed"]
    os.utime(began, (0, time.time() - 7 * 3600))
    assert codes(folders.check_backups()) == ["backups.failed", "backups.unfinished"]


def test_doctor_finds_mail_faults(settings: Settings) -> None:
    override(settings, mail_url="", mail_from="")
    assert codes(mail.check()) == []
    with Mailbox() as box:
        override(settings, mail_url=box.url, mail_from="a@example.org")
        assert codes(mail.check()) == []
        override(settings, mail_url=box.url, mail_from="")
        assert codes(mail.check()) == ["mail.no_sender"]
        override(settings, mail_url=box.url.replace("smtp", "smtp+tls"), mail_from="a@example.org")
        assert codes(mail.check()) == ["mail.tls"]
    override(settings, mail_url=f"smtp://127.0.0.1:{free_port()}")
    assert codes(mail.check()) == ["mail.away"]


def test_doctor_finds_refused_mail_login(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise smtplib.SMTPAuthenticationError(535, b"no hunter22")

    monkeypatch.setattr(EmailBackend, "open", refuse)
    override(settings, mail_url="smtps://me:hunter22@mail.example", mail_from="a@example.org")
    (finding,) = mail.check()
    assert finding.fault.code == "mail.login"
    assert "hunter22" not in str(finding)


@pytest.mark.django_db
def test_doctor_finds_broken_push_key() -> None:
    assert codes(push.check()) == []
    PushKey.objects.create(id=1, private="-----BEGIN")
    assert codes(push.check()) == ["push.key"]


@pytest.mark.django_db
def test_doctor_warns_of_push_without_public_url(settings: Settings) -> None:
    override(settings, public_url="")
    User.objects.create_user("alice")
    subscribe("alice", "https://push.example/1")
    assert codes(push.check()) == ["push.no_address"]


PUBLIC = "https://chat.example.org"
SEEN = {
    "host": "chat.example.org",
    "x-forwarded-for": "192.0.2.1",
    "x-forwarded-proto": "https",
    "peer": "127.0.0.1",
    "is_listed": True,
}
OF_PROXIES: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"host": "chat.example.org:443"}, []),
    ({"host": "127.0.0.1:6060"}, ["proxy.host"]),
    ({"x-forwarded-proto": ""}, ["proxy.proto"]),
    ({"x-forwarded-proto": "https, http"}, ["proxy.proto"]),
    ({"x-forwarded-for": ""}, ["proxy.for"]),
    ({"is_listed": False}, ["proxy.unlisted"]),
]


@pytest.mark.parametrize(("change", "expected"), OF_PROXIES)
def test_doctor_finds_proxy_faults(change: dict[str, Any], expected: list[str], settings: Settings) -> None:
    override(settings, public_url=PUBLIC)
    assert codes(proxy.check_request({**SEEN, **change})) == expected


@pytest.fixture
def site(settings: Settings) -> Iterator[Callable[..., None]]:
    """`site(status, body, **headers)`: IM66_PUBLIC_URL answers so, and opens no socket."""
    answer: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, headers = answer[-1]
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    override(settings, public_url=f"http://127.0.0.1:{server.server_port}")
    yield lambda status, body=b"", **headers: answer.append((status, body, headers))
    server.shutdown()
    server.server_close()


def test_doctor_finds_public_url_faults(settings: Settings, site: Callable[..., None]) -> None:
    site(502)
    assert codes(public.check()) == ["public.no_server"]
    site(404)
    assert codes(public.check()) == ["public.other_server"]
    site(301, Location="https://elsewhere.example/")
    assert codes(public.check()) == ["public.elsewhere"]
    site(404, Date=formatdate(time.time() - 3600, usegmt=True))
    assert codes(public.check()) == ["public.clock", "public.other_server"]
    host = settings.IM66.public_url.removeprefix("http://")
    site(
        200,
        b'{"host": "%s", "x-forwarded-for": "", "x-forwarded-proto": "", "is_listed": false}' % host.encode(),
    )
    assert codes(public.check()) == ["proxy.upgrade"]
    settings.ALLOWED_HOSTS = ["chat.example.org"]
    assert codes(public.check()) == ["public.not_allowed", "proxy.upgrade"]


def test_doctor_finds_unreachable_public_url(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    override(settings, public_url="", production=True)
    assert codes(public.check()) == ["public.unset"]
    override(settings, public_url=f"http://127.0.0.1:{free_port()}")
    assert codes(public.check()) == ["public.away"]
    override(settings, public_url="http://no-such-host.invalid")
    assert codes(public.check()) == ["public.no_name"]


def test_doctor_finds_certificate_faults(settings: Settings) -> None:
    error = ssl.SSLCertVerificationError(1, "no")
    error.verify_message = "certificate has expired"
    assert codes([public._failure(urlsplit(PUBLIC), error)]) == ["public.not_trusted"]
    override(settings, public_url=PUBLIC)
    reply = public.ProbeReply(502, http.client.HTTPMessage(), b"", days=3.5)
    assert codes(public._check_reply(reply, time.time())) == ["public.soon_expired", "public.no_server"]


async def test_echo_answers_only_a_doctor_with_the_key(settings: Settings) -> None:
    override(settings, proxies=Proxies((ip_network("127.0.0.1"),)))
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send("the application")

    for authorization in (make_pass(), f"{make_pass()}x", ""):
        headers = [(b"host", b"chat"), (b"authorization", authorization.encode())]
        scope = {"type": "http", "path": PATH, "client": ("127.0.0.1", 1), "headers": headers}
        await Echo(application)(scope, None, send)
    assert sent[0]["status"] == 200
    assert b'"is_listed": true' in sent[1]["body"]
    assert sent[2:] == ["the application"] * 2


def test_missing_upgrade_header_is_logged_once(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.ALLOWED_HOSTS = ["chat"]
    door._log_missing_upgrade.cache_clear()
    headers = [(b"host", b"chat"), (b"sec-websocket-key", b"x")]
    for _ in range(2):
        assert door._rejection_reason({"type": "http", "method": "GET", "headers": headers}) == ""
    (record,) = caplog.records
    assert "without Upgrade" in record.getMessage()


def test_page_at_another_address_is_logged_once(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "_other_origins", [])
    settings.ALLOWED_HOSTS = ["*"]
    settings.CSRF_TRUSTED_ORIGINS = [PUBLIC]
    override(settings, public_url=PUBLIC)
    for origin in (PUBLIC, "https://chat", "https://other"):
        headers = [(b"host", origin.removeprefix("https://").encode()), (b"origin", origin.encode())]
        assert door._rejection_reason({"type": "websocket", "headers": headers}) == ""
    (record,) = caplog.records
    assert f"at https://chat, and IM66_PUBLIC_URL is {PUBLIC}. Set IM66_PUBLIC_URL" in record.getMessage()


def test_hanging_or_failing_check_does_not_delay_the_others(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examining, "MAX_SECONDS", 0.2)
    override(settings, token_secret="hunter22" * 4)
    done = threading.Event()

    def hang() -> list[Finding]:
        done.wait(20)
        return []

    def fail() -> list[Finding]:
        raise RuntimeError("hunter22" * 4)

    fault = Fault("x", "%(number)d.", "Do.")
    checks = [
        Check("hangs", "", hang),
        Check("fails", "", fail),
        Check("finds", "", lambda: [fault.finding(number=1)]),
    ]
    results = examining.examine(checks)
    done.set()
    assert [codes(result.findings) for result in results] == [["check.no_end"], ["check.failed"], ["x"]]
    assert "hunter22" not in str(results[1].findings[0])
