"""What a process is set to that serves; one that only imports the application is left as it is."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from server.process import GC_THRESHOLDS, SWITCH_SECONDS
from testkit.server import PLAIN_DAPHNE, ROOT, SERVE, UVICORN, Server
from tests.conftest import MakeServer
from tests.support.tokens import IN_TOKEN_MODE
from tests.support.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("started_anew")]

SET = {
    "thresholds": list(GC_THRESHOLDS),
    "has_views": True,
    "normalizes": True,
    "is_frozen": True,
    "switch_interval": SWITCH_SECONDS,
    "is_dumpable": False,
}
ANNOUNCING = {
    "serve": SERVE,
    "uvicorn": UVICORN,
}
IMPORT = """
from tests.im66.process_state import state
before = state()
import im66.asgi
print(before)
print(state())
"""


def telling(command: list[str]) -> list[str]:
    python, *program = command
    return [python, "-m", "tests.im66.process_state", *program]


def serving_line(server: Server) -> Any:
    """What the process says of itself."""
    server.signal(signal.SIGUSR1)
    until(lambda: _match_serving(server) is not None)
    event = _match_serving(server)
    assert event
    return json.loads(event[0])


def _match_serving(server: Server) -> re.Match[str] | None:
    return re.search(r"^\{.*\}$", server.log.read_text(), re.MULTILINE)


@pytest.mark.parametrize("command", ANNOUNCING.values(), ids=ANNOUNCING)
def test_serving_process_is_prepared(make_server: MakeServer, command: list[str]) -> None:
    assert serving_line(make_server(telling(command))) == SET


def test_first_request_settles_a_server_without_lifespan(make_server: MakeServer) -> None:
    server = make_server(telling(PLAIN_DAPHNE))
    with urlopen(server.http, timeout=30) as page:
        assert page.status == 200
    assert serving_line(server) == SET


def test_importing_the_application_changes_nothing(tmp_path: Path) -> None:
    python = [sys.executable, "-c", IMPORT]
    environment = Server(tmp_path).environment
    output = subprocess.run(python, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    before, after = output.stdout.splitlines()
    assert json.loads(before) != SET
    assert before == after


@pytest.mark.parametrize(("mode", "loaded"), [({}, "[]"), (IN_TOKEN_MODE, "['jwt', 'cryptography']")])
def test_only_token_mode_loads_what_verifies_tokens(
    mode: dict[str, str], loaded: str, tmp_path: Path
) -> None:
    code = "import sys, im66.asgi, im66.serving; im66.serving.settle()"
    text = "print([name for name in ('jwt', 'cryptography') if name in sys.modules])"
    printed = Server(tmp_path, **mode).run_python(f"{code}; {text}")
    assert printed.splitlines()[-1] == loaded
