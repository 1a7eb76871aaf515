"""`im66 doctor` on a host as deploy/ sets it up: each fault is put in, and its remedy is named."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis

from testkit.mailbox import Mailbox
from testkit.services import Unavailable, free_port
from tests.faults.production import Production, production

pytestmark = pytest.mark.slow

# The certificate of the test is good for two days, and a kernel may lack parts of the confinement.
_OF_THE_MACHINE = {"public.soon_expired", "confinement.missing", "processes.few_files", "database.slow"}
_FEW_DAYS = {"public.soon_expired": "certbot renew"}
_NOWHERE = f"127.0.0.1:{free_port()}"
_OTHER_VERSION = """
INSERT INTO moderation_process (name, number, host, version, started_at, seen_at, connections, people, online,
cursor, waiting, stalls) VALUES ('other', 1, 'elsewhere', '0.0.1', now(), now(), 0, 0, 0, 0, 0, 0)
"""
_CLOCKS = """
from im66.doctor import clocks, database, redis
clocks.MAX_SECONDS = -1.0
codes = [finding.fault.code for check in (database, redis) for finding in check.check()]
print(*[code for code in codes if code.endswith("clock")])
"""


class Host:
    """A production, and the doctor that is asked about it."""

    def __init__(self, running: Production, folder: Path) -> None:
        self.running, self.folder = running, folder
        self.server = running.servers[0]
        self.trusted = str(Path(running.nginx.folder, "own.pem"))
        self.database, self.redis = (self.server.environment[name] for name in ("DATABASE_URL", "REDIS_URL"))

    def faults(self, **settings: str) -> dict[str, str]:
        """The codes of what the doctor finds, with the remedies."""
        done = self.server.attempt("doctor", "--json", **{"SSL_CERT_FILE": self.trusted, **settings})
        assert done.stdout, done.stderr
        examined = json.loads(done.stdout)
        assert done.returncode == int(not examined["sound"])
        assert "hunter22" not in done.stdout
        return {finding["code"]: finding["remedy"] for finding in examined["findings"]}

    def sql(self, *statements: str) -> None:
        with psycopg.connect(self.database, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def command_redis(self, *words: str) -> None:
        with redis.Redis.from_url(self.redis) as client:
            client.execute_command(*words)


@contextmanager
def _host(folder: Path) -> Iterator[Host]:
    try:
        with production(folder) as running:
            yield Host(running, folder)
    except Unavailable as error:
        pytest.skip(str(error))


def _assert_named(faults_seen: dict[str, str], expected: dict[str, str]) -> None:
    assert faults_seen.keys() - _OF_THE_MACHINE == expected.keys() - _OF_THE_MACHINE
    assert {code: words for code, words in expected.items() if words not in faults_seen[code]} == {}


def test_doctor_finds_each_fault_and_none_on_a_sound_host(tmp_path: Path) -> None:
    with _host(tmp_path) as host:
        _assert_named(host.faults(), _FEW_DAYS)
        _wrong_addresses(host)
        _wrong_names(host)
        _other_server(host)
        _other_clocks(host)
        _broken_rows(host)
        for server in host.running.servers:
            server.stop()
        _without_servers(host)
        _alone(host)


def _wrong_addresses(host: Host) -> None:
    faults = host.faults(
        DATABASE_URL=host.database.replace("im66@", "stranger:hunter22@"),
        REDIS_URL=f"redis://{_NOWHERE}/0",
        IM66_MAIL_URL=f"smtp://{_NOWHERE}",
        IM66_PUBLIC_URL=f"https://{_NOWHERE.replace('127.0.0.1', 'localhost')}",
        IM66_MIN_FREE_MB="99999999",
    )
    expected = {
        "database.login": "password into DATABASE_URL",
        "redis.away": "correct REDIS_URL",
        "mail.away": "IM66_MAIL_URL",
        "mail.no_sender": "IM66_MAIL_FROM",
        "public.away": "Start the proxy",
        "disk.short": "Free some space",
    }
    _assert_named(faults, expected)


def _wrong_names(host: Host) -> None:
    faults = host.faults(
        DATABASE_URL=host.database.replace("/postgres", "/nothing"),
        REDIS_URL=f"redis+sentinel://{_NOWHERE}/im66/0",
        IM66_PUBLIC_URL="https://no-such-host.invalid",
        IM66_AUTH="open",
    )
    expected = {
        "database.missing": "Create it",
        "redis.no_master": "Correct the Sentinels",
        "public.no_name": "DNS record",
        "public.not_allowed": "IM66_ALLOWED_HOSTS",
        "settings.doubt": "IM66_AUTH=token",
    }
    _assert_named(faults, expected)


def _other_server(host: Host) -> None:
    with Mailbox() as box:
        faults = host.faults(
            DATABASE_URL=f"postgres://im66@{_NOWHERE}/im66",
            REDIS_URL=host.redis.replace("//", "//stranger:hunter22@"),
            IM66_MAIL_URL=box.url.replace("smtp", "smtp+tls"),
            IM66_MAIL_FROM="im66@example.org",
            IM66_SECRET_KEY="another key of some server" * 2,
        )
    expected = {
        "database.away": "Start it",
        "redis.login": "password into REDIS_URL",
        "mail.tls": "smtps://",
        "public.other_server": "one IM66_SECRET_KEY",
        **_FEW_DAYS,
    }
    _assert_named(faults, expected)


def _other_clocks(host: Host) -> None:
    """No clock is as near as it would have to be."""
    codes = host.server.run_python(_CLOCKS).split()[-2:]
    assert codes == ["database.clock", "redis.clock"]


def _broken_rows(host: Host) -> None:
    key = host.folder / "secret-key"
    key.write_text("x" * 50)
    failed = host.folder / ".backup-failed"
    failed.touch()
    key.chmod(0o644)
    host.folder.chmod(0o755)
    broken = "INSERT INTO notifications_pushkey (id, private) VALUES (1, 'x') ON CONFLICT DO NOTHING"
    host.sql(
        broken,
        _OTHER_VERSION,
        "DELETE FROM django_migrations WHERE app = 'firstserver'",
        "UPDATE pg_database SET datcollversion = '0' WHERE datname = 'postgres'",
        "ALTER DATABASE postgres SET default_transaction_read_only = on",
    )
    host.command_redis("REPLICAOF", *_NOWHERE.split(":"))
    faults = host.faults(SSL_CERT_FILE=os.devnull)
    host.command_redis("REPLICAOF", "NO", "ONE")
    host.sql("SET default_transaction_read_only = off", "ALTER DATABASE postgres RESET ALL")
    key.unlink()
    failed.unlink()
    expected = {
        "backups.failed": "journalctl -u im66-daily",
        "folders.open_to_all": "chmod o=",
        "push.key": "Restore notifications_pushkey",
        "processes.versions": "Finish the upgrade",
        "database.migrations": "im66 migrate",
        "database.collation": "REINDEX DATABASE",
        "database.read_only": "the primary server",
        "redis.read_only": "name the master",
        "public.not_trusted": "fullchain.pem",
    }
    _assert_named(faults, expected)


def _without_servers(host: Host) -> None:
    host.sql("CREATE DATABASE old ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    faults = host.faults(DATABASE_URL=host.database.replace("/postgres", "/old"))
    expected = {
        "database.encoding": "UTF8",
        "database.migrations": "im66 migrate",
        "public.no_server": "Start im66",
        **_FEW_DAYS,
    }
    _assert_named(faults, expected)


def _alone(host: Host) -> None:
    file = host.folder / "broken.sqlite3"
    file.write_text("This is no database." * 100)
    file.chmod(0o600)
    faults = host.faults(DATABASE_URL=f"sqlite:///{file}", REDIS_URL="", IM66_PUBLIC_URL="")
    _assert_named(
        faults, {"database.unusable": "restore a backup", "public.unset": "address that people open"}
    )
