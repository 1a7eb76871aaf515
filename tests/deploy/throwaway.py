"""Runs the commands of a page in a root that is thrown away, without a network, below a systemd of its own.

The root is a copy of this machine's. What the commands need from elsewhere is stood in for by `fresh_root/`.
"""

import shutil
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.server import ROOT
from testkit.services import Unavailable, find_initdb, find_redis

STAND_INS = ROOT / "tests/deploy/fresh_root"
NEEDED = ["systemctl", "unshare", "ip", "runuser", "adduser", "nginx", "openssl", "curl", "age", "restic"]
# Not of a release.
LEFT_OUT = {
    ".git",
    ".venv",
    "var",
    "node_modules",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".hypothesis",
}
SECONDS = 1800
PYTHON = Path(sys._base_executable).resolve()  # type: ignore[attr-defined]
PACKAGES = sysconfig.get_path("purelib")
# Runs a module of ours, in the root, with the Python of the tests.
RUN_MODULE = f'(cd {ROOT} && PYTHONPATH=$PACKAGES "$PYTHON" -m %s)'
# People answer what it asks.
ASKS = "im66 createsuperuser"
ANSWERED = "DJANGO_SUPERUSER_PASSWORD=correct-horse im66 createsuperuser --noinput --userid admin"
PREPARE = """
(cd {stand_ins} && install -m 0755 apt-get certbot python3 /usr/local/bin)
export PATH=/usr/local/bin:$PATH:/usr/sbin PYTHON={python} PACKAGES={packages} FOLDER={folder}
export POSTGRES={postgres} REDIS={redis}
for path in {python} {packages} {postgres}; do
    while [ "$path" != / ]; do chmod o+x "$path"; path=$(dirname "$path"); done
done
echo "127.0.0.1 {hosts}" >>/etc/hosts
# The Python of the tests may be in somebody's home, and its packages in /tmp.
for unit in im66 im66-daily; do
    mkdir "/etc/systemd/system/$unit.service.d"
    printf '[Service]\nProtectHome=no\nBindReadOnlyPaths=%s\nStandardOutput=append:/var/log/im66.log\n' \\
        {packages} >"/etc/systemd/system/$unit.service.d/tests.conf"
done
rm -f /etc/nginx/sites-enabled/*
cd {folder}
"""


def run(folder: Path, hosts: Iterable[str], script: str) -> None:
    """Run a script in a throwaway root, beside the archive of a release. It ends by saying "All of it
    holds.". Skips the test where there can be no such root.

    `hosts`: the names that lead to the root.
    """
    pack(folder / "im66-1.0.0.tar.gz")
    play(folder, hosts, script)


def play(folder: Path, hosts: Iterable[str], script: str) -> None:
    """The same with the commands of `script`, which need no archive."""
    try:
        redis, initdb = find_redis(), find_initdb()
    except Unavailable as reason:
        unavailable(str(reason))
    prepare = PREPARE.format(
        stand_ins=STAND_INS,
        python=PYTHON,
        packages=PACKAGES,
        folder=folder,
        hosts=" ".join(hosts),
        redis=redis,
        postgres=Path(initdb).resolve().parent,
    )
    if missing := [name for name in NEEDED if not shutil.which(name, path="/usr/sbin:/sbin:/usr/bin:/bin")]:
        unavailable(f"no {', '.join(missing)} on PATH")
    if _execute(folder, "true")[0]:
        pytest.skip("this user may not make a root of their own, with a systemd in it")
    status, output = _execute(folder, "set -eux\nexec 2>&1\n" + prepare + script)
    assert status == 0, output[-20000:]
    assert output.endswith("All of it holds.\n"), output[-20000:]


def _execute(folder: Path, script: str) -> tuple[int, str]:
    """The exit status and the output of a script in a root of its own."""
    place, commands, output = folder / "place", folder / "script", folder / "output"
    place.mkdir(exist_ok=True)
    commands.write_text(script)
    output.write_text("")
    enter = ["unshare", "--mount", "--net", "--pid", "--cgroup", "--uts", "--ipc", "--fork", "--kill-child"]
    done = subprocess.run(
        [*enter, str(STAND_INS / "enter"), str(place), str(commands), str(output)],
        capture_output=True,
        timeout=SECONDS,
        env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin"},
    )
    return done.returncode, output.read_text()


def pack(target: Path) -> None:
    """The archive of a release."""

    def chosen(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        return None if LEFT_OUT & set(Path(member.name).parts) else member

    with tarfile.open(target, "w:gz", compresslevel=1) as archive:
        archive.add(ROOT, "im66-1.0.0", filter=chosen)
