"""The secrets that are generated where none is set."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from im66 import environment
from testkit.server import ROOT
from tests.im66.conftest import KEY, PRODUCTION, Read


def test_secret_key_is_generated_once_for_its_owner_only(read: Read, tmp_path: Path) -> None:
    first = read().secret_key
    assert len(first) >= 50
    assert read().secret_key == first
    (file,) = (tmp_path / "data").iterdir()
    assert file.read_text() == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_each_data_folder_has_its_own_secret_key(read: Read, tmp_path: Path) -> None:
    assert read().secret_key != read(IM66_DATA_DIR=str(tmp_path / "other")).secret_key


def test_secret_key_that_is_set_is_not_generated(read: Read, tmp_path: Path) -> None:
    read(IM66_SECRET_KEY=KEY)
    assert not (tmp_path / "data").exists()


def test_secret_key_and_token_secret_are_generated(read: Read, tmp_path: Path) -> None:
    production = PRODUCTION | {"IM66_GENERATE_SECRETS": "true", "IM66_TOKEN_SECRET": ""}
    del production["IM66_SECRET_KEY"]
    first, second = read(**production), read(**production)
    assert (first.secret_key, first.token_secret) == (second.secret_key, second.token_secret)
    files = {path.name: path for path in (tmp_path / "data").iterdir()}
    assert {name: path.read_text() for name, path in files.items()} == {
        "secret-key": first.secret_key,
        "token-secret": first.token_secret,
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o600}


@pytest.mark.parametrize(
    ("secret", "variables"),
    [("secret_key", {}), ("token_secret", {"IM66_AUTH": "token", "IM66_GENERATE_SECRETS": "true"})],
)
def test_lines_after_a_stored_secret_are_fallbacks(
    read: Read, tmp_path: Path, secret: str, variables: dict[str, str]
) -> None:
    fallbacks = f"{secret}_fallbacks"
    name, old = f"IM66_{fallbacks.upper()}", getattr(read(**variables), secret)
    assert getattr(read(**variables), fallbacks) == []
    file = tmp_path / "data" / secret.replace("_", "-")
    file.write_text(f"{KEY}\n{old}\n")
    rotated = read(**variables, **{name: "o" * 32})
    assert (getattr(rotated, secret), getattr(rotated, fallbacks)) == (KEY, ["o" * 32, old])
    elsewhere = read(**variables, **{f"IM66_{secret.upper()}": "n" * 32, name: "o" * 32})
    assert getattr(elsewhere, fallbacks) == ["o" * 32]


@pytest.mark.parametrize("verified", [{"IM66_AUTH": "open"}, {"IM66_TOKEN_SECRET": "s" * 32}])
def test_token_secret_is_generated_only_if_needed(
    read: Read, tmp_path: Path, verified: dict[str, str]
) -> None:
    assert read(IM66_GENERATE_SECRETS="true", **verified).token_secret in {"", "s" * 32}
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret-key"]


def test_concurrent_threads_generate_one_secret_key(read: Read, tmp_path: Path) -> None:
    for number in range(20):
        read(IM66_DATA_DIR=str(tmp_path / str(number)))
        (tmp_path / str(number) / "secret-key").unlink()
        with ThreadPoolExecutor(8) as threads:
            keys = {
                future.result().secret_key for future in [threads.submit(environment.read) for _ in range(8)]
            }
        assert keys == {(tmp_path / str(number) / "secret-key").read_text()}
        assert len(list((tmp_path / str(number)).iterdir())) == 1


def test_concurrent_processes_generate_one_secret_key(tmp_path: Path) -> None:
    program = "from im66 import environment; input(); print(environment.read().secret_key)"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={"IM66_DATA_DIR": str(tmp_path / "data"), "PATH": os.environ["PATH"]},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    keys = {process.communicate(timeout=60)[0].strip() for process in started}
    assert keys == {(tmp_path / "data" / "secret-key").read_text()}
