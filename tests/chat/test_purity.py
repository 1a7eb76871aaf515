"""What is said needs no framework: a tool that speaks a dialect loads none."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FRAMEWORKS = {"django", "channels", "asgiref", "twisted"}
MODULES = sorted(
    f"chat.protocol.{path.stem}" for path in (ROOT / "chat/protocol").glob("*.py") if path.stem != "__init__"
)


@pytest.mark.parametrize("module", MODULES)
def test_no_framework_is_loaded(module: str) -> None:
    code = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.split()
    assert "chat" in loaded
    assert not FRAMEWORKS.intersection(loaded)
