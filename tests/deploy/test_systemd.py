"""deploy/systemd: the units are valid, what they name exists, and no server needs what they forbid."""

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.recordings import halves, photo
from testkit.server import ROOT, SERVE, Server
from testkit.uploading import upload
from uploads.worker.confinement.calls import allowed

FOLDER = ROOT / "deploy/systemd"
UNITS = sorted(FOLDER.iterdir())
SERVER = (FOLDER / "im66.service").read_text()
# Landlock and seccomp themselves, and what confinement needs before it is in force.
CONFINING = {
    "landlock_create_ruleset",
    "landlock_add_rule",
    "landlock_restrict_self",
    "seccomp",
    "prctl",
    "capset",
}


def analyze(*arguments: str) -> str:
    """What systemd-analyze says; fails if it finds a fault."""
    if not shutil.which("systemd-analyze"):
        unavailable("no systemd-analyze on PATH")
    done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units, with the programs of this machine's im66."""
    folder = tmp_path_factory.mktemp("units")
    for unit in UNITS:
        text = unit.read_text().replace("/opt/im66/current/", f"{ROOT}/")
        (folder / unit.name).write_text(text)
    return folder


@pytest.mark.parametrize("unit", ["im66.service", "im66-daily.service", "im66-daily.timer"])
def test_systemd_unit_is_valid(installed: Path, unit: str) -> None:
    analyze("verify", "--man=no", "--generators=no", "--recursive-errors=no", str(installed / unit))


def test_all_systemd_units_are_collected() -> None:
    assert [unit.name for unit in UNITS] == [
        "im66-daily.service",
        "im66-daily.timer",
        "im66.service",
    ]


def test_systemd_unit_of_server_is_sandboxed(installed: Path) -> None:
    # Of 10: 1.5 is "OK", and 9.6 is a unit that says nothing.
    analyze("security", "--offline=yes", "--threshold=20", str(installed / "im66.service"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_commands_of_the_units_exist(unit: Path) -> None:
    for line in re.findall(r"^ExecStart=(.*)", unit.read_text(), re.MULTILINE):
        program, *arguments = line.split()
        assert program.startswith("/opt/im66/current/deploy/")
        assert os.access(ROOT / program.removeprefix("/opt/im66/current/"), os.X_OK)
        if program.endswith("/manage"):
            command = arguments[0]
            assert list(ROOT.glob(f"*/management/commands/{command}.py")) or command == "clearsessions"


def test_process_keeps_its_version_when_the_link_changes(tmp_path: Path) -> None:
    """Python and the folder that it runs in are those of the version, so they are the children's too."""
    version = tmp_path / "1.0.0"
    (version / ".venv/bin").mkdir(parents=True)
    python = version / ".venv/bin/python"
    python.write_text('#!/bin/sh\necho "$0" "$PWD" "$MANAGE_PROGRAM" "$@"\n')
    python.chmod(0o755)
    shutil.copytree(ROOT / "deploy", version / "deploy")
    link = tmp_path / "current"
    link.symlink_to("1.0.0")
    said = subprocess.check_output([link / "deploy/manage", "check"], cwd="/", text=True)
    assert said.split() == [str(python), str(version), str(link / "deploy/manage"), "-m", "im66", "check"]


@pytest.mark.parametrize("failing", ["clearsessions", "prunemedia", "daily-backup", None])
def test_failed_daily_step_does_not_stop_the_others(tmp_path: Path, failing: str | None) -> None:
    shutil.copy(ROOT / "deploy/daily", tmp_path)
    for name, step in (("manage", "$1"), ("daily-backup", "daily-backup")):
        (tmp_path / name).write_text(f'#!/bin/sh\necho "{step}"\n[ "{step}" != "{failing}" ]\n')
        (tmp_path / name).chmod(0o755)
    done = subprocess.run([tmp_path / "daily"], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["clearsessions", "prunemedia", "daily-backup"]
    assert done.returncode == (1 if failing else 0)
    assert done.stderr.count("has failed") == (1 if failing else 0)


def test_mark_of_killed_backup_is_removed_by_the_next(tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    backups.mkdir()
    script = (ROOT / "deploy/daily-backup").read_text().replace("/var/backups/im66", str(backups))
    (tmp_path / "daily-backup").write_text(script)
    (tmp_path / "manage").write_text('#!/bin/sh\nif [ "$KILLED" ]; then kill -9 "$PPID"; fi\n')
    (tmp_path / "restic").write_text("#!/bin/sh\n")
    for name in ("daily-backup", "manage", "restic"):
        (tmp_path / name).chmod(0o755)

    def marks(**settings: str) -> set[str]:
        path = f"{tmp_path}:{os.environ['PATH']}"
        ours = {"IM66_DATA_DIR": str(tmp_path), "PATH": path, "KILLED": "", **settings}
        subprocess.run([tmp_path / "daily-backup"], env=ours, check=False)
        return {one.name for one in tmp_path.glob(".*-*")}

    assert marks(KILLED="yes") == {".backup-began"}
    assert marks(RESTIC_REPOSITORY="/nowhere") == {".last-copy"}
    assert marks() == set()


def test_systemd_stop_timeout_covers_the_shutdown() -> None:
    found = re.search(r"^TimeoutStopSec=(\d+)$", SERVER, re.MULTILINE)
    assert found
    # docs/monitoring.md: so much more than it drains.
    assert int(found[1]) > 45


def named_calls(groups: str) -> set[str]:
    """The system calls of groups, and of the groups in them."""
    found: set[str] = set()
    for name in groups.split():
        if not name.startswith("@"):
            found.add(name)
            continue
        said = analyze("syscall-filter", "--no-pager", name)
        inside = [line.strip() for line in said.splitlines()[1:] if not line.strip().startswith("#")]
        found |= named_calls(" ".join(inside))
    return found


def test_systemd_unit_allows_system_calls_of_confinement() -> None:
    filtered: set[str] = set()
    for rule in re.findall(r"^SystemCallFilter=(.*)$", SERVER, re.MULTILINE):
        calls = named_calls(rule.removeprefix("~"))
        filtered = filtered - calls if rule.startswith("~") else filtered | calls
    assert "chroot" not in filtered
    assert filtered >= CONFINING
    assert set(allowed(1)) <= filtered


CONFINED = (
    "mount --bind {data} {data} && mount -o remount,bind,ro / && test ! -w /etc && "
    "exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all "
)


@pytest.mark.slow
def test_unprivileged_server_on_read_only_root_confines_children(
    tmp_path: Path,
) -> None:
    if platform.system() != "Linux" or not (shutil.which("unshare") and shutil.which("setpriv")):
        unavailable("no unshare and setpriv on PATH")
    probe = ["unshare", "--mount", "sh", "-c", "mount -o remount,bind,ro /"]
    if subprocess.run(probe, capture_output=True).returncode:
        pytest.skip("this user may not make a root that is read-only")
    inside = CONFINED.format(data=tmp_path) + " ".join(SERVE)
    with Server(tmp_path, ["unshare", "--mount", "sh", "-c", inside]) as confined:
        reply = upload(confined, "/upload/writev2", photo(halves((200, 100)), "PNG"))
        said = confined.log.read_text()
    assert reply.code == 0, reply
    assert "no capabilities, Landlock" in said
    assert "not in force" not in said
