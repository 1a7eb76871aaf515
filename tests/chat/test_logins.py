"""What is read of people who come in."""

from collections.abc import Collection

import pytest

from accounts.authentication.authentication import AccountBanned, Claim, Denied, Person, authenticate_all
from accounts.models import User
from accounts.services import ensure_users, raise_delivered, set_account_status
from chat.reading import login_reads
from chat.reading.login_reads import LoginState
from log import positions
from log.appending import Draft, append
from log.models import Group

CAST = ["alice", "bob", "charlie"]
# So many that asking who has something unread is worth it.
CROWD = [*CAST, "dora"]


@pytest.fixture(autouse=True)
def all_is_delivered(group: Group) -> None:
    ensure_users(CROWD)
    raise_delivered(dict.fromkeys(CROWD, positions.last_id()))


def write(sender: str, to: str | Group, content: str = "hi") -> int:
    """Its id."""
    draft = Draft("text", sender, to.pk if isinstance(to, Group) else to, content, "")
    return append([draft]).batch.last


def read_logins(userids: list[str], written_id: int) -> dict[str, LoginState]:
    """Those of `userids` who are let in."""
    logins = login_reads.read_logins([Claim(userid) for userid in userids], written_id)
    return {claim.userid: one for claim, one in logins.items() if isinstance(one, LoginState)}


def test_logins_have_groups_and_complete_ids(group: Group) -> None:
    raise_delivered(dict.fromkeys(CROWD, before := positions.last_id()))
    end = write("alice", "bob")
    arrived = read_logins(CROWD, end)
    assert {who: set(login.groups) for who, login in arrived.items()} == {
        "alice": {group.pk},
        "bob": {group.pk},
        "charlie": set(),
        "dora": set(),
    }
    assert [arrived[who].complete_id for who in CROWD] == [end, before, end, end]
    assert {login.known_at for login in arrived.values()} == {end}


def test_login_without_unread_rows_reads_no_backlog(group: Group) -> None:
    raise_delivered(dict.fromkeys(CAST, before := positions.last_id()))
    end = write("alice", "bob")
    results = {who: read_logins([who], end)[who].complete_id for who in ("bob", "charlie")}
    assert results == {"bob": before, "charlie": end}


def test_login_with_every_row_delivered_is_complete() -> None:
    end = positions.last_id()
    write("alice", "bob")
    assert [login.complete_id for login in read_logins(CAST, end).values()] == [end] * 3


def test_login_of_a_new_person_creates_it() -> None:
    end = positions.last_id()
    login = read_logins(["erwin"], end)["erwin"]
    assert (login.person.userid, login.person.delivered_id, login.groups) == ("erwin", 0, {})


def test_banned_account_in_a_batch_does_not_block_other_logins() -> None:
    User.objects.filter(pk="charlie").update(is_active=False)
    logins = login_reads.read_logins([Claim("bob"), Claim("charlie")], positions.last_id())
    assert isinstance(logins[Claim("bob")], LoginState)
    assert isinstance(logins[Claim("charlie")], AccountBanned)


def test_account_status_of_a_login_is_as_new_as_the_log(group: Group) -> None:
    set_account_status("bob", muted=True)
    end = positions.last_id()
    assert read_logins(["bob"], 0)["bob"].stood_at == end


def test_a_change_meanwhile_is_later(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    known = authenticate_all

    def muted_as_soon_as_they_are_read(claims: Collection[Claim]) -> dict[Claim, Person | Denied]:
        result = known(claims)
        set_account_status("bob", muted=True)
        return result

    monkeypatch.setattr(login_reads, "authenticate_all", muted_as_soon_as_they_are_read)
    bob = read_logins(["bob"], 0)["bob"]
    assert not bob.person.muted
    assert bob.stood_at < positions.last_id() == bob.known_at
