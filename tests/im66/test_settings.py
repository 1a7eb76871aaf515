"""What the operator may set: every setting, its default, and a value that it takes."""

import os
from dataclasses import fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from accounts.proxies import Proxies
from im66 import environment
from im66.addresses import mail_settings
from im66.environment import Environment, variable
from testkit.server import ROOT
from tests.im66.conftest import KEY, Read
from tests.im66.values import accepted_values, has_declared_values

# Others than those of tests/im66/values.py. Of these, some would need further settings with another value.
WHSEC = "whsec_" + "MfKQ" * 8
TAKEN: dict[str, dict[str, Any]] = {
    "IM66_PRODUCTION": {"no": False},
    "IM66_AUTH": {"open": "open"},
    "IM66_SECRET_KEY": {KEY: KEY},
    "IM66_SECRET_KEY_FALLBACKS": {f"{KEY}, {'l' * 32}": [KEY, "l" * 32], "": []},
    "IM66_ALLOWED_HOSTS": {
        "chat.example, 10.0.0.7,": ["chat.example", "10.0.0.7"],
        "[::1],.example,*": ["[::1]", ".example", "*"],
    },
    "IM66_FILE_TYPES": {"pdf, -exe,*": ["pdf", "-exe", "*"], "": ["*"]},
    "IM66_CHECKER_URL": {"": ""},
    "IM66_SENTRY_DSN": {"https://key@sentry.example/7": "https://key@sentry.example/7"},
    "IM66_CHECKER_SECRET": {WHSEC: WHSEC, f"{WHSEC}MQ== {WHSEC}": f"{WHSEC}MQ== {WHSEC}"},
    "IM66_CHECKER_SUBJECTS": {"edit, name": ["edit", "name"]},
    "IM66_FILE_SCANNER": {
        "clamd:/run/clamd.ctl": "clamd:/run/clamd.ctl",
        "clamd:[::1]:3310": "clamd:[::1]:3310",
        "/usr/bin/scan --fast": "/usr/bin/scan --fast",
    },
    "IM66_PUBLIC_URL": {
        "https://chat.example:8443/im/": "https://chat.example:8443/im",
        "http://[::1]:6060": "http://[::1]:6060",
    },
    "IM66_PROXIES": {
        "10.0.0.7, unix,": Proxies((ip_network("10.0.0.7"),), unix=True),
        "10.0.0.0/8,fd00::/8": Proxies((ip_network("10.0.0.0/8"), ip_network("fd00::/8"))),
    },
    "IM66_ORIGINS": {
        "https://app.example, capacitor://localhost,https://app.example,": [
            "https://app.example",
            "capacitor://localhost",
        ],
        "null,http://[::1]:8080": ["null", "http://[::1]:8080"],
    },
    "IM66_EMBED_ORIGINS": {
        "https://shop.example, http://[::1]:8080": ["https://shop.example", "http://[::1]:8080"]
    },
    "IM66_REMOTE_USER_HEADER": {"": ""},
    # The issuer needs the other two: tests/im66/test_refuse_settings.py.
    "IM66_OIDC_ISSUER": {"": ""},
    "IM66_OIDC_CLIENT_ID": {"im66": "im66"},
    "IM66_OIDC_CLIENT_SECRET": {"s3cret": "s3cret"},
    "IM66_OIDC_NAME": {"Example Corp": "Example Corp"},
    "IM66_OIDC_USERID_CLAIM": {"preferred_username": "preferred_username"},
    "IM66_TOKEN_SECRET": {"s" * 32: "s" * 32},
    "IM66_ADMIN_USERID": {"admin": "admin"},
    "IM66_TOKEN_AUDIENCE": {"chat": "chat"},
    "IM66_TOKEN_ISSUER": {"https://host.example": "https://host.example"},
    "IM66_PROCESSES": {"auto": "auto", "1": "1", "256": "256"},
    "IM66_METRICS_HOST": {"0.0.0.0": "0.0.0.0", "::1": "::1"},
    "IM66_METRICS_TOKEN": {"t" * 16: "t" * 16},
    "DATABASE_URL": {
        "postgres://u:p@h:5432/n": "postgres://u:p@h:5432/n",
        "postgresql:///n": "postgresql:///n",
        "sqlite:////tmp/x.db": "sqlite:////tmp/x.db",
    },
    "REDIS_URL": {
        "redis://localhost:6379/0": "redis://localhost:6379/0",
        "unix:///run/redis.sock": "unix:///run/redis.sock",
        "redis://h1,h2:6380/0": "redis://h1,h2:6380/0",
        "redis+sentinel://h1:26379,h2:26379/im66": "redis+sentinel://h1:26379,h2:26379/im66",
        "": "",
    },
    "IM66_DESK_USERID": {"service": "service", "": ""},
    "IM66_DESK_TIME_ZONE": {"Asia/Shanghai": "Asia/Shanghai"},
    "IM66_MAIL_URL": {
        "smtp+tls://im66:p%40ss@mail.example:587": "smtp+tls://im66:p%40ss@mail.example:587",
        "smtps://mail.example": "smtps://mail.example",
        "smtp://127.0.0.1:25": "smtp://127.0.0.1:25",
    },
    "IM66_CONTACT": {"help@chat.example": "help@chat.example", "Room 4, 9 to 5": "Room 4, 9 to 5"},
    "IM66_MAIL_FROM": {"im66@chat.example": "im66@chat.example"},
    "IM66_MAP_URL": {"https://m.example/?q={lat},{lon}": "https://m.example/?q={lat},{lon}"},
    "IM66_MAP_TILES": {"https://m.example/{z}/{x}/{y}.png?k=1": "https://m.example/{z}/{x}/{y}.png?k=1"},
    "IM66_MEDIA_URL": {"https://media.example/chat/": "https://media.example/chat"},
    "IM66_MEDIA_ROOT": {"/tmp/media": Path("/tmp/media")},
    "IM66_MEDIA_ACCEL": {"/stored/": "/stored/"},
    "IM66_MOSAIC_FONT": {__file__: __file__},
    "IM66_AVATAR_HOSTS": {"a.example, 10.0.0.7:8080,": ["a.example", "10.0.0.7:8080"]},
    "IM66_S3_BUCKET": {"chat-media": "chat-media"},
    "IM66_S3_ENDPOINT": {"http://127.0.0.1:9000": "http://127.0.0.1:9000"},
    "IM66_S3_REGION": {"eu-central-1": "eu-central-1"},
}


