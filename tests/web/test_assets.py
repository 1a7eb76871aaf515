"""The scripts and styles of the chat client."""

import gzip
import re
from pathlib import Path

import pytest
from django.test import Client

from web import assets

STATIC = Path(__file__).resolve().parents[2] / "static/im66"
MAIN = f"/assets/{assets.version()}/chat/main.js"


def test_script_is_served_unchanged(client: Client) -> None:
    response = client.get(MAIN)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.content == (STATIC / "chat/main.js").read_bytes()


def test_asset_is_served_compressed(client: Client) -> None:
    response = client.get(MAIN, headers={"Accept-Encoding": "gzip, br"})
    assert response["Content-Encoding"] == "gzip"
    assert response["Vary"] == "Accept-Encoding"
    assert gzip.decompress(response.content) == (STATIC / "chat/main.js").read_bytes()


def test_current_asset_is_cached_forever(client: Client) -> None:
    assert "immutable" in client.get(MAIN)["Cache-Control"]


def test_asset_of_other_version_is_not_cached(client: Client) -> None:
    response = client.get("/assets/0000/chat/main.js")
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")


def test_lazy_script_of_other_version_is_not_found(client: Client) -> None:
    later = [name for name in assets.assets() if assets.is_later(name)]
    assert "later/chat/ui/profile/settings_dialog.js" in later
    for name in later:
        assert client.get(f"/assets/{assets.version()}/{name}").status_code == 200
        assert client.get(f"/assets/0000/{name}").status_code == 404


@pytest.mark.parametrize("name", ["chat/missing.js", "avatar.png", "../../manage.py", "vendor/versions.json"])
def test_unknown_asset_is_not_found(client: Client, name: str) -> None:
    assert client.get(f"/assets/{assets.version()}/{name}").status_code == 404


def test_assets_are_read_only(client: Client) -> None:
    assert client.post(MAIN).status_code == 405


def test_assets_include_every_client_file() -> None:
    files = {path.relative_to(STATIC).as_posix() for path in (STATIC / "chat").rglob("*.*") if path.is_file()}
    assert files <= set(assets.assets())


def test_stylesheet_includes_every_component() -> None:
    styles = [assets.assets()[name].plain.decode() for name in (assets.STYLE, assets.LATE_STYLE)]
    style = "".join(styles)
    for path in (STATIC / "chat/css").rglob("*.css"):
        rules = re.findall(r"^\.[\w-]+(?= {)", path.read_text(), re.M)
        assert all(rule in style for rule in rules), path.name
    assert "/*" not in style


def test_first_visit_loads_at_most_105_kilobytes() -> None:
    loaded = [assets.assets()[name] for name in (assets.EARLY, assets.SCRIPT, assets.STYLE)]
    assert sum(len(asset.compressed) for asset in loaded) < 105_000


def test_early_script_is_small() -> None:
    assert len(assets.assets()[assets.EARLY].compressed) < 3_000
