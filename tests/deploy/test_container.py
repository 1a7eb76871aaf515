"""deploy/container: what is written there exists, and fits what the server needs."""

import re
from collections.abc import Iterator
from dataclasses import fields

from im66.environment import Environment, variable
from im66.operating.probes import HEALTH
from im66.settings import INSTALLED_APPS
from testkit.server import ROOT
from tests.deploy.containers import COMPOSE, CONTAINERFILE, FOLDER, OURS, SERVICES, ignored

SETTINGS = {variable(field.name) for field in fields(Environment)}
# What operators put beside the file, and the file that they copy.
COPIED = {"im66.env": "deploy/im66.env", "im66.conf": "deploy/nginx/im66.conf"}
# Folders that they make.
MADE = {"certificates", "webroot"}
DAILY = "deploy/container/daily"


def test_every_app_gets_in_and_nothing_private_does() -> None:
    ours = {app.partition(".")[0] for app in INSTALLED_APPS if (ROOT / app.partition(".")[0]).is_dir()}
    assert {"chat", "im66", "web"} <= ours
    needed = [*ours, "server", "static", "templates", "locale", "manage.py", "requirements.lock"]
    needed += ["deploy/daily", "deploy/daily-backup", "deploy/manage", DAILY]
    needed += [
        f"deploy/container/{name}" for name in re.findall(r"deploy/container/(\w[\w-]*)", CONTAINERFILE)
    ]
    assert [path for path in needed if ignored(path) or not (ROOT / path).exists()] == []
    kept_out = [".git", ".venv", ".ci", "var", "tests", "testkit", "node_modules", "im66/__pycache__"]
    kept_out += [
        f"deploy/container/{name}" for name in (".env", "im66.env", "certificates/chat.example.org.key")
    ]
    assert [path for path in kept_out if not ignored(path)] == []


def test_stages_are_one_system_and_the_last_is_not_root() -> None:
    assert re.findall(r"^FROM (\S+)", CONTAINERFILE, re.MULTILINE) == ["${BASE}", "postgresql", "${BASE}"]
    last = CONTAINERFILE.rpartition("FROM ")[2]
    assert re.search(r"^USER (?!0\b)\d+", last, re.MULTILINE)
    assert re.findall(r"^VOLUME (.*)", last, re.MULTILINE) == ["/var/lib/im66"]
    assert HEALTH in last


def test_our_containers_can_write_to_one_volume_alone_and_to_the_backups() -> None:
    user = re.search(r"^USER (\S+)", CONTAINERFILE, re.MULTILINE)
    assert user
    for name, service in OURS.items():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["user"] == user[1]
        volume, *others = service["volumes"]
        assert volume == "data:/var/lib/im66"
        assert [other["target"] for other in others] == ["/var/backups/im66"] * name.startswith("daily")


def test_the_image_has_the_client_programs_of_the_database_that_is_started() -> None:
    installed = re.search(r"collect-postgresql (\d+)", CONTAINERFILE)
    assert installed
    assert SERVICES["postgres"]["image"] == f"postgres:{installed[1]}"


def test_the_database_is_well_only_when_it_answers_over_the_network() -> None:
    assert "--host" in SERVICES["postgres"]["healthcheck"]["test"]


def test_a_password_of_any_signs_reaches_the_database() -> None:
    for name in ("migrate", "im66-1", "im66-2", "daily"):
        given = SERVICES[name]["environment"]
        assert given["PGPASSWORD"] == SERVICES["postgres"]["environment"]["POSTGRES_PASSWORD"]
        assert "PASSWORD" not in given["DATABASE_URL"]


def test_the_daily_work_is_that_of_the_timer() -> None:
    unit = (ROOT / "deploy/systemd/im66-daily.service").read_text()
    done = re.findall(r"^ExecStart=/opt/im66/current/(.*)", unit, re.MULTILINE)
    assert re.findall(r"^ +run (deploy.*)", (ROOT / DAILY).read_text(), re.MULTILINE) == done


def named_settings() -> Iterator[str]:
    for service in OURS.values():
        yield from service["environment"].keys() - {"PGPASSWORD"}
    yield from re.findall(r"^#?([A-Z]\w+)=", (ROOT / "deploy/im66.env").read_text(), re.MULTILINE)
    yield from re.findall(r"\b(IM66_\w+)", CONTAINERFILE)


def test_every_setting_that_is_named_is_one() -> None:
    named = set(named_settings())
    assert named > {"IM66_PROXIES", "DATABASE_URL", "IM66_DATA_DIR"}
    assert named <= SETTINGS


def test_every_file_that_is_mounted_is_there() -> None:
    mounted = [volume.split(":")[0] for volume in SERVICES["nginx"]["volumes"] if volume.startswith("./")]
    for path in (*mounted, OURS["im66"]["env_file"]):
        name = path.removeprefix("./")
        assert name in MADE or (ROOT / COPIED.get(name, f"deploy/container/{name}")).exists()


def test_all_that_belongs_together_starts_together() -> None:
    for service in SERVICES.values():
        needed = service.get("depends_on", {})
        assert all(SERVICES[name]["profiles"] == service["profiles"] for name in needed)
    assert set(OURS) == {"migrate-sqlite", "im66", "daily-sqlite", "migrate", "im66-1", "im66-2", "daily"}


def test_nginx_finds_each_process_and_is_believed() -> None:
    upstream = re.findall(r"server ([\d.]+):6060", (FOLDER / "upstream.conf").read_text())
    addresses = [OURS[name]["networks"]["inside"]["ipv4_address"] for name in ("im66-1", "im66-2")]
    assert upstream == addresses
    front = SERVICES["nginx"]["networks"]["inside"]["ipv4_address"]
    assert OURS["im66-1"]["environment"]["IM66_PROXIES"] == front


def test_the_parts_of_a_service_do_not_contradict_each_other() -> None:
    text = (FOLDER / "compose.yaml").read_text()
    parts = {name: COMPOSE[f"x-{name}"].keys() for name in re.findall(r"^x-(\w+):", text, re.MULTILINE)}
    for merged in re.findall(r"<<: \[(.*)\]", text):
        keys = [key for name in merged.split(", ") for key in parts[name.removeprefix("*")]]
        assert len(keys) == len(set(keys)), merged


def test_a_container_is_given_time_to_end() -> None:
    assert {service["stop_grace_period"] for service in OURS.values()} == {"90s"}
