"""Whether anything in the locks has a known vulnerability: `python -m testkit.audit`.

uv asks the service that it knows (OSV). Without an answer the audit is left out, with a word on why: a change
must not wait for somebody else's network.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from testkit import locks

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 55.0

# What uv says of a service that cannot be asked, or answers with an error of its own.
_NO_ANSWER = re.compile(r"error sending request|Request failed|HTTP status|error decoding response", re.I)
_PROJECT = '[project]\nname = "audited"\nversion = "0"\nrequires-python = ">=3.11"\n'
_LOCK = 'version = 1\nrevision = 3\nrequires-python = ">=3.11"\n'
_AUDIT = ["audit", "--frozen", "--no-config", "--output-format", "json"]
_PREVIEWS = ["--preview-features", "audit-command,json-output"]


class NoAnswer(Exception):
    """The service did not answer. The text says why."""


class Vulnerability(NamedTuple):
    """One that is known. `names`: all under which it is known."""

    package: str
    version: str
    names: list[str]
    summary: str
    fixed_in: list[str]

    def __str__(self) -> str:
        fixed = f"fixed in {', '.join(self.fixed_in)}" if self.fixed_in else "not fixed yet"
        return f"{self.package} {self.version}: {', '.join(self.names)}, {fixed}. {self.summary}"


def locked() -> dict[str, str]:
    """The version of each package that a lock installs, wherever it does."""
    found = (package for lock in sorted(ROOT.glob("requirements*.lock")) for package in locks.read(lock))
    return {package.requirement.name: package.version for package in found}


def accepted() -> dict[str, str]:
    """The names of vulnerabilities that are accepted, each with the reason."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    found: dict[str, str] = project["tool"]["im66"]["audit"]["accepted"]
    return found


def known(packages: Mapping[str, str], service: str = "", seconds: float = SECONDS) -> list[Vulnerability]:
    """What is known of these versions of packages. Raises NoAnswer."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "pyproject.toml").write_text(_PROJECT)
        Path(folder, "uv.lock").write_text(_as_lock(packages))
        try:
            done = subprocess.run(
                [
                    str(Path(sys.executable).with_name("uv")),
                    *(_AUDIT + _PREVIEWS),
                    *(["--service-url", service] if service else []),
                ],
                cwd=folder,
                env={"UV_HTTP_TIMEOUT": "10", **os.environ},
                capture_output=True,
                text=True,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired as error:
            raise NoAnswer(f"nothing came within {seconds:.0f} seconds") from error
    if done.returncode not in (0, 1) and _NO_ANSWER.search(done.stderr):
        raise NoAnswer(" ".join(done.stderr.partition("error: ")[2].split()))
    return [_read(found) for found in json.loads(done.stdout)["vulnerabilities"]]


def _as_lock(packages: Mapping[str, str]) -> str:
    """The lock of a project that needs them all."""
    names = ", ".join(f'{{ name = "{name}" }}' for name in packages)
    root = f'name = "audited"\nversion = "0"\nsource = {{ virtual = "." }}\ndependencies = [{names}]\n'
    others = (
        f'name = "{name}"\nversion = "{version}"\nsource = {{ registry = "." }}\n'
        for name, version in packages.items()
    )
    return "\n[[package]]\n".join([_LOCK, root, *others])


def _read(found: Any) -> Vulnerability:
    package = found["dependency"]
    return Vulnerability(
        package["name"],
        package["version"],
        [found["id"], *found["aliases"]],
        found["summary"] or "",
        found["fix_versions"],
    )


def report(found: list[Vulnerability], reasons: Mapping[str, str]) -> tuple[list[str], bool]:
    """The lines to print, and whether all is well."""
    lines, well = [], True
    for one in found:
        reason = next((reasons[name] for name in one.names if name in reasons), "")
        lines.append(f"{one}{f' Accepted: {reason}' if reason else ''}")
        well = well and bool(reason)
    seen = {name for one in found for name in one.names}
    lines += [f"{name} is accepted, but not reported any more." for name in reasons if name not in seen]
    return lines, well


def _main() -> int:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--service", default="", help="the URL of another service")
    packages = locked()
    try:
        lines, well = report(known(packages, parser.parse_args().service), accepted())
    except NoAnswer as why:
        print(f"Dependencies were not audited: {why}.")  # noqa: T201
        return 0
    print(*lines, f"{len(packages)} packages were audited.", sep="\n")  # noqa: T201
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(_main())