def test_settings_that_depend_on_the_machine_have_defaults(read: Read, tmp_path: Path) -> None:
    """The other defaults are in the READMEs, and tests/docs/test_readme.py compares them."""
    data_dir = tmp_path / "data"
    environment = read()
    assert environment.data_dir == data_dir
    assert environment.secret_key == (data_dir / "secret-key").read_text()
    assert environment.database_url == f"sqlite:///{data_dir}/im66.sqlite3"
    assert environment.media_root == data_dir / "media"
    assert environment.media_jobs == max(1, (os.cpu_count() or 1) - 1)


def test_data_folder_is_next_to_the_code_by_default(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    read()
    monkeypatch.delenv("IM66_DATA_DIR")
    monkeypatch.setenv("IM66_SECRET_KEY", KEY)
    assert environment.read().data_dir == ROOT / "var"


def test_every_setting_accepts_a_valid_value(read: Read) -> None:
    elsewhere = {
        "token_secret_fallbacks",
        "data_dir",
        "token_keys",
        "push_apps",
        "admin_password_file",
        "media_storage",
        "report_mail",
    }
    named = {variable(field.name): field for field in fields(Environment) if field.name not in elsewhere}
    names, defaults = {name: field.name for name, field in named.items()}, read()
    plain = {
        name: accepted_values(field, getattr(defaults, field.name))
        for name, field in named.items()
        if has_declared_values(field)
    }
    every = {**plain, **TAKEN}
    assert set(every) == set(named)
    cases = [(name, value, expected) for name, values in every.items() for value, expected in values.items()]
    results = [(name, value, getattr(read(**{name: value}), names[name])) for name, value, _ in cases]
    assert results == cases


def test_checker_url_requires_a_secret(read: Read) -> None:
    url = "https://check.example/im66"
    assert read(IM66_CHECKER_URL=url, IM66_CHECKER_SECRET=WHSEC).checker_url == url
    with pytest.raises(ImproperlyConfigured, match="IM66_CHECKER_URL needs IM66_CHECKER_SECRET"):
        read(IM66_CHECKER_URL=url)


def test_mail_settings_are_read(read: Read) -> None:
    mail = {"IM66_MAIL_URL": "smtps://im66:p%40ss@mail.example", "IM66_MAIL_FROM": "im66@chat.example"}
    environment = read(**mail, IM66_REPORT_MAIL="ann@chat.example, ben@chat.example,ann@chat.example")
    assert environment.report_mail == ["ann@chat.example", "ben@chat.example"]
    assert mail_settings(environment.mail_url) == {
        "EMAIL_HOST": "mail.example",
        "EMAIL_PORT": 465,
        "EMAIL_HOST_USER": "im66",
        "EMAIL_HOST_PASSWORD": "p@ss",
        "EMAIL_USE_TLS": False,
        "EMAIL_USE_SSL": True,
    }
