"""What the operator may set, and that nonsense stops the start with a word on what is wrong."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from accounts.buckets import Rate
from accounts.proxies import Proxies
from im66 import environment
from im66.settings import _database
from tests.support.tokens import pem, rsa_key

ROOT = Path(__file__).resolve().parents[2]
KEY = "k" * 32
JWK = '{"kty":"oct","k":"a2tra2tra2tra2tra2tra2tra2tra2tra2s"}'
PRODUCTION = {
    "IM66_PRODUCTION": "true",
    "IM66_SECRET_KEY": KEY,
    "IM66_ALLOWED_HOSTS": "chat.example",
    "IM66_TOKEN_SECRET": "s" * 32,
}
Read = Callable[..., environment.Environment]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Read:
    """Reads an environment in which nothing is set but the arguments, and a data folder of the test's own."""

    def read(**variables: str) -> environment.Environment:
        for name in os.environ:
            if name.startswith("IM66_") or name in {"DATABASE_URL", "REDIS_URL"}:
                monkeypatch.delenv(name)
        monkeypatch.setenv("IM66_DATA_DIR", str(tmp_path / "data"))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return environment.read()

    return read


def test_it_works(read: Read, tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    found = read()
    assert found == environment.Environment(
        production=False,
        data_dir=data_dir,
        secret_key=(data_dir / "secret-key").read_text(),
        allowed_hosts=["*"],
        public_url="",
        proxies=Proxies(),
        hsts_seconds=0,
        auth="open",
        token_secret="",
        token_keys="",
        token_audience="",
        token_issuer="",
        token_leeway_seconds=10,
        token_creates_users=False,
        signup="closed",
        login_failures=5,
        login_failures_per_address=100,
        lockout_minutes=15,
        logged_refusals=60,
        log_level="INFO",
        database_url=f"sqlite:///{data_dir}/im66.sqlite3",
        redis_url="",
        heartbeat_seconds=30,
        poll_seconds=2,
        max_text_bytes=65_536,
        max_frame_bytes=1_048_576,
        login_seconds=30,
        recall_seconds=120,
        max_group_members=500,
        max_groups_per_user=500,
        max_name_length=100,
        max_notice_length=2000,
        max_connections_per_user=20,
        people_per_address=100,
        limit_connects=Rate(60, 60),
        limit_logins=Rate(60, 60),
        limit_messages=Rate(600, 60),
        limit_bytes=Rate(8_000_000, 60),
        limit_groups=Rate(60, 3600),
        limit_memberships=Rate(5000, 3600),
        limit_queries=Rate(300, 60),
        limit_uploads=Rate(120, 600),
        limit_upload_bytes=Rate(500_000_000, 3600),
        limit_users=Rate(50, 3600),
        clients="any",
        group_ok_code=1,
        legacy_underscore="keep",
        legacy_connections="all",
        legacy_extension="keep",
        legacy_media="keep",
        legacy_language="en",
        legacy_media_host="warn",
        min_free_mb=256,
        media_url="",
        media_storage="local",
        media_root=data_dir / "media",
        media_accel="",
        media_jobs=max(1, (os.cpu_count() or 1) - 1),
        media_wait_seconds=60,
        media_seconds=5,
        media_encode_seconds=60,
        media_memory_mb=1536,
        max_voice_bytes=10_485_760,
        max_picture_bytes=20_971_520,
        max_video_bytes=20_971_520,
        max_bodies_mb=512,
        max_voice_seconds=600,
        max_video_seconds=600,
        max_picture_pixels=150_000_000,
        max_avatar_pixels=50_000_000,
        mosaics=True,
        mosaic_font="",
        avatar_hosts=[],
        s3_bucket="",
        s3_endpoint="",
        s3_region="",
    )


def test_data_are_kept_beside_the_code_unless_told_otherwise(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    read()
    monkeypatch.delenv("IM66_DATA_DIR")
    monkeypatch.setenv("IM66_SECRET_KEY", KEY)
    assert environment.read().data_dir == ROOT / "var"


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("IM66_PRODUCTION", "no", "production", False),
        ("IM66_SECRET_KEY", KEY, "secret_key", KEY),
        ("IM66_ALLOWED_HOSTS", "chat.example, 10.0.0.7,", "allowed_hosts", ["chat.example", "10.0.0.7"]),
        ("IM66_ALLOWED_HOSTS", "[::1],.example,*", "allowed_hosts", ["[::1]", ".example", "*"]),
        ("IM66_PUBLIC_URL", "https://chat.example:8443/im/", "public_url", "https://chat.example:8443/im"),
        ("IM66_PUBLIC_URL", "http://[::1]:6060", "public_url", "http://[::1]:6060"),
        ("IM66_PROXIES", "10.0.0.7, unix,", "proxies", Proxies((ip_network("10.0.0.7"),), unix=True)),
        (
            "IM66_PROXIES",
            "10.0.0.0/8,fd00::/8",
            "proxies",
            Proxies((ip_network("10.0.0.0/8"), ip_network("fd00::/8"))),
        ),
        ("IM66_HSTS_SECONDS", "300", "hsts_seconds", 300),
        ("IM66_AUTH", "open", "auth", "open"),
        ("IM66_TOKEN_SECRET", "s" * 32, "token_secret", "s" * 32),
        ("IM66_TOKEN_AUDIENCE", "chat", "token_audience", "chat"),
        ("IM66_TOKEN_ISSUER", "https://host.example", "token_issuer", "https://host.example"),
        ("IM66_TOKEN_LEEWAY_SECONDS", "0", "token_leeway_seconds", 0.0),
        ("IM66_TOKEN_CREATES_USERS", "true", "token_creates_users", True),
        ("IM66_SIGNUP", "invite", "signup", "invite"),
        ("IM66_SIGNUP", "open", "signup", "open"),
        ("IM66_LOGIN_FAILURES", "3", "login_failures", 3),
        ("IM66_LOGIN_FAILURES_PER_ADDRESS", "5", "login_failures_per_address", 5),
        ("IM66_LOCKOUT_MINUTES", "60", "lockout_minutes", 60),
        ("IM66_LOGGED_REFUSALS", "0", "logged_refusals", 0),
        ("IM66_LOG_LEVEL", "DEBUG", "log_level", "DEBUG"),
        ("DATABASE_URL", "postgres://u:p@h:5432/n", "database_url", "postgres://u:p@h:5432/n"),
        ("DATABASE_URL", "postgresql:///n", "database_url", "postgresql:///n"),
        ("DATABASE_URL", "sqlite:////tmp/x.db", "database_url", "sqlite:////tmp/x.db"),
        ("REDIS_URL", "redis://localhost:6379/0", "redis_url", "redis://localhost:6379/0"),
        ("REDIS_URL", "unix:///run/redis.sock", "redis_url", "unix:///run/redis.sock"),
        ("REDIS_URL", "", "redis_url", ""),
        ("IM66_HEARTBEAT_SECONDS", "0.5", "heartbeat_seconds", 0.5),
        ("IM66_POLL_SECONDS", "60", "poll_seconds", 60.0),
        ("IM66_MAX_TEXT_BYTES", "1", "max_text_bytes", 1),
        ("IM66_MAX_FRAME_BYTES", "2048", "max_frame_bytes", 2048),
        ("IM66_LOGIN_SECONDS", "7.5", "login_seconds", 7.5),
        ("IM66_RECALL_SECONDS", "0", "recall_seconds", 0),
        ("IM66_MAX_GROUP_MEMBERS", "3", "max_group_members", 3),
        ("IM66_MAX_GROUPS_PER_USER", "7", "max_groups_per_user", 7),
        ("IM66_MAX_NAME_LENGTH", "4", "max_name_length", 4),
        ("IM66_MAX_NOTICE_LENGTH", "5", "max_notice_length", 5),
        ("IM66_MAX_CONNECTIONS_PER_USER", "6", "max_connections_per_user", 6),
        ("IM66_PEOPLE_PER_ADDRESS", "1", "people_per_address", 1),
        ("IM66_LIMIT_CONNECTS", "1/1", "limit_connects", Rate(1, 1)),
        ("IM66_LIMIT_LOGINS", "off", "limit_logins", None),
        ("IM66_LIMIT_MESSAGES", "2/3", "limit_messages", Rate(2, 3)),
        ("IM66_LIMIT_BYTES", "1000000000000/60", "limit_bytes", Rate(10**12, 60)),
        ("IM66_LIMIT_GROUPS", "5/86400", "limit_groups", Rate(5, 86_400)),
        ("IM66_LIMIT_MEMBERSHIPS", "off", "limit_memberships", None),
        ("IM66_LIMIT_QUERIES", "off", "limit_queries", None),
        ("IM66_LIMIT_UPLOADS", "off", "limit_uploads", None),
        ("IM66_LIMIT_UPLOAD_BYTES", "off", "limit_upload_bytes", None),
        ("IM66_LIMIT_USERS", "off", "limit_users", None),
        ("IM66_CLIENTS", "shipped", "clients", "shipped"),
        ("IM66_GROUP_OK_CODE", "0", "group_ok_code", 0),
        ("IM66_LEGACY_UNDERSCORE", "fullwidth", "legacy_underscore", "fullwidth"),
        ("IM66_LEGACY_CONNECTIONS", "newest", "legacy_connections", "newest"),
        ("IM66_LEGACY_EXTENSION", "fill", "legacy_extension", "fill"),
        ("IM66_LEGACY_MEDIA", "text", "legacy_media", "text"),
        ("IM66_LEGACY_LANGUAGE", "zh-hans", "legacy_language", "zh-hans"),
        ("IM66_LEGACY_MEDIA_HOST", "refuse", "legacy_media_host", "refuse"),
        ("IM66_MIN_FREE_MB", "0", "min_free_mb", 0),
        ("IM66_MEDIA_URL", "https://media.example/chat/", "media_url", "https://media.example/chat"),
        ("IM66_MEDIA_ROOT", "/tmp/media", "media_root", Path("/tmp/media")),
        ("IM66_MEDIA_ACCEL", "/stored/", "media_accel", "/stored/"),
        ("IM66_MEDIA_JOBS", "3", "media_jobs", 3),
        ("IM66_MEDIA_WAIT_SECONDS", "0", "media_wait_seconds", 0.0),
        ("IM66_MEDIA_SECONDS", "7", "media_seconds", 7),
        ("IM66_MEDIA_ENCODE_SECONDS", "8", "media_encode_seconds", 8),
        ("IM66_MEDIA_MEMORY_MB", "512", "media_memory_mb", 512),
        ("IM66_MAX_VOICE_BYTES", "9", "max_voice_bytes", 9),
        ("IM66_MAX_PICTURE_BYTES", "10", "max_picture_bytes", 10),
        ("IM66_MAX_VIDEO_BYTES", "11", "max_video_bytes", 11),
        ("IM66_MAX_BODIES_MB", "80", "max_bodies_mb", 80),
        ("IM66_MAX_VOICE_SECONDS", "12", "max_voice_seconds", 12),
        ("IM66_MAX_VIDEO_SECONDS", "13", "max_video_seconds", 13),
        ("IM66_MAX_PICTURE_PIXELS", "14", "max_picture_pixels", 14),
        ("IM66_MAX_AVATAR_PIXELS", "15", "max_avatar_pixels", 15),
        ("IM66_MOSAICS", "false", "mosaics", False),
        ("IM66_MOSAIC_FONT", __file__, "mosaic_font", __file__),
        ("IM66_AVATAR_HOSTS", "a.example, 10.0.0.7,", "avatar_hosts", ["a.example", "10.0.0.7"]),
        ("IM66_S3_BUCKET", "chat-media", "s3_bucket", "chat-media"),
        ("IM66_S3_ENDPOINT", "http://127.0.0.1:9000", "s3_endpoint", "http://127.0.0.1:9000"),
        ("IM66_S3_REGION", "eu-central-1", "s3_region", "eu-central-1"),
    ],
)
def test_each_can_be_set(read: Read, name: str, value: str, field: str, expected: Any) -> None:
    assert environment.variable(field) == name
    assert getattr(read(**{name: value}), field) == expected


