"""The way through the operators' pages on one host, from a bare Debian to PostgreSQL, in a throwaway root.

Run inside the root: `python -m tests.deploy.walk`. It names each block that fails, and goes on. At its end it
says whether all of it holds.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from im66 import __version__
from tests.deploy.blocks import Block, Kind, blocks, every_block, kind_of
from tests.deploy.throwaway import ANSWERED, ASKS, RUN_MODULE

SECONDS = 120
STATE, BLOCK = Path("/tmp/walk.state"), Path("/tmp/walk.sh")
# What the commands have said, and those before them.
SAID, BEFORE = Path("/tmp/walk.said"), Path("/tmp/walk.before")
# Of all processes.
READY = "curl -fsS http://127.0.0.1:16060/readyz"
FIRST_SERVER = f"""
systemctl stop im66
"$REDIS" --port 6379 --bind 127.0.0.1 --save "" --dir /tmp >/dev/null &
{RUN_MODULE % "tests.deploy.switching redis"}
"""


@dataclass(frozen=True)
class Follow:
    """The commands below a heading, block by block. `until`: what succeeds when the last of them does its
    work, which goes on until Ctrl-C."""

    page: str
    heading: str
    numbers: tuple[int, ...] | None = None
    until: str = ""

    def blocks(self) -> list[Block]:
        return [
            block
            for block in blocks(self.page)
            if block.heading == self.heading
            and kind_of(block) is Kind.COMMANDS
            and (self.numbers is None or block.number in self.numbers)
        ]


@dataclass(frozen=True)
class Do:
    """What the page's reader has done elsewhere, or sees."""

    what: str
    commands: str


def page(name: str, *headings: str) -> tuple[Follow, ...]:
    return tuple(Follow(name, heading) for heading in headings)


def write(text: str) -> str:
    """Bob writes to the admin, through nginx."""
    return f"""
curl -fsS -H "Authorization: Bearer $BOB" -H "Content-Type: application/json" \
    -d '{{"kind": "text", "content": "{text}"}}' https://$HOST/api/v1/conversations/u:admin/messages
"""


