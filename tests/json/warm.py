"""A server whose installation has one more process, for what is done beside the sockets."""

import json
import subprocess
import sys
from contextlib import ExitStack

from testkit.server import ROOT, Server

# Does what each line asks for, as the desk or a command would, and says what was printed.
_LOOP = """
import io, json, sys, traceback
from contextlib import redirect_stdout
from django.db import close_old_connections
for line in sys.stdin:
    told = {"printed": io.StringIO(), "failed": ""}
    close_old_connections()
    with redirect_stdout(told["printed"]):
        try:
            exec(json.loads(line), {})
        except BaseException:
            told["failed"] = traceback.format_exc()
    print(json.dumps({**told, "printed": told["printed"].getvalue()}), flush=True)
"""


class WarmServer(Server):
    """As Server, but `run_python` runs everything in one process, which saves the start of each. The process
    ends with `stop`."""

    _aside: "subprocess.Popen[str] | None" = None

    def run_python(self, code: str) -> str:
        if self._aside is None:
            self._aside = subprocess.Popen(
                [sys.executable, "manage.py", "shell", "-v0", "-c", _LOOP],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._aside.stdin
        assert self._aside.stdout
        print(json.dumps(code), file=self._aside.stdin, flush=True)
        told = json.loads(self._aside.stdout.readline())
        assert not told["failed"], told["failed"]
        return str(told["printed"])

    def stop(self) -> None:
        with ExitStack() as stack:
            if self._aside:
                aside, self._aside = stack.enter_context(self._aside), None
                assert aside.stdin
                aside.stdin.close()
            super().stop()
