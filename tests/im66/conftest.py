"""What tests of settings share."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from im66 import environment

KEY = "k" * 32
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
