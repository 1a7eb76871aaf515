"""Nonsense in a setting, or in the name of one, stops the start with a word on what is wrong."""

from dataclasses import fields
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from im66 import environment
from tests.im66.conftest import KEY, Read

JWK = '{"kty":"oct","k":"a2tra2tra2tra2tra2tra2tra2tra2tra2s"}'
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
    "IM66_LOG_FORMAT": ["", "JSON", "xml"],
    "IM66_DRAIN_SECONDS": ["", "-1", "601", "nan", "long"],
    "IM66_METRICS_PORT": ["", "-1", "65536", "http"],
    "IM66_METRICS_HOST": ["http://x", "a b", "127.0.0.1:9166", "[::1]"],
    "IM66_METRICS_TOKEN": ["short", "t" * 16 + " t"],
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
    "IM66_MAX_EXTENSION_BYTES": ["", "0", "-1", "1.5", "64K", "2147483648"],
    "IM66_MAX_FRAME_BYTES": ["", "0", "-1", "1.5", "1M", "2147483648"],
    "IM66_RECALL_SECONDS": ["", "-1", "1.5", "soon"],
    "IM66_LOGIN_SECONDS": ["", "0", "-1", "0.01", "3601", "nan", "inf", "soon"],
    "IM66_PUSH_AFTER_SECONDS": ["", "0", "86401", "soon"],
    "IM66_WEBHOOK_PRIVATE": ["", "maybe"],
    "IM66_WEBHOOK_RETRY_SECONDS": ["", "0", "3601", "soon"],
    "IM66_WEBHOOK_HOURS": ["", "0", "1.5"],
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
    "IM66_LIMIT_REPORTS": ["", "0"],
    "IM66_CLIENTS": ["", "all", "SHIPPED"],
    "IM66_GROUP_OK_CODE": ["", "2", "-1", "OK"],
    "IM66_LEGACY_UNDERSCORE": ["", "drop", "KEEP"],
    "IM66_LEGACY_CONNECTIONS": ["", "any", "oldest"],
    "IM66_LEGACY_CLOSE_CODE": ["", "1012", "none"],
    "IM66_LEGACY_WITHOUT_LOGIN": ["", "-1", "1.5", "all"],
    "IM66_LEGACY_USERID": ["", "text", "ALIAS"],
    "IM66_LEGACY_EXTENSION": ["", "make", "drop"],
    "IM66_LEGACY_MEDIA": ["", "drop", "TEXT"],
    "IM66_LEGACY_LANGUAGE": ["", "de", "zh"],
    "IM66_LEGACY_MEDIA_HOST": ["", "ignore", "keep"],
    "IM66_DESK_USERID": ["the desk", "the_desk", "a/b", "a,b", "d" * 65],
    "IM66_DESK_TIME_ZONE": ["", "CST+8", "Asia", "../../etc/passwd", "+08:00"],
    # The last one says nothing of where mail is taken, and from whom it is.
    "IM66_REPORT_MAIL": ["ann", "ann@", "a b@chat.example", "Ann <ann@chat.example>", "ann@chat.example"],
    "IM66_REPORT_MAIL_SECONDS": ["", "0", "86401", "nan", "often"],
    "IM66_MAIL_URL": [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://mail.example/x",
        # Everybody on the way would read the password.
        "smtp://im66:secret@mail.example",
    ],
    "IM66_MAIL_FROM": ["im66", "im66@", "a b@chat.example"],
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
    "IM66_READ_RECEIPTS": ["", "maybe"],
    "IM66_MOSAICS": ["", "maybe"],
    "IM66_MOSAIC_FONT": ["/nowhere/font.ttf", "/dev"],
    "IM66_AVATAR_HOSTS": ["https://a.example", "a.example:", "a.example:0", "a.example/x", "*", ".example"],
    "IM66_S3_BUCKET": ["a b", "s3://chat"],
    "IM66_S3_ENDPOINT": ["127.0.0.1:9000", "s3://x"],
    "IM66_S3_REGION": ["eu central", "/"],
}


def test_nonsense_is_tried_for_every_setting() -> None:
    assert set(NONSENSE) == {environment.variable(field.name) for field in fields(environment.Environment)}


def refusal(read: Read, **variables: str) -> str:
    """What stops the start; nothing if it is not stopped."""
    try:
        read(**variables)
    except ImproperlyConfigured as refused:
        return str(refused)
    return ""


def test_nonsense_stops_the_start_and_is_named(read: Read) -> None:
    assert refusal(read, IM66_SECRET_KEY=KEY) == ""
    tried = [(name, value) for name, values in NONSENSE.items() for value in values]
    assert [
        (name, value)
        for name, value in tried
        if name not in refusal(read, **{"IM66_SECRET_KEY": KEY, name: value})
    ] == []


def test_a_mistyped_name_stops_the_start(read: Read) -> None:
    for name, meant in {
        "IM66_HEARTBEAT": "IM66_HEARTBEAT_SECONDS",
        "IM66_MAX_GROUP_MEMBER": "IM66_MAX_GROUP_MEMBERS",
        "IM66_SECRETKEY": "IM66_SECRET_KEY",
        "IM66_PUBLIC_URI": "IM66_PUBLIC_URL",
        "IM66_DATABASE_URL": "DATABASE_URL",
    }.items():
        with pytest.raises(ImproperlyConfigured, match=rf"^{name} is not a setting.*Did you mean {meant}\?$"):
            read(**{name: "1"})


def test_a_name_like_no_other_stops_the_start(read: Read) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^IM66_QQQQQQ is not a setting of im66\.$"):
        read(IM66_QQQQQQ="1")


def test_names_of_other_software_do_not(read: Read) -> None:
    assert read(IM67_XYZ="1", XIM66_XYZ="1").production is False
