"""In production, what must be set, and what is then so without being set."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.im66.conftest import KEY, PRODUCTION, Read


def test_production_starts_with_required_settings(read: Read) -> None:
    environment = read(**PRODUCTION)
    assert (environment.production, environment.secret_key, environment.allowed_hosts) == (
        True,
        KEY,
        ["chat.example"],
    )


@pytest.mark.parametrize("name", ["IM66_SECRET_KEY", "IM66_ALLOWED_HOSTS"])
def test_production_without_a_required_setting_does_not_start(read: Read, name: str, tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match=name):
        read(**{key: value for key, value in PRODUCTION.items() if key != name})
    assert not (tmp_path / "data" / "secret-key").exists()


@pytest.mark.parametrize("content", [b"", b"too short", b"\xff" * 50, b"k" * 50 + b"\nshort"])
def test_leftover_key_file_is_ignored_if_the_key_is_set(read: Read, tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "secret-key").write_bytes(content)
    assert read(**PRODUCTION, IM66_DATA_DIR=str(folder)).secret_key_fallbacks == []


@pytest.mark.parametrize("hosts", ["", ",", " , "])
def test_production_without_allowed_hosts_does_not_start(read: Read, hosts: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="IM66_ALLOWED_HOSTS is required in production"):
        read(**{**PRODUCTION, "IM66_ALLOWED_HOSTS": hosts})


def test_production_sends_hsts_for_a_year(read: Read) -> None:
    assert read(**PRODUCTION).hsts_seconds == 31_536_000
    assert read(**PRODUCTION, IM66_HSTS_SECONDS="0").hsts_seconds == 0
