"""Nonsense in a setting, or in the name of one, stops the start with a word on what is wrong."""

from dataclasses import fields
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from im66 import environment
from tests.im66.conftest import KEY, Read
from tests.im66.values import has_declared_values, rejected_values

JWK = '{"kty":"oct","k":"a2tra2tra2tra2tra2tra2tra2tra2tra2s"}'
NONSENSE = {
    "IM66_SENTRY_DSN": ["sentry.example", "https://sentry.example/1", "https://key@sentry.example"],
    "IM66_DATA_DIR": ["", "/dev/null", "/dev/null/data", str(Path(__file__))],
    "IM66_SECRET_KEY": ["", "k" * 31],
    "IM66_SECRET_KEY_FALLBACKS": ["k" * 31, f"{KEY} {KEY}"],
    "IM66_ALLOWED_HOSTS": [
        "https://chat.example",
        "chat.example:6060",
        "chat.example/im",
        "a b",
        "*.example",
    ],
    "IM66_FILE_TYPES": [".pdf", "pdf exe", "--exe"],
    "IM66_CHECKER_URL": ["check.example"],
    "IM66_CHECKER_SECRET": ["secret", "whsec_", "whsec_MfKQ", "whsec_" + "MfK" * 11],
    "IM66_CHECKER_SUBJECTS": ["messages", "edit;name"],
    "IM66_FILE_SCANNER": ["clamd", "clamd:host", "clamd:host:x", "scan"],
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
    "IM66_EMBED_ORIGINS": ["null", "capacitor://localhost", "shop.example", "https://shop.example/chat"],
    # Not as a browser writes it, it would never be the origin of a page.
    "IM66_ORIGINS": [
        "*",
        "app.example",
        "https://*.app.example",
        "https://app.example/",
        "https://app.example/chat",
        "https://App.example",
        "https://app.example:443",
        "https://app.example:99999",
        "https://user@app.example",
        "https://app.example?x",
        "capacitor://",
        "file://",
        "https://app.example https://other.example",
        "https://应用.example",
        ",".join(f"https://app{number}.example" for number in range(101)),
    ],
    # The last one would be believed from nobody.
    "IM66_REMOTE_USER_HEADER": [
        "Remote User",
        "X_User",
        "Host",
        "cookie",
        "X-Forwarded-For",
        "X-Remote-User",
    ],
    # The last one has no name and no secret there.
    "IM66_OIDC_ISSUER": ["accounts.example", "ftp://accounts.example", "https://accounts.example"],
    "IM66_OIDC_CLIENT_ID": [" ", "a b"],
    "IM66_OIDC_CLIENT_SECRET": [" ", "a b"],
    "IM66_OIDC_NAME": [" ", "x" * 51],
    "IM66_OIDC_USERID_CLAIM": ["a b", "é"],
    # The last one has nothing to verify a token with.
    "IM66_AUTH": ["token"],
    "IM66_TOKEN_SECRET": ["-----BEGIN PUBLIC KEY-----\n" + "s" * 32, "s" * 32 + " s", "s" * 31, JWK],
    # There is no secret here that it could have been.
    "IM66_TOKEN_SECRET_FALLBACKS": ["s" * 32],
    "IM66_TOKEN_KEYS": ["/nowhere/keys.pem", "/dev", __file__],
    "IM66_PUSH_APPS": ["/nowhere/push.toml", "/dev"],
    "IM66_ADMIN_USERID": ["a b", "a_b", "a" * 65],
    # The last one is nobody's.
    "IM66_ADMIN_PASSWORD_FILE": ["/nowhere/password", "/dev", __file__],
    "IM66_TOKEN_AUDIENCE": [" ", "a b"],
    "IM66_TOKEN_ISSUER": [" ", "a b"],
    # Fewer than for one userid.
    "IM66_LOGIN_FAILURES_PER_ADDRESS": ["4"],
    "IM66_PROCESSES": ["0", "257", "many", "-1", "1.5"],
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
        "postgres://h:1,i:port/n",
        "postgres://u:50%@h/n",
    ],
    "REDIS_URL": [
        "localhost",
        "localhost:6379",
        "http://localhost",
        "redis:localhost",
        "redis://h:99999",
        "redis://h?db=first",
        "redis://h?colour=red",
        "redis+sentinel://h:26379",
        "redis+sentinel:///im66",
        "redis+sentinel://h/im66?colour=red",
        "unix://",
    ],
    "IM66_DESK_USERID": ["the desk", "the_desk", "a/b", "a,b", "d" * 65],
    "IM66_DESK_TIME_ZONE": ["", "CST+8", "Asia", "../../etc/passwd", "+08:00"],
    # The last one says nothing of where mail is taken, and from whom it is.
    "IM66_REPORT_MAIL": ["ann", "ann@", "a b@chat.example", "Ann <ann@chat.example>", "ann@chat.example"],
    "IM66_MAIL_URL": [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://mail.example/x",
        # Everybody on the way would read the password.
        "smtp://im66:secret@mail.example",
    ],
    "IM66_CONTACT": ["x" * 201, " "],
    "IM66_MAIL_FROM": ["im66", "im66@", "a b@chat.example"],
    "IM66_MAP_URL": [
        "https://m.example/",
        "https://m.example/{lat}",
        "javascript:{lat}{lon}",
        "https://m/{lat} {lon}",
    ],
    "IM66_MAP_TILES": [
        "https://m.example/{z}/{x}.png",
        "//m.example/{z}/{x}/{y}",
        "https://{z}/{x}/{y}",
        "https://m;x/{z}/{x}/{y}",
    ],
    "IM66_MEDIA_URL": ["media.example", "ftp://x", "http://", "http://x/?q"],
    "IM66_MEDIA_STORAGE": ["s3"],
    "IM66_MEDIA_ROOT": ["", "/dev/null", "/dev/null/media"],
    "IM66_MEDIA_ACCEL": ["stored", "/stored", "stored/", "/a b/"],
    # Not four of the largest files.
    "IM66_MAX_BODIES_MB": ["79"],
    "IM66_MOSAIC_FONT": ["/nowhere/font.ttf", "/dev"],
    "IM66_AVATAR_HOSTS": ["https://a.example", "a.example:", "a.example:0", "a.example/x", "*", ".example"],
    "IM66_S3_BUCKET": ["a b", "s3://chat"],
    "IM66_S3_ENDPOINT": ["127.0.0.1:9000", "s3://x"],
    "IM66_S3_REGION": ["eu central", "/"],
}


