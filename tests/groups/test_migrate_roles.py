"""Groups of before there were roles get an owner each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.server import Server
from testkit.services import Postgres, Unavailable

pytestmark = pytest.mark.slow

BEFORE = """
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from accounts.services import ensure_users

as_it_was = MigrationExecutor(connection).loader.project_state(("groups", "0003_stays_end_with_a_last_id"))
Group, Membership = (as_it_was.apps.get_model("groups", name) for name in ("Group", "Membership"))

ensure_users(["alice", "bob", "charlie", "dora"])

def group(name, *stays, **fields):
    made = Group.objects.create(name=name, creator_id="alice", **fields)
    for userid, role, until in stays:
        Membership.objects.create(group=made, user_id=userid, role=role, since_id=1, until_id=until)

group("owned", ("bob", "member", None), ("alice", "owner", None))
group("left", ("alice", "owner", 2), ("charlie", "member", None), ("bob", "member", None))
group("managed", ("alice", "owner", 2), ("bob", "member", None), ("dora", "admin", None))
group("returned", ("bob", "member", 2), ("charlie", "member", None), ("bob", "member", None))
group("empty", ("alice", "owner", 2))
for number in range(1200):
    group(f"many {number}", ("bob", "member", None))
group("last", ("alice", "owner", 2), ("charlie", "member", None))
"""
ROLES = """
from groups.models import Group, Membership

def roles(name):
    periods = Membership.objects.current().filter(group__name=name).order_by("pk")
    return " ".join(f"{userid}={role}" for userid, role in periods.values_list("user", "role"))

for name in ("owned", "left", "managed", "returned", "empty", "last"):
    print(f"{name}: {roles(name)}")
print(Membership.objects.filter(group__name__startswith="many", role="owner").count())
print(Membership.objects.ended().filter(role="owner").count())
"""
AFTER = """\
owned: bob=member alice=owner
left: charlie=owner bob=member
managed: bob=member dora=owner
returned: charlie=owner bob=member
empty:\x20
last: charlie=owner
1200
4
"""


@pytest.fixture(params=["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.wide)])
def earlier(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """The database as it was then. No command but migrate starts on it."""
    if request.param == "SQLite":
        yield at_the_migration_before(Server(tmp_path))
        return
    try:
        with Postgres() as postgres:
            yield at_the_migration_before(Server(tmp_path, DATABASE_URL=postgres.url))
    except Unavailable as reason:
        unavailable(str(reason))


def at_the_migration_before(server: Server) -> Server:
    for target in (["accounts"], ["groups", "0003"]):
        server.manage("migrate", *target, "--verbosity", "0")
    return server


def test_they_get_one_and_that_can_be_undone_and_done_again(earlier: Server) -> None:
    earlier.run_python(BEFORE)
    for target in (("groups", "0004"), ("groups", "0003"), ("groups",)):
        earlier.manage("migrate", *target, "--verbosity", "0")
    assert earlier.run_python(ROLES) == AFTER
