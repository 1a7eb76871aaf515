"""Who is charged for what, and what is said of a refusal."""

import logging
from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings

from accounts.limits import limits
from accounts.limits.buckets import Rate
from accounts.limits.limits import ADDRESSES_PER_NETWORK, Limit, TooFast
from accounts.limits.refusal_log import MAX_LOGGED_KEYS
from testkit.availability import unavailable
from testkit.services import Redis, Unavailable
from tests.support.settings import override

HOME, OFFICE = "10.0.0.7", "10.0.0.8"
LONG = 10**6


@pytest.fixture
def messages(settings: Settings) -> Limit:
    """Three for a person, six for an address."""
    override(settings, limit_messages=Rate(3, LONG), people_per_address=2)
    return limits.current().messages


@pytest.fixture
def log_lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.WARNING, "accounts")
    return lambda: [record.getMessage() for record in caplog.records]


def taken(limit: Limit, address: str, who: object = "", tries: int = 10) -> int:
    """How many of so many tries succeed."""
    count = 0
    for _ in range(tries):
        try:
            limit.take(address, who)
        except TooFast:
            continue
        count += 1
    return count


def test_person_and_address_have_limits(messages: Limit) -> None:
    assert taken(messages, HOME, "alice") == 3
    assert taken(messages, HOME, "bob") == 3
    assert taken(messages, HOME, "charlie") == 0
    assert taken(messages, OFFICE, "charlie") == 3


def test_moving_does_not_help(messages: Limit) -> None:
    assert taken(messages, HOME, "alice") == 3
    assert taken(messages, OFFICE, "alice") == 0


def test_refused_person_leaves_limit_of_address(messages: Limit) -> None:
    assert taken(messages, HOME, "alice", 1000) == 3
    assert taken(messages, HOME, "bob") == 3


def test_anonymous_calls_count_for_address(messages: Limit) -> None:
    assert taken(messages, HOME) == 6
    assert taken(messages, OFFICE) == 6


def test_a_connection_counts_as_a_person_does(messages: Limit) -> None:
    assert taken(messages, HOME, object()) == 3
    assert taken(messages, HOME, object()) == 3


def test_a_person_can_be_charged_alone(messages: Limit) -> None:
    for _ in range(3):
        messages.take_alone("alice")
    with pytest.raises(TooFast):
        messages.take_alone("alice")
    assert taken(messages, HOME) == 6


def test_failed_work_is_not_counted(messages: Limit) -> None:
    for _ in range(10):
        with pytest.raises(ZeroDivisionError), limits.counted(messages, HOME, "alice", 3):
            _ = 1 / 0
    with limits.counted(messages, HOME, "alice", 3):
        pass
    with pytest.raises(TooFast), limits.counted(messages, HOME, "alice"):
        raise AssertionError("it is done")


def test_without_a_limit_all_passes(settings: Settings) -> None:
    override(settings, limit_messages=None)
    off = limits.current().messages
    off.charge(HOME, "alice", 10**9)
    off.check(HOME, "alice")
    off.take_alone("alice")
    assert taken(off, HOME, "alice", 10_000) == 10_000


def test_a_message_counts_with_its_bytes_or_not_at_all(settings: Settings) -> None:
    override(settings, limit_messages=Rate(3, LONG), limit_bytes=Rate(100, LONG))
    ours = limits.current()
    ours.take_message(HOME, "alice", 90)
    for _ in range(10):
        with pytest.raises(TooFast, match=r"^too many bytes, "):
            ours.take_message(HOME, "alice", 90)
    ours.take_message(HOME, "alice", 5)
    ours.take_message(HOME, "alice", 5)
    with pytest.raises(TooFast, match=r"^too many messages, "):
        ours.take_message(HOME, "alice", 0)


def test_too_fast_names_waiting_time(settings: Settings) -> None:
    override(settings, limit_messages=Rate(20, 60), limit_queries=Rate(100, 60))
    ours = limits.current()
    assert taken(ours.messages, HOME, "alice", 25) == 20
    with pytest.raises(TooFast, match=r"^too many messages, wait 3 seconds$"):
        ours.messages.take(HOME, "alice")
    assert taken(ours.queries, HOME, "alice", 110) in {100, 101}
    with pytest.raises(TooFast, match=r"^too many queries, wait 1 second$"):
        ours.queries.take(HOME, "alice")


def test_the_settings_decide(settings: Settings) -> None:
    override(settings, limit_messages=Rate(1, LONG))
    assert taken(limits.current().messages, HOME, "alice") == 1
    override(settings, limit_messages=Rate(2, LONG))
    assert taken(limits.current().messages, HOME, "alice") == 2


def test_signing_up_is_limited_by_address(settings: Settings) -> None:
    override(settings, limit_users=Rate(1, LONG), people_per_address=2)
    limits.sign_up(HOME)
    limits.sign_up(HOME)
    with pytest.raises(TooFast):
        limits.sign_up(HOME)
    limits.sign_up(OFFICE)


