"""`im66 doctor` on a host as deploy/ sets it up."""

import json
from pathlib import Path
from typing import Any

import pytest

from testkit.services import Unavailable, free_port
from tests.faults.production import Production, production

pytestmark = pytest.mark.slow

# The certificate of the test is good for two days, and a kernel may lack parts of the confinement.
_OF_THE_MACHINE = {"public.soon_expired", "confinement.missing", "processes.few_files"}


def examine(running: Production, **settings: str) -> tuple[int, dict[str, Any]]:
    server = running.servers[0]
    trust = {"SSL_CERT_FILE": str(Path(running.nginx.folder, "own.pem"))}
    done = server.attempt("doctor", "--json", **trust, **settings)
    return done.returncode, json.loads(done.stdout)


def test_doctor_finds_nothing_on_a_sound_host_and_each_fault_on_another(tmp_path: Path) -> None:
    try:
        with production(tmp_path) as running:
            status, found = examine(running)
            codes = {finding["code"] for finding in found["findings"]}
            assert (status, found["sound"]) == (0, True), found
            assert codes <= _OF_THE_MACHINE, found
            url = running.servers[0].environment["DATABASE_URL"]
            status, found = examine(
                running,
                DATABASE_URL=url.replace("im66@", "stranger:hunter22@"),
                REDIS_URL=f"redis://127.0.0.1:{free_port()}/0",
                IM66_MAIL_URL=f"smtp://127.0.0.1:{free_port()}",
                IM66_PUBLIC_URL=f"https://localhost:{free_port()}",
                IM66_MIN_FREE_MB="99999999",
            )
            codes = {finding["code"] for finding in found["findings"]} - _OF_THE_MACHINE
            assert (status, found["sound"]) == (1, False)
            expected = {"database.login", "redis.away", "mail.away", "mail.no_sender", "public.away"}
            assert codes == {*expected, "disk.short"}, found
            assert "hunter22" not in json.dumps(found)
    except Unavailable as error:
        pytest.skip(str(error))
