"""Each version of Landlock is asked to refuse everything that it supports, and nothing else."""

from pathlib import Path

import pytest

from uploads.worker.confinement import layers
from uploads.worker.confinement.landlock import Handled, handled_by

ALL_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16, 6: 16, 7: 16, 9: 16}


@pytest.mark.parametrize(("version", "rights"), ALL_FILE_RIGHTS.items())
def test_landlock_handles_all_file_rights_of_its_version(version: int, rights: int) -> None:
    assert handled_by(version).files == (1 << rights) - 1


@pytest.mark.parametrize(("version", "network"), [(1, 0), (3, 0), (4, 3), (9, 3)])
def test_landlock_handles_tcp_since_version_4(version: int, network: int) -> None:
    assert handled_by(version).network == network


@pytest.mark.parametrize(("version", "scopes"), [(1, 0), (5, 0), (6, 3), (9, 3)])
def test_landlock_handles_scopes_since_version_6(version: int, scopes: int) -> None:
    assert handled_by(version).scopes == scopes


@pytest.mark.parametrize(
    ("fields", "size"), [(Handled(1, 0, 0), 8), (Handled(1, 1, 0), 16), (Handled(1, 0, 1), 24)]
)
def test_landlock_ruleset_omits_fields_unknown_to_its_version(fields: Handled, size: int) -> None:
    assert len(fields.packed) == size


def test_installed_project_is_excluded_from_module_paths(tmp_path: Path) -> None:
    (tmp_path / "av").mkdir()
    (tmp_path / "im66_server").mkdir()
    (tmp_path / "library").mkdir()
    entries = ["", str(tmp_path), str(tmp_path / "library")]
    assert set(layers.module_paths(entries, tmp_path / "im66_server")) == {
        tmp_path / "av",
        tmp_path / "library",
    }
