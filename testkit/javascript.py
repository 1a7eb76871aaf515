"""Type-checks the pages' scripts: `python -m testkit.javascript`.

The scripts are checked as they are served, with types in JSDoc comments. tsconfig.json lists the scripts and
the options. Without Node.js the check is skipped with a message, or fails if CI is set.
"""

import os
import subprocess
import sys
from pathlib import Path

from testkit.node import ROOT, NoNode, node, packages


def findings(project: Path = ROOT) -> list[str]:
    """Return the lines of tsc's report. `project` is the folder of tsconfig.json. Raises NoNode."""
    checker = packages() / "typescript" / "bin" / "tsc"
    command = [node().program, str(checker), "--pretty", "false", "--project", str(project)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    lines = (done.stdout + done.stderr).splitlines()
    return lines if done.returncode else []


def _main() -> int:
    try:
        lines = findings()
    except NoNode as why:
        print(f"The pages' scripts were not checked. {why}")  # noqa: T201
        return 1 if os.environ.get("CI") else 0
    print(*lines, sep="\n", end="\n" if lines else "")  # noqa: T201
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(_main())