class TestTheLog:
    def test_refusals_of_one_caller_are_logged_once_a_minute(
        self, messages: Limit, log_lines: Callable[[], list[str]]
    ) -> None:
        taken(messages, HOME, "alice", 100)
        assert len(log_lines()) == 1
        assert log_lines()[0].startswith("Too many messages by 'alice': refused for ")

    def test_refused_callers_are_named_in_log(
        self, messages: Limit, log_lines: Callable[[], list[str]]
    ) -> None:
        taken(messages, HOME, "alice")
        taken(messages, HOME, "bob")
        taken(messages, HOME, "charlie")
        taken(messages, OFFICE, object())
        names = [line.partition(" by ")[2].partition(":")[0] for line in log_lines()]
        assert names == ["'alice'", "'bob'", "'10.0.0.7'", "one connection"]

    def test_many_strangers_cannot_fill_the_refusal_log(
        self, settings: Settings, log_lines: Callable[[], list[str]]
    ) -> None:
        override(settings, limit_messages=Rate(1, LONG), people_per_address=LONG)
        for number in range(2 * MAX_LOGGED_KEYS):
            taken(limits.current().messages, HOME, f"stranger{number}", 2)
        # Besides those, one line says that there are many.
        assert len([line for line in log_lines() if " by 'stranger" in line]) == MAX_LOGGED_KEYS

    def test_userid_cannot_inject_log_lines(
        self, messages: Limit, log_lines: Callable[[], list[str]]
    ) -> None:
        taken(messages, HOME, "mallory\nERROR", 5)
        assert "\n" not in log_lines()[0]


@pytest.mark.slow
@pytest.mark.django_db
class TestWithRedis:
    @pytest.fixture
    def service(self, settings: Settings) -> Iterator[Redis]:
        try:
            with Redis() as service:
                override(
                    settings,
                    redis_url=service.url,
                    limit_groups=Rate(3, LONG),
                    people_per_address=2,
                )
                yield service
        except Unavailable as reason:
            unavailable(str(reason))

    @pytest.fixture
    def processes(self, service: Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Limit]]:
        """The limit on new groups, as two processes have it."""
        results = []
        for _ in range(2):
            results.append(limits.current())
            monkeypatch.setattr(limits, "_cache", limits._LimitsCache())
        yield [ours.groups for ours in results]
        for ours in results:
            ours.close()

    def test_processes_have_it_together(self, processes: list[Limit]) -> None:
        here, there = processes
        assert taken(here, HOME, "alice", 2) == 2
        assert taken(there, HOME, "alice") == 1
        assert taken(here, HOME, "alice") == 0
        assert taken(there, HOME, "bob") + taken(here, HOME, "bob") == 3
        assert taken(here, HOME, "charlie") + taken(there, HOME, "charlie") == 0
        assert taken(there, OFFICE, "charlie") == 3

    def test_redis_outage_keeps_known_levels(self, processes: list[Limit], service: Redis) -> None:
        here, there = processes
        taken(here, HOME, "alice")
        assert taken(there, HOME, "alice") == 0
        service.stop()
        assert taken(there, HOME, "alice") == 0
        assert taken(there, HOME, "bob") == 3
        assert taken(here, OFFICE, "charlie") == 3

    def test_refund_is_visible_to_other_process(self, processes: list[Limit]) -> None:
        here, there = processes
        taken(here, HOME, "alice")
        here.charge(HOME, "alice", -2)
        assert taken(there, HOME, "alice") == 2

    def test_person_limit_is_shared_without_address(self, processes: list[Limit], service: Redis) -> None:
        here, there = processes
        for limit in (here, there, here):
            limit.take_alone("alice")
        for _ in range(2):
            with pytest.raises(TooFast):
                there.take_alone("alice")
            service.stop()
        there.take_alone("bob")

    @pytest.mark.parametrize("kind", ["messages", "bytes", "users", "logins", "queries"])
    def test_messages_do_not_wait_for_redis(self, service: Redis, kind: str) -> None:
        """Nor does the thread that writes them and creates people."""
        assert type(getattr(limits.current(), kind)) is Limit


class TestNetworks:
    """Of IPv6: half an address stands for a subscriber, and a customer may have 65,536 of them."""

    FIRST = 0x20010DB8_00010000

    @pytest.fixture(params=["connects", "logins", "users"])
    def limit(self, settings: Settings, request: pytest.FixtureRequest) -> Limit:
        """Two for an address."""
        override(settings, **{f"limit_{request.param}": Rate(1, LONG)}, people_per_address=2)
        limit: Limit = getattr(limits.current(), request.param)
        return limit

    def test_network_has_limit_of_several_addresses(self, limit: Limit) -> None:
        addresses = [str(self.FIRST + number) for number in range(ADDRESSES_PER_NETWORK + 2)]
        took = [taken(limit, address, tries=3) for address in addresses]
        assert took == [2] * ADDRESSES_PER_NETWORK + [0, 0]
        with pytest.raises(TooFast):
            limit.check(str(self.FIRST + 0xFFFF))
        assert taken(limit, str(self.FIRST + 0x10000)) == 2
        assert taken(limit, HOME) == 2

    def test_network_refusal_does_not_charge_address(self, limit: Limit) -> None:
        limit.charge(str(self.FIRST), "", 2 * ADDRESSES_PER_NETWORK)
        assert taken(limit, str(self.FIRST + 1)) == 0
        limit.charge(str(self.FIRST), "", -2 * ADDRESSES_PER_NETWORK)
        assert taken(limit, str(self.FIRST + 1)) == 2

    def test_neighbours_of_ipv4_do_not_share_one(self, limit: Limit) -> None:
        assert [taken(limit, f"10.0.0.{number}") for number in range(40)] == [2] * 40

    def test_messages_are_counted_by_person_and_address_alone(self, messages: Limit) -> None:
        addresses = [str(self.FIRST + number) for number in range(ADDRESSES_PER_NETWORK + 2)]
        assert [taken(messages, address) for address in addresses] == [6] * len(addresses)
