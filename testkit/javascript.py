"""Whether the types in the pages' scripts agree: `python -m testkit.javascript`.

The scripts are checked as they are served; their types are in JSDoc comments. tsconfig.json says which
scripts, and how strictly. Without Node.js the check is left out, with a word on why, unless CI is set.
"""

import os
import subprocess
import sys
from pathlib import Path

from testkit.node import ROOT, NoNode, node, packages


def findings(project: Path = ROOT) -> list[str]:
    """What does not agree, a line each. `project`: the folder of the tsconfig.json. Raises NoNode."""
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