NONSENSE = {
    "IM66_PRODUCTION": ["", "maybe", "2"],
    "IM66_DATA_DIR": ["", "/dev/null", "/dev/null/data", str(Path(__file__))],
    "IM66_SECRET_KEY": ["", "k" * 31],
    "IM66_ALLOWED_HOSTS": [
        "https://chat.example",
        "chat.example:6060",
        "chat.example/im",
        "a b",
        "*.example",
    ],
    "IM66_PUBLIC_URL": [
        "chat.example",
        "ftp://x",
        "http://",
        "http:///im",
        "http://a b",
        "http://x/?q",
        "http://x#y",
        "http://x:y",
        "http://[::1",
    ],
    "IM66_PROXIES": ["proxy.example", "127.0.0.1:80", "10.0.0.1/8", "0.0.0.0/0", "::/0", "*", "10.0.0.0/33"],
    "IM66_HSTS_SECONDS": ["", "-1", "1.5", "a year", "2147483648"],
    # The last one has nothing to verify a token with.
    "IM66_AUTH": ["", "none", "TOKEN", "token"],
    "IM66_TOKEN_SECRET": ["-----BEGIN PUBLIC KEY-----\n" + "s" * 32, "s" * 32 + " s", "s" * 31, JWK],
    "IM66_TOKEN_KEYS": ["/nowhere/keys.pem", "/dev", __file__],
    "IM66_TOKEN_AUDIENCE": [" ", "a b"],
    "IM66_TOKEN_ISSUER": [" ", "a b"],
    "IM66_TOKEN_LEEWAY_SECONDS": ["", "-1", "301", "nan", "inf", "some"],
    "IM66_TOKEN_CREATES_USERS": ["", "maybe", "2"],
    "IM66_SIGNUP": ["", "true", "OPEN", "invited"],
    "IM66_LOGIN_FAILURES": ["", "0", "-1", "some"],
    # Fewer than for one userid.
    "IM66_LOGIN_FAILURES_PER_ADDRESS": ["", "0", "4", "many"],
    "IM66_LOCKOUT_MINUTES": ["", "0", "1.5", "10081", "long"],
    "IM66_LOGGED_REFUSALS": ["", "-1", "all"],
    "IM66_LOG_LEVEL": ["", "loud", "info"],
    "DATABASE_URL": [
        "",
        "im66.sqlite3",
        "mysql://u:p@h/n",
        "sqlite://",
        "sqlite://:memory:",
        "postgres://h",
        "postgres://h/",
        "postgres://h:port/n",
    ],
    "REDIS_URL": [
        "localhost",
        "localhost:6379",
        "http://localhost",
        "redis:localhost",
        "redis://h:99999",
        "redis://h?db=first",
        "redis://h?colour=red",
        "unix://",
    ],
    "IM66_HEARTBEAT_SECONDS": ["", "0", "-1", "0.01", "3601", "nan", "inf", "soon"],
    "IM66_POLL_SECONDS": ["", "0", "-1", "61", "nan", "inf", "often"],
    "IM66_MAX_TEXT_BYTES": ["", "0", "-1", "1.5", "64K", "2147483648"],
    "IM66_MAX_FRAME_BYTES": ["", "0", "-1", "1.5", "1M", "2147483648"],
    "IM66_RECALL_SECONDS": ["", "-1", "1.5", "soon"],
    "IM66_LOGIN_SECONDS": ["", "0", "-1", "0.01", "3601", "nan", "inf", "soon"],
    "IM66_MAX_GROUP_MEMBERS": ["", "0", "-1", "1e3", "many"],
    "IM66_MAX_GROUPS_PER_USER": ["", "0", "-1", "long"],
    "IM66_MAX_NAME_LENGTH": ["", "0", "-1", "long"],
    "IM66_MAX_NOTICE_LENGTH": ["", "0", "-1", "long"],
    "IM66_MAX_CONNECTIONS_PER_USER": ["", "0", "-1", "few"],
    "IM66_PEOPLE_PER_ADDRESS": ["", "0", "-1", "1.5", "all"],
    "IM66_LIMIT_CONNECTS": ["", "0", "60", "60/", "/60", "0/60", "60/0", "-1/60", "OFF", "none"],
    "IM66_LIMIT_LOGINS": ["1.5/60", "60/1.5", "60 / 60", "60/60/60", "1e3/60"],
    "IM66_LIMIT_MESSAGES": ["unlimited", "٦٠/60"],
    "IM66_LIMIT_BYTES": ["1000000000000001/60", "1/2678401"],
    "IM66_LIMIT_GROUPS": ["", "0"],
    "IM66_LIMIT_MEMBERSHIPS": ["", "0"],
    "IM66_LIMIT_QUERIES": ["", "0"],
    "IM66_LIMIT_UPLOADS": ["", "0"],
    "IM66_LIMIT_UPLOAD_BYTES": ["", "0"],
    "IM66_LIMIT_USERS": ["", "0"],
    "IM66_CLIENTS": ["", "all", "SHIPPED"],
    "IM66_GROUP_OK_CODE": ["", "2", "-1", "OK"],
    "IM66_LEGACY_UNDERSCORE": ["", "drop", "KEEP"],
    "IM66_LEGACY_CONNECTIONS": ["", "any", "oldest"],
    "IM66_LEGACY_EXTENSION": ["", "make", "drop"],
    "IM66_LEGACY_MEDIA": ["", "drop", "TEXT"],
    "IM66_LEGACY_LANGUAGE": ["", "de", "zh"],
    "IM66_LEGACY_MEDIA_HOST": ["", "ignore", "keep"],
    "IM66_MIN_FREE_MB": ["", "-1", "1.5", "1G", "2147483648"],
    "IM66_MEDIA_URL": ["media.example", "ftp://x", "http://", "http://x/?q"],
    "IM66_MEDIA_STORAGE": ["", "disk", "S3", "s3"],
    "IM66_MEDIA_ROOT": ["", "/dev/null", "/dev/null/media"],
    "IM66_MEDIA_ACCEL": ["stored", "/stored", "stored/", "/a b/"],
    "IM66_MEDIA_JOBS": ["", "0", "-1", "65", "all"],
    "IM66_MEDIA_WAIT_SECONDS": ["", "-1", "601", "nan", "inf", "long"],
    "IM66_MEDIA_SECONDS": ["", "0", "1.5", "long"],
    "IM66_MEDIA_ENCODE_SECONDS": ["", "0", "1.5", "long"],
    "IM66_MEDIA_MEMORY_MB": ["", "0", "255", "1G"],
    "IM66_MAX_VOICE_BYTES": ["", "0", "10M"],
    "IM66_MAX_PICTURE_BYTES": ["", "0", "20M"],
    "IM66_MAX_VIDEO_BYTES": ["", "0", "20M"],
    # Not four of the largest files.
    "IM66_MAX_BODIES_MB": ["", "0", "79", "1G"],
    "IM66_MAX_VOICE_SECONDS": ["", "0", "1.5"],
    "IM66_MAX_VIDEO_SECONDS": ["", "0", "1.5"],
    "IM66_MAX_PICTURE_PIXELS": ["", "0", "12000x12000"],
    "IM66_MAX_AVATAR_PIXELS": ["", "0", "7000x7000"],
    "IM66_MOSAICS": ["", "maybe"],
    "IM66_MOSAIC_FONT": ["/nowhere/font.ttf", "/dev"],
    "IM66_AVATAR_HOSTS": ["https://a.example", "a.example:80", "a.example/x", "*", ".example"],
    "IM66_S3_BUCKET": ["a b", "s3://chat"],
    "IM66_S3_ENDPOINT": ["127.0.0.1:9000", "s3://x"],
    "IM66_S3_REGION": ["eu central", "/"],
}


