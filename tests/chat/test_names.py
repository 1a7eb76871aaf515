"""Names for extensions: read when they are needed, and remembered for a minute."""

from collections.abc import Callable, Collection, Mapping

import pytest

from accounts.models import User
from accounts.selectors import Named
from chat.delivery.loop import names as module
from chat.delivery.loop.names import FRESH_NAMING_SECONDS, FRESH_SECONDS, Names
from chat.naming import read_names
from chat.protocol.extensions import Naming, filled
from log.models import Group
from log.rows import GroupChange, MembershipNotice, Nameable, Notice, Recipient

BASE_URL = "http://chat.example:6060"
ALICE, GROUP = Named("Alice", "http://h/a.jpg"), Named("群", "")


class Database:
    """Has names, and counts how often it is read. Its clock stands still."""

    def __init__(self) -> None:
        self.named: dict[Nameable, Named] = {"alice": ALICE, 10: GROUP}
        self.reads = 0
        self.now = 1000.0
        self.meanwhile: Callable[[], None] = lambda: None
        self.names = Names(self._read, lambda: self.now)

    async def _read(self, nameables: Collection[Nameable]) -> Mapping[Nameable, Named | None]:
        self.reads += 1
        self.meanwhile()
        return {key: self.named.get(key) for key in nameables}


@pytest.fixture
def database() -> Database:
    return Database()


async def test_naming_has_the_sender_and_the_conversation(database: Database) -> None:
    to_bob = await database.names.naming("alice", "bob", BASE_URL)
    assert to_bob == Naming("Alice", "alice", "http://h/a.jpg", "Alice", "http://h/a.jpg")
    to_group = await database.names.naming("alice", 10, BASE_URL)
    assert to_group == Naming("Alice", "alice", "http://h/a.jpg", "群", f"{BASE_URL}/static/im66/group.jpg")


async def test_name_is_read_once_a_minute(database: Database) -> None:
    for _ in range(3):
        await database.names.naming("alice", "bob", BASE_URL)
    assert database.reads == 1
    database.now += FRESH_SECONDS + 1
    database.named["alice"] = Named("Alice again", "")
    naming = await database.names.naming("alice", "bob", BASE_URL)
    assert naming.sender == "Alice again"
    assert database.reads == 2


async def test_cached_extension_is_valid_as_long_as_its_naming(database: Database) -> None:
    names = database.names
    assert names.cached_extension("alice", "bob", BASE_URL) is None
    naming = await names.naming("alice", "bob", BASE_URL)
    assert names.cached_extension("alice", "bob", BASE_URL) == filled("", naming)
    assert names.cached_extension("bob", "alice", BASE_URL) is None
    database.now += FRESH_NAMING_SECONDS
    assert names.cached_extension("alice", "bob", BASE_URL) is None


async def test_group_nickname_replaces_the_name_of_a_member(database: Database) -> None:
    database.named["alice", 10] = Named("Host", "")
    to_group = await database.names.naming("alice", 10, BASE_URL)
    assert (to_group.sender, to_group.sender_avatar) == ("Host", "http://h/a.jpg")
    assert (await database.names.naming("alice", "bob", BASE_URL)).sender == "Alice"


AGAIN = Named("again", "")


@pytest.mark.parametrize(
    ("key", "notice", "called"),
    [
        (10, GroupChange(1, 10, None, {"name": "again"}, 0), ("Alice", "again")),
        (("alice", 10), GroupChange(1, 10, None, {"nicknames": ["alice"]}, 0), ("again", "群")),
        (("alice", 10), MembershipNotice(1, 10, (), ("alice",), 0), ("again", "群")),
        ("alice", None, ("again", "群")),
    ],
)
async def test_next_message_after_a_change_has_the_new_name(
    database: Database, key: Nameable, notice: Notice | None, called: tuple[str, str]
) -> None:
    await database.names.naming("alice", 10, BASE_URL)
    database.named[key] = AGAIN
    assert (await database.names.naming("alice", 10, BASE_URL))[0::3] == ("Alice", "群")
    if notice:
        database.names.on_notice(notice)
    else:
        database.names.invalidate([key])
    assert database.names.cached_extension("alice", 10, BASE_URL) is None
    assert (await database.names.naming("alice", 10, BASE_URL))[0::3] == called
    assert database.reads == 2


async def test_name_changed_during_the_read_is_read_again(database: Database) -> None:
    database.meanwhile = lambda: database.names.invalidate(["alice"])
    await database.names.naming("alice", "bob", BASE_URL)
    database.meanwhile = lambda: None
    await database.names.naming("alice", "bob", BASE_URL)
    assert database.reads == 2


async def test_person_without_a_nickname_is_named_by_userid(database: Database) -> None:
    default = f"{BASE_URL}/static/im66/avatar.png"
    group = f"{BASE_URL}/static/im66/group.jpg"
    naming = await database.names.naming("bob", 11, BASE_URL)
    assert naming == Naming("bob", "bob", default, "11", group)


async def test_number_of_cached_names_is_limited(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CACHED_NAMES", 2)
    for number in range(5):
        await database.names.naming(f"user{number}", "bob", BASE_URL)
    assert len(database.names._known) == 2


def test_names_of_people_and_groups_are_read(group: Group) -> None:
    User.objects.filter(pk="alice").update(nickname="Alice", avatar="http://h/a.jpg")
    expected: list[Recipient] = ["alice", "bob", "nobody", group.pk, 10**9]
    names = read_names(expected)
    assert names == {"alice": ALICE, "bob": Named("bob", ""), "nobody": None, group.pk: GROUP, 10**9: None}