HAS_ALL = """
ALL=https://$HOST/api/v1/conversations/u:admin/messages
curl -fsS -H "Authorization: Bearer $BOB" "$ALL" |
    grep "before the backup.*on the version before.*on the new version"
"""
HOST_HOLDS = """
for path in metrics healthz readyz stored/x; do
    test "$(curl -so /dev/null -w '%{http_code}' "https://$HOST/$path")" = 404
done
runuser -u im66 -- sh -c 'mkdir -p /var/lib/im66/media && echo seen >/var/lib/im66/media/probe'
runuser -u www-data -- cat /var/lib/im66/media/probe
rm /var/lib/im66/media/probe
if runuser -u www-data -- cat /etc/im66/im66.env /var/lib/im66/im66.sqlite3; then exit 1; fi
if runuser -u im66 -- touch /opt/im66/current/manage.py; then exit 1; fi
test "$(ls /var/backups/im66/*.tar | wc -l)" = 1
"""
# What systemd and the stand-ins make is left out, and the lock of all who change /etc/passwd.
INSTALLED = """
(cd /run/changed && find etc opt usr/local var \\( -type f -o -type l \\) -printf '/%p\\n') |
    grep -vE '^(/etc/(\\.pwd\\.lock|hosts|ssl/certs/ca-certificates.crt)|/var/log/im66.log)$' |
    grep -vE '^(/usr/local/bin/(apt-get|certbot|python3)|/etc/machine-id|/var/(lib|log|cache)/systemd/.*)$' |
    grep -vE '^/etc/systemd/system/(script.service|tmp.mount|im66.*\\.d/tests.conf)$' |
    grep -vE '^/((etc|var)/\\.updated|etc/(ld.so.cache|vconsole.conf|mtab))$' |
    grep -vE '^/var/(cache/ldconfig|log/README|log/journal)' \\
        >/tmp/installed
"""
LEFT = RUN_MODULE % "tests.deploy.left"
PEOPLE = """
im66 shell -v0 -c '
from accounts.services import ensure_users
from groups.services import create_group
ensure_users(["alice", "bob"])
while create_group("alice", ["bob"], "friends").pk < 17: pass
from django.core.management import call_command
for userid in ("alice", "bob"): call_command("issuetoken", userid)
' >/tmp/tokens
{ read -r TOKEN; read -r BOB; } </tmp/tokens
"""
ENDPOINT = """
export SECRET=$(sed -n 's/.*"token": *"\\([^"]*\\)".*/\\1/p' /tmp/walk.before)
test "$SECRET"
export SLACK_URL=$(sed -n 's/.*"slack_url": *"\\([^"]*\\)".*/\\1/p' /tmp/walk.before)
test "$SLACK_URL"
export ENDPOINT=whsec_c2VjcmV0
"""
EMPTY = """
systemctl stop im66
mkdir /var/lib/im66/restored
mv /var/lib/im66/im66.sqlite3* /var/lib/im66/media /var/lib/im66/restored/
"""
GETS_IN = """
ME=https://$HOST/api/v1/me
test "$(curl -so /dev/null -w '%{{http_code}}' -H "Authorization: Bearer $TOKEN" "$ME")" = {}
"""
NEW_TOKEN = "BOB=$(im66 issuetoken bob)\n" + write("with a new token")
OFF_SITE = """
test "$(ls /var/backups/im66/*.tar.age /var/backups/im66/*.erased.age | wc -l)" = 2
export REPOSITORY=/srv/im66-copies
install -d -o im66 -g im66 "$REPOSITORY"
printf "[Service]\\nReadWritePaths=$REPOSITORY\\n" >/etc/systemd/system/im66-daily.service.d/copies.conf
systemctl daemon-reload
"""
FAILED_BACKUP = """
sed -i 's/^RESTIC_PASSWORD=/&x/' /etc/im66/backup.env
if systemctl start im66-daily.service; then exit 1; fi
curl -fsS http://127.0.0.1:16060/metrics | grep '^im66_backup_failed{process="1"} 1'
sed -i 's/^RESTIC_PASSWORD=x/RESTIC_PASSWORD=/' /etc/im66/backup.env
systemctl start im66-daily.service
curl -fsS http://127.0.0.1:16060/metrics | grep '^im66_backup_failed{process="1"} 0'
"""
REFUSED = """
curl -fsS -H "Authorization: Bearer $BOB" -d "userid=bob&groupid=12&members=admin" \
    https://$HOST/addmembers
"""
BACK_UP = "\nim66 backup /var/backups/im66/after-going-back.tar\n"
NO_START = """
systemctl stop im66
echo "DATABASE_URL=postgres://im66@127.0.0.1:1/im66" >>/etc/im66/im66.env
if systemctl start im66; then exit 1; fi
sed -i /^DATABASE_URL=/d /etc/im66/im66.env
systemctl restart im66
"""
HANGS = """
mkdir -p /run/systemd/system/im66.service.d
printf '[Service]\\nWatchdogSec=2\\n' >/run/systemd/system/im66.service.d/soon.conf
systemctl daemon-reload
systemctl restart im66
hung=$(systemctl show -P MainPID im66)
kill -STOP "$hung"
until test "$(systemctl show -P MainPID im66)" != "$hung" && systemctl is-active im66; do sleep 0.2; done
rm /run/systemd/system/im66.service.d/soon.conf
systemctl daemon-reload
"""
BAD_RELOAD = """
echo "IM66_HEARTBEAT_SECONDS=never" >>/etc/im66/im66.env
if systemctl reload im66; then exit 1; fi
sed -i /^IM66_HEARTBEAT_SECONDS=/d /etc/im66/im66.env
systemctl reload im66
"""
FOUR = """
curl -fsS http://127.0.0.1:16060/metrics | grep -c '^im66_build_info{process="[1-4]"' | grep 4
systemctl show -P StatusText im66 | grep "4 of 4 processes are ready."
"""
ALONE = """
sed -i "/^IM66_PROCESSES=/d" /etc/im66/im66.env
systemctl stop im66
"""
# A version of which the one before knows a table less.
NEXT_VERSION = """
cp -r /opt/im66/1.0.0 /tmp/im66-1.1.0
rm -r /tmp/im66-1.1.0/.venv
last=$(basename -s .py $(ls /tmp/im66-1.1.0/groups/migrations/0*.py | tail -1))
cat >/tmp/im66-1.1.0/groups/migrations/9999_later.py <<END
from django.db import migrations

class Migration(migrations.Migration):
    dependencies = [("groups", "$last")]
    operations = [migrations.RunSQL("CREATE TABLE later (id integer)")]
END
sed -i 's/^__version__ = .*/__version__ = "1.1.0"/' /tmp/im66-1.1.0/im66/__init__.py
tar -czf im66-1.1.0.tar.gz -C /tmp im66-1.1.0
"""
RUNS = "curl -fsS http://127.0.0.1:16060/metrics | grep 'im66_build_info{{.*version=\"{}\"'\n"