def test_nonsense_is_tried_for_every_setting() -> None:
    assert set(NONSENSE) == {environment.variable(field.name) for field in fields(environment.Environment)}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in NONSENSE.items() for value in values]
)
def test_nonsense_stops_the_start(read: Read, name: str, value: str) -> None:
    read(IM66_SECRET_KEY=KEY)
    with pytest.raises(ImproperlyConfigured, match=name):
        read(**{"IM66_SECRET_KEY": KEY, name: value})


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("IM66_HEARTBEAT", "IM66_HEARTBEAT_SECONDS"),
        ("IM66_MAX_GROUP_MEMBER", "IM66_MAX_GROUP_MEMBERS"),
        ("IM66_SECRETKEY", "IM66_SECRET_KEY"),
        ("IM66_PUBLIC_URI", "IM66_PUBLIC_URL"),
        ("IM66_DATABASE_URL", "DATABASE_URL"),
    ],
)
def test_a_mistyped_name_stops_the_start(read: Read, name: str, meant: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=rf"^{name} is not a setting.*Did you mean {meant}\?$"):
        read(**{name: "1"})


def test_a_name_like_no_other_stops_the_start(read: Read) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^IM66_QQQQQQ is not a setting of im66\.$"):
        read(IM66_QQQQQQ="1")