def refusal(read: Read, **variables: str) -> str:
    """What stops the start; nothing if it is not stopped."""
    try:
        read(**variables)
    except ImproperlyConfigured as error:
        return str(error)
    return ""


def test_invalid_setting_stops_the_start_and_is_named(read: Read) -> None:
    assert refusal(read, IM66_SECRET_KEY=KEY) == ""
    named = {environment.variable(field.name): field for field in fields(environment.Environment)}
    plain = {name: rejected_values(field) for name, field in named.items() if has_declared_values(field)}
    assert {*NONSENSE, *plain} == set(named)
    every = [*NONSENSE.items(), *plain.items()]
    tried = [(name, value) for name, values in every for value in values]
    assert [
        (name, value)
        for name, value in tried
        if name not in refusal(read, **{"IM66_SECRET_KEY": KEY, name: value})
    ] == []


def test_mistyped_setting_name_stops_the_start(read: Read) -> None:
    for name, meant in {
        "IM66_HEARTBEAT": "IM66_HEARTBEAT_SECONDS",
        "IM66_MAX_GROUP_MEMBER": "IM66_MAX_GROUP_MEMBERS",
        "IM66_SECRETKEY": "IM66_SECRET_KEY",
        "IM66_PUBLIC_URI": "IM66_PUBLIC_URL",
        "IM66_DATABASE_URL": "DATABASE_URL",
    }.items():
        with pytest.raises(ImproperlyConfigured, match=rf"^{name} is not a setting.*Did you mean {meant}\?$"):
            read(**{name: "1"})


def test_unknown_setting_name_stops_the_start(read: Read) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^IM66_QQQQQQ is not a setting of im66\.$"):
        read(IM66_QQQQQQ="1")


def test_variables_of_other_software_do_not_stop_the_start(read: Read) -> None:
    assert read(IM67_XYZ="1", XIM66_XYZ="1").production is False