WALK: tuple[Follow | Do, ...] = (
    *page("install.md", "Install the program", "Make settings and tables", "Make the first admin"),
    *page("install.md", "Start the server", "TLS and nginx", "Start the nightly tasks"),
    *page("install.md", "See that it works"),
    Do("it is ready when systemctl says so", READY),
    Do("a start without a database fails", NO_START + READY),
    Do("systemd restarts a supervisor that hangs", HANGS + READY),
    Do("the host keeps to itself what it should", HOST_HOLDS),
    Do("it is known what the installation made", INSTALLED),
    Do("the first person gets in, and lets another one in", RUN_MODULE % "tests.deploy.newcomer"),
    Do("im66 is stopped, and the first server's Redis is there", FIRST_SERVER),
    *page("import.md", "Step by step"),
    Do("im66 is ready", READY),
    Do("there are Alice, Bob and their groups", PEOPLE),
    *page("sign-in.md", "Give a backend an API key", "Import people from a file"),
    Do("somebody is refused", REFUSED),
    *page("bots.md", "Make one"),
    Do("Alice has the bot's secret", ENDPOINT),
    *page("bots.md", "Write by HTTP", "Send Slack payloads"),
    *page("webhooks.md", "Watch events"),
    Follow("bots.md", "A bot with webhooks", until="curl -s -d {} http://127.0.0.1:8000/ || test $? = 52"),
    Do("Bob writes", write("before the backup")),
    *page("backup.md", "Back up", "Each night"),
    Follow("backup.md", "Encrypt them", (0,)),
    Do("the public key is known", "export PUBLIC_KEY=$(age-keygen -y im66-backup.key)"),
    Follow("backup.md", "Encrypt them", (1,)),
    Do("there is a place for copies", OFF_SITE),
    *page("backup.md", "Keep copies elsewhere"),
    Do("a failed backup is seen, and one that succeeds", FAILED_BACKUP),
    *page("backup.md", "Get one back"),
    Do("this copy is restored below", "mv /var/backups/im66/copy.tar /var/backups/im66/2030-01-31.tar"),
    *page("keeping.md", "Prune", "Each night", "Legal hold", "Export a person", "Erase a person"),
    *page("keeping.md", "What was erased"),
    Follow("backup.md", "What was erased since", (0,)),
    *page("backup.md", "Restore"),
    Do("Alice is here again", READY + GETS_IN.format(200)),
    Do("the place is empty", EMPTY),
    Follow("backup.md", "What was erased since", (1,)),
    Do("Alice is gone", "systemctl start im66\n" + READY + GETS_IN.format(403)),
    Follow("backup.md", "Try it", until="curl -fs http://127.0.0.1:6070/readyz"),
    Do("Bob writes", write("on the version before")),
    *page("postgresql.md", "Before the day", "The move"),
    Do("it runs on PostgreSQL", "curl -fsS http://127.0.0.1:16060/metrics | grep postgres"),
    *page("keeping.md", "In the files of the database"),
    Do("there is a new version", NEXT_VERSION),
    *page("upgrade.md", "Upgrade"),
    Do("it runs, and Bob writes", RUNS.format("1.1.0") + write("on the new version")),
    *page("upgrade.md", "Go back"),
    Do("the old one runs, and has everything", RUNS.format(__version__) + HAS_ALL + BACK_UP),
    *page("monitoring.md", "Report errors to Sentry"),
    *page("upgrade.md", "Rotate a secret"),
    Do("Bob needs a new token", f"{READY}\nTOKEN=$BOB\n" + GETS_IN.format(401) + NEW_TOKEN),
    *page("scaling.md", "Use all cores"),
    Do("four processes serve at one address", READY + FOUR),
    Do("a reload says whether it worked", BAD_RELOAD + READY),
    Do("auto is the number again", ALONE),
    *page("postgresql.md", "Going back"),
    Do("im66 is ready", READY),
)
# After what is read with the programs of the installation.
LAST: tuple[Follow | Do, ...] = (
    *page("install.md", "Uninstall"),
    Do("what is left is on the list", LEFT),
)


