"""docs/operations.md: its commands, from a bare Debian to a served host, in a root that is thrown away.

The root is a copy of this machine's. What the commands need from elsewhere is stood in for by `fresh_root/`.
"""

import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.server import ROOT

PAGE = (ROOT / "docs/operations.md").read_text()
CHINESE = (ROOT / "docs/operations.zh-hans.md").read_text()
STAND_INS = ROOT / "tests/deploy/fresh_root"
NEEDED = ["unshare", "ip", "runuser", "adduser", "nginx", "openssl", "curl"]
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
SECONDS = 300
# People answer what it asks.
ASKS = "im66 createsuperuser"
ANSWERED = "DJANGO_SUPERUSER_PASSWORD=correct-horse im66 createsuperuser --noinput --userid admin"
PREPARE = """
(cd {stand_ins} && install -m 0755 apt-get certbot python3 systemctl /usr/local/bin)
export PATH=/usr/local/bin:$PATH:/usr/sbin PYTHON={python} PACKAGES={packages}
for path in {python} {packages}; do
    while [ "$path" != / ]; do chmod o+x "$path"; path=$(dirname "$path"); done
done
echo "127.0.0.1 chat.example.org" >>/etc/hosts
rm -f /etc/nginx/sites-enabled/*
cd {folder}
"""
# What holds afterwards.
CHECK = """
admins='from accounts.models import User; print(User.objects.filter(is_superuser=True).count())'
test "$(im66 shell -v0 -c "$admins")" = 1
for path in metrics healthz readyz stored/x; do
    test "$(curl -so /dev/null -w '%{http_code}' "https://$HOST/$path")" = 404
done
runuser -u im66 -- sh -c 'mkdir -p /var/lib/im66/media && echo seen >/var/lib/im66/media/probe'
runuser -u www-data -- cat /var/lib/im66/media/probe
if runuser -u www-data -- cat /etc/im66/im66.env /var/lib/im66/im66.sqlite3; then exit 1; fi
if runuser -u im66 -- touch /opt/im66/manage.py; then exit 1; fi
grep "no capabilities, Landlock" /var/log/im66.log
test "$(ls /var/backups/im66/*.tar | wc -l)" = 2
echo "All of it holds."
"""


def commands(page: str) -> list[str]:
    chapter = page[page.index("\n## ") : page.index("\n## ", page.index("\n## ") + 1)]
    return re.findall(r"^```sh\n(.*?)^```$", chapter, re.DOTALL | re.MULTILINE)


def test_the_chinese_page_has_the_same_commands() -> None:
    assert len(commands(PAGE)) == 7
    assert commands(CHINESE) == commands(PAGE)


def pack(target: Path) -> None:
    """The archive of a release."""

    def chosen(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        return None if LEFT_OUT & set(Path(member.name).parts) else member

    with tarfile.open(target, "w:gz", compresslevel=1) as archive:
        archive.add(ROOT, "im66", filter=chosen)


def throwaway_root(folder: Path) -> list[str]:
    """The command that enters one; skips the test where there can be none."""
    if missing := [name for name in NEEDED if not shutil.which(name, path="/usr/sbin:/sbin:/usr/bin:/bin")]:
        unavailable(f"no {', '.join(missing)} on PATH")
    enter = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"]
    enter += [str(STAND_INS / "enter"), str(folder)]
    if subprocess.run([*enter, "true"], capture_output=True).returncode:
        pytest.skip("this user may not make a root of their own")
    return enter


@pytest.mark.slow
def test_the_commands_lead_to_a_served_host(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    enter = throwaway_root(place)
    pack(tmp_path / "im66.tar.gz")
    python = Path(sys._base_executable).resolve()  # type: ignore[attr-defined]
    prepare = PREPARE.format(
        stand_ins=STAND_INS, python=python, packages=sysconfig.get_path("purelib"), folder=tmp_path
    )
    documented = "".join(commands(PAGE))
    assert ASKS in documented
    script = "set -eux\n" + prepare + documented.replace(ASKS, ANSWERED) + CHECK
    done = subprocess.run(
        [*enter, "bash", "-c", script],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin"},
    )
    assert done.stdout.endswith("All of it holds.\n"), done.stderr[-3000:] + done.stdout[-2000:]
