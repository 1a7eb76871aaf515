"""What a person may do, rule by rule."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from accounts.authentication.authentication import AccountBanned, Claim
from accounts.authentication.proofs import token_proof
from accounts.codes import Cause, Name
from accounts.limits import limits
from accounts.limits.buckets import Rate
from chat import access
from chat.failures import CommandRefused
from chat.protocol.replies import Failure
from chat.services.blocks import block
from groups.services import dissolve, remove_members
from log.models import Group
from tests.support.sessions import by_session
from tests.support.settings import override

Rule = Callable[[str, int], None]

of_members = pytest.mark.parametrize(
    "rule", [access.may_send_to_group, access.may_read_members, access.may_read_records]
)


def refusal(rule: Callable[[], object]) -> Failure:
    """What the client is told."""
    with pytest.raises(CommandRefused) as refused:
        rule()
    return refused.value.failure


@of_members
def test_a_member_may(rule: Rule, group: Group) -> None:
    rule("alice", group.pk)
    rule("bob", group.pk)


@of_members
def test_outsider_may_not_read_or_change_a_group(rule: Rule, group: Group) -> None:
    assert refusal(lambda: rule("charlie", group.pk)) == Failure(
        Name.NOT_ALLOWED, "you are not in this group"
    )


@of_members
def test_removed_member_may_no_longer_read_or_change_a_group(rule: Rule, group: Group) -> None:
    remove_members(group.pk, ["bob"])
    assert refusal(lambda: rule("bob", group.pk)) == Failure.of(Cause.OUTSIDE)


@of_members
def test_access_to_an_unknown_or_dissolved_group_is_rejected(rule: Rule, group: Group) -> None:
    assert refusal(lambda: rule("alice", group.pk + 1)) == Failure(Name.NOT_FOUND, "no such group")
    dissolve(group.pk)
    assert refusal(lambda: rule("alice", group.pk)) == Failure(Name.NOT_FOUND, "no such group")


def test_blocked_person_may_not_send_to_the_blocker(group: Group) -> None:
    block("bob", "alice")
    assert refusal(lambda: access.may_send_to_person("alice", "bob")) == Failure.of(Cause.BLOCKED)
    access.may_send_to_person("bob", "alice")
    access.may_send_to_person("charlie", "bob")


def test_a_person_has_only_so_many_connections(settings: Settings) -> None:
    override(settings, max_connections_per_user=2)
    access.may_connect(1)
    assert refusal(lambda: access.may_connect(2)) == Failure(Name.NOT_ALLOWED, "too many connections")
    access.may_open(2 * access.MAX_CONNECTIONS_FACTOR_OF_SHIPPED_APPS)
    refused = refusal(lambda: access.may_open(2 * access.MAX_CONNECTIONS_FACTOR_OF_SHIPPED_APPS + 1))
    assert refused == Failure(Name.NOT_ALLOWED, "too many connections")


def test_a_locked_account_may_not_log_in() -> None:
    assert access.may_log_in("alice") == "alice"
    locked = AccountBanned("charlie")
    assert refusal(lambda: access.may_log_in(locked)) == Failure(Name.BANNED, "this account is locked")


def test_logins_are_too_fast_after_too_many_bad_proofs(settings: Settings) -> None:
    override(settings, auth="token", limit_logins=Rate(2, 10**6), people_per_address=1)
    ours = limits.current()
    session, by_a_token = (
        Claim("alice", by_session("a"), "home"),
        Claim("alice", token_proof("x.y.z"), "home"),
    )
    for _ in range(2):
        access.may_try_to_log_in(ours, session, object())
        access.may_fail_to_log_in(ours, "home")
    assert refusal(lambda: access.may_try_to_log_in(ours, session, object())).name is Name.TOO_FAST
    access.may_try_to_log_in(ours, session._replace(address="elsewhere"), object())
    access.may_try_to_log_in(ours, by_a_token, object())


def test_a_connection_has_only_so_many_tries(settings: Settings) -> None:
    override(settings, auth="token", limit_logins=Rate(2, 10**6))
    connection, claim = object(), Claim("alice", token_proof("x.y.z"), "home")
    for _ in range(2):
        access.may_try_to_log_in(limits.current(), claim, connection)
    event = refusal(lambda: access.may_try_to_log_in(limits.current(), claim, connection))
    assert event.name is Name.TOO_FAST
