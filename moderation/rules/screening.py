"""Applies the active rules to texts when they are accepted, and, in a reader of the log, files reports about
flagged messages, so that no message waits for it."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from accounts.limits.steps import Steps, finish
from accounts.texts import ScreenVerdict, TextRefused
from chat.protocol.kinds import texts_in
from chat.readers.reader import Reader, Write
from log.rows import LogId, Recipient, Row
from moderation.reports.errors import TargetNotFound
from moderation.reports.filing import file_by_rule
from moderation.rules import registry
from moderation.rules.ruleset import BLOCK, HOLD


class Screening:
    """Implements `accounts.texts.Screen`."""

    def check(self, sender: str, to: Recipient | None, content: str) -> ScreenVerdict | None:
        return finish(self.steps(sender, to, content))

    def lets(self, to: Recipient | None, content: str) -> bool:
        if not registry.current.is_read:
            _read_rules()
        return registry.current.rules.check(content, to) is None

    def check_link(self, to: Recipient, address: str) -> ScreenVerdict | None:
        if not registry.current.is_read:
            _read_rules()
        decision = registry.current.rules.check_link(address, to)
        if decision is None:
            return None
        registry.current.count(decision.rules)
        if decision.effect != HOLD:
            # A masked URL would lead nowhere.
            raise TextRefused
        return ScreenVerdict(address, is_held=True)

    def steps(self, sender: str, to: Recipient | None, content: str) -> Steps[ScreenVerdict | None]:
        if not registry.current.is_read:
            _read_rules()
        decision = yield from registry.current.rules.steps(content, to)
        if decision is None:
            return None
        registry.current.count(decision.rules)
        if decision.effect == BLOCK:
            raise TextRefused
        return ScreenVerdict(decision.text, is_held=decision.effect == HOLD)


def _read_rules() -> None:
    """Read the rules, except in an event loop, which reads them before it accepts logins. Raises
    DatabaseError."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        registry.current.read()


class Flags(Reader):
    """Reports flagged messages, before the cursor moves: at least once, even if the process fails. A rule's
    repeated report of a message changes nothing."""

    name = "rules"

    def prepare(self, rows: Sequence[Row]) -> Write:
        if not registry.current.is_read:
            registry.current.read()
        for row, text in texts_in(rows):
            rules = registry.current.rules.flags(text, row.to)
            registry.current.count(rules)
            for rule in rules:
                _file_report(rule, row.shows)
        return _write_nothing


def _file_report(rule: int, message: LogId) -> None:
    with suppress(TargetNotFound):  # the message was erased meanwhile
        file_by_rule(rule, message)


def _write_nothing() -> None:
    """Do nothing: the reports have been written already."""
