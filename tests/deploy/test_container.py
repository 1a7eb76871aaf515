"""deploy/container: what is written there exists, and fits what the server needs."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from im66.operating.probes import HEALTH
from im66.settings import INSTALLED_APPS
from testkit.server import ROOT
from tests.deploy.containers import COMPOSE, CONTAINERFILE, FOLDER, OURS, SERVICES, SETTINGS, ignored

DAILY = "deploy/container/daily"


def test_image_has_every_app_and_no_private_file() -> None:
    ours = {app.partition(".")[0] for app in INSTALLED_APPS if (ROOT / app.partition(".")[0]).is_dir()}
    assert {"chat", "im66", "web"} <= ours
    needed = [*ours, "server", "static", "templates", "locale", "manage.py", "requirements.lock"]
    needed += ["deploy/daily", "deploy/daily-backup", "deploy/manage", DAILY]
    needed += [
        f"deploy/container/{name}" for name in re.findall(r"deploy/container/(\w[\w-]*)", CONTAINERFILE)
    ]
    assert [path for path in needed if ignored(path) or not (ROOT / path).exists()] == []
    kept_out = [".git", ".venv", ".ci", "var", "tests", "testkit", "node_modules", "im66/__pycache__"]
    kept_out += [f"deploy/container/{name}" for name in (".env", "im66.env", "kubernetes/secrets.env")]
    assert [path for path in kept_out if not ignored(path)] == []


def test_image_stages_share_a_base_and_run_as_non_root() -> None:
    assert re.findall(r"^FROM (\S+)", CONTAINERFILE, re.MULTILINE) == ["${BASE}", "postgresql", "${BASE}"]
    last = CONTAINERFILE.rpartition("FROM ")[2]
    assert re.search(r"^USER (?!0\b)\d+", last, re.MULTILINE)
    assert re.findall(r"^VOLUME (.*)", last, re.MULTILINE) == ["/var/lib/im66"]
    assert HEALTH in last


def test_containers_write_only_to_their_volume_and_backups() -> None:
    user = re.search(r"^USER (\S+)", CONTAINERFILE, re.MULTILINE)
    assert user
    for name, service in OURS.items():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["user"] == user[1]
        volume, *others = service["volumes"]
        assert volume == "data:/var/lib/im66"
        assert [other["target"] for other in others] == ["/var/backups/im66"] * name.startswith("daily")


def test_image_has_postgresql_clients_of_the_composed_version() -> None:
    installed = re.search(r"collect-postgresql (\d+)", CONTAINERFILE)
    assert installed
    assert SERVICES["postgres"]["image"] == f"postgres:{installed[1]}"


def test_database_health_check_uses_the_network() -> None:
    assert "--host" in SERVICES["postgres"]["healthcheck"]["test"]


def test_database_password_with_special_characters_works() -> None:
    given = OURS["im66"]["environment"]
    assert given["PGPASSWORD"] == SERVICES["postgres"]["environment"]["POSTGRES_PASSWORD"]
    assert "//im66@postgres/" in (FOLDER / "full.env").read_text()


def test_daily_container_runs_the_work_of_the_timer() -> None:
    unit = (ROOT / "deploy/systemd/im66-daily.service").read_text()
    done = re.findall(r"^ExecStart=/opt/im66/current/(.*)", unit, re.MULTILINE)
    assert re.findall(r"^ +run (deploy.*)", (ROOT / DAILY).read_text(), re.MULTILINE) == done


def named_settings() -> Iterator[str]:
    for service in OURS.values():
        yield from service["environment"].keys() - {"PGPASSWORD"}
    yield from re.findall(r"^#?([A-Z]\w+)=", (ROOT / "deploy/im66.env").read_text(), re.MULTILINE)
    yield from re.findall(r"\b(IM66_\w+)", CONTAINERFILE)


def test_compose_files_name_existing_settings() -> None:
    named = set(named_settings())
    assert named > {"IM66_PROXIES", "DATABASE_URL", "IM66_DATA_DIR"}
    assert named <= SETTINGS


@pytest.mark.parametrize("size", ["small", "full"])
def test_compose_profile_starts_the_services_that_its_settings_name(size: str) -> None:
    assert re.sub(r"\$\{.*\}", size, OURS["im66"]["env_file"][0]) == f"{size}.env"
    named = dict(re.findall(r"^(\w+)=(.*)", (FOLDER / f"{size}.env").read_text(), re.MULTILINE))
    assert named.keys() <= SETTINGS
    started = {name for name, service in SERVICES.items() if size in service.get("profiles", [size])}
    hosts = {urlsplit(url).hostname for name, url in named.items() if name.endswith("_URL")}
    assert started == {"im66", "daily", "caddy", *hosts}


def test_im66_trusts_the_network_of_caddy() -> None:
    (network,) = COMPOSE["networks"]["inside"]["ipam"]["config"]
    assert OURS["im66"]["environment"]["IM66_PROXIES"] == network["subnet"]
    assert SERVICES["caddy"]["networks"] == OURS["im66"]["networks"]