def test_names_of_other_software_do_not(read: Read) -> None:
    assert read(IM67_XYZ="1", XIM66_XYZ="1").production is False


# Production.


def test_production_with_what_it_needs(read: Read) -> None:
    found = read(**PRODUCTION)
    assert (found.production, found.secret_key, found.allowed_hosts) == (True, KEY, ["chat.example"])


@pytest.mark.parametrize("name", ["IM66_SECRET_KEY", "IM66_ALLOWED_HOSTS"])
def test_production_without_it_does_not_start(read: Read, name: str, tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match=name):
        read(**{key: value for key, value in PRODUCTION.items() if key != name})
    assert not (tmp_path / "data" / "secret-key").exists()


@pytest.mark.parametrize("hosts", ["", ",", " , "])
def test_production_with_no_host_in_the_list_does_not_start(read: Read, hosts: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="IM66_ALLOWED_HOSTS is required in production"):
        read(**{**PRODUCTION, "IM66_ALLOWED_HOSTS": hosts})


def test_in_production_browsers_are_told_to_speak_tls_for_a_year(read: Read) -> None:
    assert read(**PRODUCTION).hsts_seconds == 31_536_000
    assert read(**PRODUCTION, IM66_HSTS_SECONDS="0").hsts_seconds == 0


# Who is believed.


