"""Checks the locked packages for known vulnerabilities: `python -m testkit.audit`.

pip-audit queries OSV. If OSV does not answer, the audit is skipped with a message, because a change must not
depend on an external service.
"""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAX_SECONDS = 120.0
_AUDIT = ["pip_audit", "--disable-pip", "--progress-spinner=off", "--vulnerability-service=osv"]
# pip-audit's last line if the service is unreachable or fails.
_NO_ANSWER = re.compile(r"connect|timeout|timed out|service|HTTP", re.I)


class NoAnswer(Exception):
    """The service did not answer. The text is the reason."""


def accepted() -> dict[str, str]:
    """Return the ids of accepted vulnerabilities, each with the reason."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    reasons: dict[str, str] = project["tool"]["im66"]["audit"]["accepted"]
    return reasons


def audit(service: str = "", seconds: float = MAX_SECONDS) -> tuple[bool, str]:
    """Return whether the locked packages have no known vulnerability, and pip-audit's report.

    `service` is the URL of another service than OSV. Raises NoAnswer.
    """
    command = [sys.executable, "-m", *_AUDIT, *(f"--ignore-vuln={name}" for name in accepted())]
    command += [f"--requirement={lock}" for lock in sorted(ROOT.glob("requirements*.lock"))]
    command += [f"--osv-url={service}"] if service else []
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise NoAnswer(f"nothing came within {seconds:.0f} seconds") from error
    lines = (done.stdout + done.stderr).strip().splitlines()
    if done.returncode and not done.stdout:
        raise NoAnswer(lines[-1]) if _NO_ANSWER.search(lines[-1]) else RuntimeError(done.stderr)
    return done.returncode == 0, "\n".join(lines)


def _main() -> int:
    try:
        is_clean, report = audit(os.environ.get("OSV_URL", ""))
    except NoAnswer as why:
        print(f"Dependencies were not audited: {why}.")  # noqa: T201
        return 0
    print(report)  # noqa: T201
    return 0 if is_clean else 1


if __name__ == "__main__":
    sys.exit(_main())
