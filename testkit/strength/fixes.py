"""The fixes of the past, each undone on the code of today: the part of it that is no test and no page."""

import re
import subprocess
from collections.abc import Collection, Iterator
from pathlib import Path

from testkit.strength.trials import Change

ROOT = Path(__file__).resolve().parents[2]
_PRODUCT = (
    *("server", "accounts", "uploads", "log", "groups", "chat", "moderation", "notifications", "keeping"),
    *("firstserver", "web", "im66", "static", "templates"),
)
# What may not be undone alone: tables stay as they are.
_NOT = ":(exclude)*/migrations/*"
_NAME = re.compile(r"^(?:\+|@@ .* @@ )\s*(?:async )?def (test_\w+)", re.MULTILINE)


def undone(commit: str, among: Collection[str]) -> Iterator[Change]:
    """The commits before `commit` that changed both the product and a test and can be undone, the newest
    first. `among`: the beginnings of the ids of those that are fixes; if empty, all are tried."""
    for line in _git("log", "--no-merges", "--format=%H %s", commit).splitlines():
        fix, _, subject = line.partition(" ")
        if among and not fix.startswith(tuple(among)):
            continue
        patch = _git("diff", fix, f"{fix}^", "--", *_PRODUCT, _NOT)
        if touched := _touched(fix) if patch and _applies(patch) else []:
            yield Change(fix[:10], subject, patch, touched)


def _touched(fix: str) -> list[str]:
    """The tests that it added or changed, as `tests/chat/test_feed.py::test_name`, or whole files."""
    files = [
        file
        for file in _git("diff", "--name-only", f"{fix}^", fix, "--", "tests").split()
        if "/test_" in file
    ]
    return [
        name for file in files for name in _touched_in(file, _git("diff", "-U0", f"{fix}^", fix, "--", file))
    ]


def _touched_in(file: str, diff: str) -> list[str]:
    return [f"{file}::{name}" for name in dict.fromkeys(_NAME.findall(diff))] or [file]


def _applies(patch: str) -> bool:
    command = ["git", "apply", "--check", "-"]
    return subprocess.run(command, cwd=ROOT, input=patch, text=True, capture_output=True).returncode == 0


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