def test_in_production_nobody_is_believed_unless_it_is_said(read: Read) -> None:
    assert read(**PRODUCTION).auth == "token"
    assert read(**PRODUCTION, IM66_AUTH="open").auth == "open"


@pytest.mark.parametrize("production", [True, False])
def test_token_mode_needs_something_to_verify_tokens_with(
    read: Read, production: bool, tmp_path: Path
) -> None:
    given = {**PRODUCTION, "IM66_TOKEN_SECRET": ""} if production else {"IM66_AUTH": "token"}
    path = tmp_path / "keys.pem"
    path.write_bytes(pem(rsa_key()))
    keys, secret = {"IM66_TOKEN_KEYS": str(path)}, {"IM66_TOKEN_SECRET": "s" * 32}
    for neither_or_both in ({}, keys | secret):
        with pytest.raises(
            ImproperlyConfigured, match=r"needs either IM66_TOKEN_SECRET or IM66_TOKEN_KEYS\.$"
        ):
            read(**given | neither_or_both)
    assert read(**given | keys).token_keys == str(path)
    assert read(**given | secret | {"IM66_TOKEN_KEYS": ""}).token_secret == "s" * 32


def test_keys_that_cannot_be_used_stop_the_start_and_are_not_quoted(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "keys.pem"
    path.write_text("-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n")
    with pytest.raises(
        ImproperlyConfigured, match=r"^IM66_TOKEN_KEYS cannot be used: it holds a private"
    ) as error:
        read(IM66_TOKEN_KEYS=str(path))
    assert "secret" not in str(error.value)


# The generated key.


def test_the_key_is_made_once_for_its_owner_alone(read: Read, tmp_path: Path) -> None:
    first = read().secret_key
    assert len(first) >= 50
    assert read().secret_key == first
    (file,) = (tmp_path / "data").iterdir()
    assert file.read_text() == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_every_data_folder_has_a_key_of_its_own(read: Read, tmp_path: Path) -> None:
    assert read().secret_key != read(IM66_DATA_DIR=str(tmp_path / "other")).secret_key


def test_no_key_is_made_where_one_is_given(read: Read, tmp_path: Path) -> None:
    read(IM66_SECRET_KEY=KEY)
    assert not (tmp_path / "data").exists()


def test_threads_that_start_at_once_have_one_key(read: Read, tmp_path: Path) -> None:
    for number in range(20):
        read(IM66_DATA_DIR=str(tmp_path / str(number)))
        (tmp_path / str(number) / "secret-key").unlink()
        with ThreadPoolExecutor(8) as threads:
            keys = {
                future.result().secret_key for future in [threads.submit(environment.read) for _ in range(8)]
            }
        assert keys == {(tmp_path / str(number) / "secret-key").read_text()}
        assert len(list((tmp_path / str(number)).iterdir())) == 1


def test_processes_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    program = "from im66 import environment; input(); print(environment.read().secret_key)"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={"IM66_DATA_DIR": str(tmp_path / "data"), "PATH": os.environ["PATH"]},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    keys = {process.communicate(timeout=60)[0].strip() for process in started}
    assert keys == {(tmp_path / "data" / "secret-key").read_text()}


# What the address of the database chooses.


def test_sqlite(read: Read, tmp_path: Path) -> None:
    database = _database(read().database_url)
    assert database["ENGINE"] == "im66.sqlite"
    assert database["NAME"] == str(tmp_path / "data" / "im66.sqlite3")
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]


@pytest.mark.parametrize("folder", ["with space", "per%20cent", "ha#sh", "que?ry", "数据", "plus+"])
def test_sqlite_in_a_folder_with_an_odd_name(read: Read, tmp_path: Path, folder: str) -> None:
    found = read(IM66_DATA_DIR=str(tmp_path / folder))
    assert _database(found.database_url)["NAME"] == str(tmp_path / folder / "im66.sqlite3")


def test_a_relative_folder_is_meant_from_where_the_process_started(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = read(IM66_DATA_DIR="here")
    assert _database(found.database_url)["NAME"] == str(tmp_path / "here" / "im66.sqlite3")


def test_postgresql(read: Read) -> None:
    database = _database(
        read(DATABASE_URL="postgres://user:p%40ss@db.example:5433/im?sslmode=require").database_url
    )
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example", 5433, "im")
    assert (database["USER"], database["PASSWORD"]) == ("user", "p@ss")
    assert database["OPTIONS"]["sslmode"] == "require"
    assert database["OPTIONS"]["pool"]
    assert not database["CONN_MAX_AGE"]
