"""One setting sets up the server for the shipped apps, and each of its parts may be set otherwise."""

from dataclasses import fields
from pathlib import Path

import pytest

from im66 import environment
from im66.serving import profile
from im66.variables import ANY, SHIPPED, default_by_clients
from testkit.server import Server
from tests.support.tokens import IN_TOKEN_MODE

PARTS = {
    "group_ok_code": (1, 0),
    "legacy_underscore": ("keep", "fullwidth"),
    "legacy_connections": ("all", "newest"),
    "legacy_close_code": ("own", "restart"),
    "legacy_without_login": (0, 10_000),
    "legacy_userid": ("keep", "alias"),
    "legacy_extension": ("keep", "fill"),
    "legacy_media": ("keep", "text"),
    "legacy_language": ("en", "zh-hans"),
    "legacy_media_host": ("warn", "refuse"),
    "desk_userid": ("im66-desk", "im66desk"),
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for field in fields(environment.Environment):
        monkeypatch.delenv(environment.variable(field.name), raising=False)
    monkeypatch.setenv("IM66_DATA_DIR", str(tmp_path))


@pytest.mark.parametrize(("clients", "place"), [(ANY, 0), (SHIPPED, 1)])
def test_clients_profile_sets_all_its_settings(
    monkeypatch: pytest.MonkeyPatch, clients: str, place: int
) -> None:
    monkeypatch.setenv("IM66_CLIENTS", clients)
    values = environment.read()
    assert {name: getattr(values, name) for name in PARTS} == {
        name: values[place] for name, values in PARTS.items()
    }


def test_single_settings_override_the_clients_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    for clients, place in ((ANY, 1), (SHIPPED, 0)):
        monkeypatch.setenv("IM66_CLIENTS", clients)
        for name, values in PARTS.items():
            with monkeypatch.context() as patched:
                patched.setenv(environment.variable(name), str(values[place]))
                assert getattr(environment.read(), name) == values[place]


def test_clients_profile_declares_all_its_settings() -> None:
    declared = {
        field.name: (default_by_clients(field, ANY), default_by_clients(field, SHIPPED))
        for field in fields(environment.Environment)
        if default_by_clients(field, ANY) is not None
    }
    assert declared == PARTS


def test_profile_sentence_names_overridden_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert profile(environment.read()) == "Set up for any clients (IM66_CLIENTS=any)."
    monkeypatch.setenv("IM66_CLIENTS", "shipped")
    assert profile(environment.read()) == "Set up for the shipped apps (IM66_CLIENTS=shipped)."
    monkeypatch.setenv("IM66_GROUP_OK_CODE", "1")
    monkeypatch.setenv("IM66_LEGACY_MEDIA", "text")
    assert profile(environment.read()) == (
        "Set up for the shipped apps (IM66_CLIENTS=shipped), but IM66_GROUP_OK_CODE=1."
    )


@pytest.mark.slow
def test_start_logs_the_profile_once(tmp_path: Path) -> None:
    server = Server(tmp_path, IM66_CLIENTS="shipped")
    server.prepare()
    server.start()
    server.stop()
    assert server.log.read_text().count("Set up for the shipped apps (IM66_CLIENTS=shipped).") == 1


@pytest.mark.slow
def test_start_warns_of_shipped_apps_in_token_mode(tmp_path: Path) -> None:
    with Server(tmp_path, IM66_CLIENTS="shipped", **IN_TOKEN_MODE) as server:
        assert server.log.read_text().count("send no token when they log in") == 1
