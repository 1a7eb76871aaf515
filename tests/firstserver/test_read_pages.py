"""The first server's Redis is read in pages, so that memory stays bounded."""

from collections.abc import Iterator
from typing import Any

import pytest

from firstserver import source
from firstserver.source import MAX_PAGE_VALUES, Source, open_source
from tests.firstserver.conftest import Import
from tests.firstserver.first_server import FirstServer

PAGE = 10_000
LARGE = 20_000 * "x"


@pytest.fixture
def page_sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The bytes of each answer. A page has few."""
    monkeypatch.setattr(source, "PAGE_BYTES", PAGE)
    sizes: list[int] = []
    read = Source._pipelined

    def note(self: Source, commands: Iterator[tuple[Any, ...]]) -> list[Any]:
        commands = iter(list(commands))
        content = read(self, commands)
        sizes.append(sum(map(_size, content)))
        return content

    monkeypatch.setattr(Source, "_pipelined", note)
    return sizes


def _size(value: Any) -> int:
    if isinstance(value, list | tuple):
        return sum(map(_size, value))
    return len(value) if isinstance(value, bytes) else 0


def elements(first: FirstServer, *keys: str) -> dict[bytes, list[bytes]]:
    results: dict[bytes, list[bytes]] = {key.encode(): [] for key in keys}
    with open_source(first.url) as opened_:
        for key, start, page in opened_.elements(list(results)):
            assert start == len(results[key])
            results[key] += page
    return results


def fields(first: FirstServer, keys: list[bytes]) -> list[list[bytes | None]]:
    with open_source(first.url) as opened_:
        return list(opened_.fields(keys, ["notice"]))


def members(first: FirstServer, keys: list[bytes]) -> set[bytes]:
    with open_source(first.url) as opened_:
        return {member for _, page in opened_.members(keys) for member in page}


def assert_bounded(page_sizes: list[int]) -> None:
    """At most one page is too large, and it has few values: the pages after it are smaller."""
    assert sum(size > len(LARGE) for size in page_sizes) <= 1
    assert max(page_sizes) <= MAX_PAGE_VALUES * len(LARGE)


def test_inboxes_are_read_whole_in_pages(first: FirstServer, page_sizes: list[int]) -> None:
    event = {"bob": [f"{number} ".ljust(100, "x") for number in range(500)], "alice": ["hello"]}
    for userid, frames in event.items():
        first.wait(userid, *frames)
    assert elements(first, "bob", "alice") == {
        userid.encode(): [frame.encode() for frame in frames] for userid, frames in event.items()
    }
    assert 5 < len(page_sizes) < 20
    assert max(page_sizes) <= PAGE


def test_many_small_lists_share_a_page(first: FirstServer, page_sizes: list[int]) -> None:
    userids = [f"u{number}" for number in range(200)]
    for userid in userids:
        first.wait(userid, "x" * 100)
    assert all(element == [b"x" * 100] for element in elements(first, *userids).values())
    assert 4 < len(page_sizes) < 20
    assert max(page_sizes) <= PAGE


def test_large_elements_behind_small_ones_are_read_alone(first: FirstServer, page_sizes: list[int]) -> None:
    # Redis estimates the size of a list by its first elements.
    first.wait("bob", *(f"{number}" for number in range(4000)), *(LARGE for _ in range(200)))
    assert len(elements(first, "bob")[b"bob"]) == 4200
    assert_bounded(page_sizes)


def test_small_elements_behind_large_ones_share_a_page_again(
    first: FirstServer, page_sizes: list[int]
) -> None:
    first.wait("bob", LARGE, LARGE, *("x" * 100 for _ in range(500)))
    assert len(elements(first, "bob")[b"bob"]) == 502
    assert len(page_sizes) < 25


def test_large_notices_are_read_alone(first: FirstServer, page_sizes: list[int]) -> None:
    for group in range(200):
        first.group(group, "alice", [], notice="x" if group < 100 else LARGE)
    result = fields(first, [f"group_{group}".encode() for group in range(200)])
    assert result == 100 * [[b"x"]] + 100 * [[LARGE.encode()]]
    assert_bounded(page_sizes)


def test_large_members_are_read_alone(first: FirstServer, page_sizes: list[int]) -> None:
    large_members = {f"{number}{LARGE}".encode() for number in range(200)}
    with first.open() as client:
        client.sadd("groupmembers_11", *(f"u{number}" for number in range(100)))
        client.sadd("groupmembers_12", *large_members)
    assert members(first, [b"groupmembers_11", b"groupmembers_12"]) > large_members
    # SSCAN can give a few more than were asked for.
    assert max(page_sizes) <= 2 * MAX_PAGE_VALUES * len(LARGE)
    assert sum(size > 10 * len(LARGE) for size in page_sizes) <= 1


def test_many_small_sets_share_a_page(first: FirstServer, page_sizes: list[int]) -> None:
    names = [f"groupmembers_{number}" for number in range(200)]
    with first.open() as client:
        for name in names:
            client.sadd(name, f"of {name}")
    assert len(members(first, [name.encode() for name in names])) == 200
    assert 4 < len(page_sizes) < 20


def test_large_set_is_read_completely(first: FirstServer, run_import: Import) -> None:
    first.number_groups_from(100)
    first.group(12, "alice", [])
    with first.open() as client:
        client.sadd("groupmembers_12", *(f"u{number}" for number in range(5000)))
    assert run_import()[0] == "5,001 people, 1 groups, 5,000 memberships and 0 messages were imported."


def test_key_scanned_twice_is_read_once(
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
