"""The rules that are in force in a process, and how often each was applied."""

from functools import partial

import pytest
from django.db import OperationalError

from chat.delivery import runtime
from log.models import Group
from moderation.models import Rule
from moderation.rules import registry
from moderation.rules.registry import Registry
from moderation.rules.service import add_rules, switch_rules
from tests.support.moderators import MODERATOR, REASON
from tests.support.stage import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def current(monkeypatch: pytest.MonkeyPatch) -> Registry:
    mine = Registry()
    monkeypatch.setattr(registry, "current", mine)
    return mine


def in_force() -> bool:
    return registry.current.rules.check("spam", "bob") is not None


def test_rule_is_active_after_reading(current: Registry, group: Group) -> None:
    add_rules(MODERATOR, ["spam"], REASON)
    assert not in_force()
    current.read()
    assert in_force()
    assert current.is_read


@pytest.fixture
def spam_is_blocked(group: Group) -> None:
    # Not from a thread of the test, whose connection would stay open.
    add_rules(MODERATOR, ["spam"], REASON)


async def test_rules_are_in_force_before_login(spam_is_blocked: None) -> None:
    await runtime.current()
    assert in_force()
    await runtime.close_current()


async def test_rule_changes_are_active_immediately(group: Group) -> None:
    run = await runtime.current()
    await until(lambda: registry.current.is_read)
    rules = await run.threads.write(partial(add_rules, MODERATOR, ["spam"], REASON))
    await until(in_force)
    off = partial(switch_rules, MODERATOR, [rules[0].pk], REASON, is_active=False)
    await run.threads.write(off)
    await until(lambda: not in_force())
    await runtime.close_current()


async def test_last_rules_stay_active_during_database_outage(
    group: Group, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(registry, "RETRY_SECONDS", 0.01)
    run = await runtime.current()
    await run.threads.write(partial(add_rules, MODERATOR, ["spam"], REASON))
    await until(in_force)
    specs = registry.active_specs

    def fail() -> None:
        raise OperationalError("away")

    monkeypatch.setattr(registry, "active_specs", fail)
    await run.threads.write(partial(add_rules, MODERATOR, ["ham"], REASON))
    await until(lambda: caplog.text.count("could not be read, and will be again: away") > 1)
    assert in_force()
    monkeypatch.setattr(registry, "active_specs", specs)
    await until(lambda: len(registry.current.rules) == 2)
    await runtime.close_current()


def test_unusable_rule_is_skipped(current: Registry, group: Group, caplog: pytest.LogCaptureFixture) -> None:
    add_rules(MODERATOR, ["spam", "ham"], REASON)
    Rule.objects.filter(pattern="ham").update(match="re2", pattern="(")
    current.read()
    assert in_force()
    assert "is left out: Not an expression of RE2" in caplog.text


async def test_rule_hits_are_written(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "HITS_SECONDS", 0.01)
    run = await runtime.current()
    (rule,) = await run.threads.write(partial(add_rules, MODERATOR, ["spam"], REASON))
    registry.current.count([rule.pk])
    registry.current.count([rule.pk])

    await until(lambda: not registry.current.has_hits)
    await run.threads.mark(rule.refresh_from_db)
    assert rule.hits == 2
    assert rule.last_hit_at is not None
    await runtime.close_current()


def test_rule_hits_are_kept_after_failed_write(
    current: Registry, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    (rule,) = add_rules(MODERATOR, ["spam"], REASON)
    current.count([rule.pk])
    with monkeypatch.context() as broken:
        broken.setattr(registry, "_add_hits", lambda hits: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            current.write_hits()
    current.write_hits()
    rule.refresh_from_db()
    assert rule.hits == 1
    assert not current.has_hits