class Shell:
    """Runs commands one after the other, as somebody types them: what is set stays set."""

    def __init__(self) -> None:
        # Where the archive of the release is. What the tests need is nothing that operators have.
        self._folder = os.environ["FOLDER"]
        self._env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        STATE.touch()
        SAID.touch()

    def run(self, commands: str, until: str = "") -> str:
        """Why it failed; empty if it did not."""
        BLOCK.write_text(commands.replace(ASKS, ANSWERED))
        script = f". {STATE}; set -aeux; . {BLOCK}; {{ set +x; }} 2>/dev/null; export -p >{STATE}"
        SAID.rename(BEFORE)
        with SAID.open("w") as said:
            process = subprocess.Popen(
                ["bash", "-c", script],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                cwd=self._folder,
                env=self._env,
                start_new_session=True,
            )
            try:
                failed = _interrupt(process, until) if until else process.wait(SECONDS) != 0
            except subprocess.TimeoutExpired:
                failed = True
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
        return SAID.read_text()[-1500:] or "it said nothing" if failed else ""


def _interrupt(process: subprocess.Popen[bytes], until: str) -> bool:
    """Press Ctrl-C once it does its work. Whether it ended before."""
    deadline = time.monotonic() + SECONDS
    while subprocess.run(["bash", "-c", until], capture_output=True).returncode:
        if process.poll() is not None or time.monotonic() > deadline:
            return True
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)
    process.wait(SECONDS)
    return False


def _settings(block: Block) -> str:
    return f"env {' '.join(block.text.split())} im66 check"


def _nginx(block: Block) -> str:
    whole = f"events {{}}\nhttp {{ server {{ listen 127.0.0.1:81;\n{block.text} }} }}\n"
    return f"cat >/tmp/nginx.conf <<'END'\n{whole}END\nnginx -t -c /tmp/nginx.conf"


def _python(block: Block) -> str:
    """The token that its last line makes lets Bob in."""
    *before, made = block.text.strip().splitlines()
    return f"""
cat >/tmp/application.py <<'END'
import os, time, jwt
userid, secret = "bob", os.environ["TOKEN_SECRET"]
{"; ".join(before)}
print({made})
END
TOKEN_SECRET=$(sed -n 's/^IM66_TOKEN_SECRET=//p' /etc/im66/im66.env)
MADE=$(/opt/im66/current/.venv/bin/python /tmp/application.py)
curl -fsS -H "Authorization: Bearer $MADE" https://$HOST/api/v1/me | grep '"userid": *"bob"'
"""


def _log(block: Block) -> str:
    """It is in the log, but for numbers."""
    line = re.sub(r"\d+(\\?\.\d+)*", "[0-9.]+", re.sub(r"([.()*+?|^$])", r"\\\1", block.text.strip()))
    return f"grep -E {shlex.quote(line)} /var/log/im66.log"


READERS: dict[Kind, Callable[[Block], str]] = {
    Kind.SETTINGS: _settings,
    Kind.NGINX: _nginx,
    Kind.PYTHON: _python,
    Kind.LOG: _log,
}


def steps() -> Iterator[tuple[str, str, str]]:
    """The name of each step, its commands, and until when the last of them goes on."""
    yield from _steps_of(WALK)
    for block in every_block():
        if (kind := kind_of(block)) in READERS:
            yield block.name, READERS[kind](block), ""
    yield from _steps_of(LAST)


def _steps_of(parts: Iterable[Follow | Do]) -> Iterator[tuple[str, str, str]]:
    for step in parts:
        if isinstance(step, Do):
            yield step.what, step.commands, ""
        else:
            yield from ((block.name, block.text, step.until) for block in step.blocks())


def main() -> None:
    shell = Shell()
    failed = 0
    for name, commands, until in steps():
        began = time.monotonic()
        why = shell.run(commands, until)
        sys.stderr.write(f"{time.monotonic() - began:5.1f} s  {name}\n")
        if why:
            failed += 1
            sys.stdout.write(f"\n=== {name}\n{why}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{failed} failed.\n" if failed else "All of it holds.\n")


if __name__ == "__main__":
    main()
