"""What each version of Landlock is asked to refuse: all that it knows, and nothing that it does not."""

import pytest

from uploads.worker.confinement.landlock import Handled, handled

ALL_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16, 6: 16, 7: 16, 9: 16}


@pytest.mark.parametrize(("version", "rights"), ALL_FILE_RIGHTS.items())
def test_every_right_to_files_that_it_knows(version: int, rights: int) -> None:
    assert handled(version).files == (1 << rights) - 1


@pytest.mark.parametrize(("version", "network"), [(1, 0), (3, 0), (4, 3), (9, 3)])
def test_tcp_since_the_fourth(version: int, network: int) -> None:
    assert handled(version).network == network


@pytest.mark.parametrize(("version", "scopes"), [(1, 0), (5, 0), (6, 3), (9, 3)])
def test_signals_and_abstract_sockets_since_the_sixth(version: int, scopes: int) -> None:
    assert handled(version).scopes == scopes


@pytest.mark.parametrize(
    ("fields", "size"), [(Handled(1, 0, 0), 8), (Handled(1, 1, 0), 16), (Handled(1, 0, 1), 24)]
)
def test_no_field_is_sent_that_it_does_not_know(fields: Handled, size: int) -> None:
    assert len(fields.packed) == size
