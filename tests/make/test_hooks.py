"""What runs before a commit is what `make check` runs."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def recipe(target: str) -> list[str]:
    """The commands of a target of the Makefile, as they are typed, but for tests, which take too long for a
    hook."""
    match = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert match
    lines = match[1].replace("$(RUN)", ".venv/bin/python").replace("$(VENV)", ".venv")
    return [line.strip().removesuffix(" .") for line in lines.splitlines() if "$(PYTEST)" not in line]


def test_git_hooks_run_the_steps_of_make_check() -> None:
    config = (ROOT / ".pre-commit-config.yaml").read_text()
    hooks = re.findall(r"^ +entry: (.*?)(?: \.)?$", config, re.MULTILINE)
    assert len(hooks) > 5
    assert [command for command in recipe("check") if command not in hooks] == []
