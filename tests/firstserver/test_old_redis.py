"""The first server's Redis may be older than commands that are common today."""

from collections.abc import Iterator

import pytest

from firstserver.source import open_source
from tests.firstserver.conftest import Import
from tests.firstserver.first_server import FirstServer, grouped, unicast
from tests.firstserver.reading import contents

# MEMORY came with Redis 4, CLIENT ID with 5, HELLO and ACL with 6.
COMMANDS = ["+@all", "-memory", "-hello", "-acl", "-client", "+client|list", "+client|setname"]


@pytest.fixture(autouse=True)
def old(first: FirstServer) -> Iterator[None]:
    """Who uses `first` in the block, is a user without those commands."""
    url = first.url
    with first.open() as client:
        client.acl_setuser("old", enabled=True, nopass=True, keys=["*"], commands=COMMANDS)
    first.url = url.replace("redis://", "redis://old:x@")
    yield
    first.url = url
    with first.open() as client:
        client.acl_deluser("old")


def test_data_of_old_redis_version_is_imported(first: FirstServer, run_import: Import) -> None:
    first.number_groups_from(100)
    first.group(12, "alice", ["alice", "bob"])
    first.wait("bob", unicast("alice", "hello"), grouped("alice", "to all", 12))
    assert run_import()[0] == "2 people, 1 groups, 2 memberships and 2 messages were imported."
    assert contents("bob") == ["hello", "to all"]


def test_other_clients_of_the_old_redis_are_listed(first: FirstServer) -> None:
    with open_source(first.url) as source:
        assert source.other_clients() == []
        with first.open() as other:
            other.ping()
            assert len(source.other_clients()) == 1
