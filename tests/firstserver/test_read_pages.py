"""The first server's Redis is read in pages, so that memory stays bounded."""

from collections.abc import Iterator
from typing import Any

import pytest

from firstserver import source
from firstserver.source import Source, opened
from tests.firstserver.conftest import Import
from tests.firstserver.first_server import FirstServer


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The bytes of each answer that had elements of lists. A page has few."""
    monkeypatch.setattr(source, "PAGE_BYTES", 10_000)
    sizes: list[int] = []
    read = Source._pipe

    def note(self: Source, commands: Iterator[tuple[Any, ...]]) -> list[Any]:
        commands = iter(list(commands))
        found = read(self, commands)
        sizes.append(sum(len(element) for page in found if isinstance(page, list) for element in page))
        return found

    monkeypatch.setattr(Source, "_pipe", note)
    return sizes


def elements(first: FirstServer, *keys: str) -> dict[bytes, list[bytes]]:
    found: dict[bytes, list[bytes]] = {key.encode(): [] for key in keys}
    with opened(first.url) as opened_:
        for key, start, page in opened_.elements(list(found)):
            assert start == len(found[key])
            found[key] += page
    return found


def test_it_works(first: FirstServer, asked: list[int]) -> None:
    told = {"bob": [f"{number} ".ljust(100, "x") for number in range(500)], "alice": ["hello"]}
    for userid, frames in told.items():
        first.wait(userid, *frames)
    assert elements(first, "bob", "alice") == {
        userid.encode(): [frame.encode() for frame in frames] for userid, frames in told.items()
    }
    assert 5 < len(asked) < 20
    assert max(asked) <= 10_000


def test_many_small_lists_share_a_page(first: FirstServer, asked: list[int]) -> None:
    userids = [f"u{number}" for number in range(200)]
    for userid in userids:
        first.wait(userid, "x" * 100)
    assert all(found == [b"x" * 100] for found in elements(first, *userids).values())
    assert 4 < len(asked) < 20
    assert max(asked) <= 10_000


def test_what_is_larger_than_a_page_is_read_alone(first: FirstServer, asked: list[int]) -> None:
    first.wait("bob", *(20_000 * "x" for _ in range(5)))
    assert len(elements(first, "bob")[b"bob"]) == 5
    assert max(asked) == 20_000


def test_a_large_set(first: FirstServer, run_import: Import) -> None:
    first.number_groups_from(100)
    first.group(12, "alice", [])
    with first.open() as client:
        client.sadd("groupmembers_12", *(f"u{number}" for number in range(5000)))
    assert run_import()[0] == "5,001 people, 1 groups, 5,000 memberships and 0 messages were imported."


def test_a_key_that_comes_twice_counts_once(
    first: FirstServer, run_import: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    first.number_groups_from(100)
    first.person("bob")
    first.wait("bob", "nonsense")
    once = Source.keys

    def twice(self: Source) -> Iterator[dict[bytes, bytes]]:
        yield from once(self)
        yield from once(self)

    monkeypatch.setattr(Source, "keys", twice)
    assert run_import()[-1].startswith("  1 messages left out")
