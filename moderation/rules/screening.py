"""Applies the rules in force to what people write, where it is accepted."""

import asyncio

from accounts.limits.steps import Steps, finish
from chat.access import TEXT_NOT_ALLOWED, CommandRefused
from chat.protocol.rows import Recipient
from chat.services.screening import Verdict
from moderation.rules import registry
from moderation.rules.ruleset import BLOCK, HOLD


class Screening:
    """See `chat.services.screening.Screen`."""

    def check(self, sender: str, to: Recipient | None, content: str) -> Verdict | None:
        return finish(self.steps(sender, to, content))

    def check_link(self, to: Recipient, address: str) -> Verdict | None:
        if not registry.current.is_read:
            _read()
        found = registry.current.rules.check_link(address, to)
        if found is None:
            return None
        registry.current.count(found.rules)
        if found.effect != HOLD:
            # With stars in it, it leads nowhere.
            raise CommandRefused.because(TEXT_NOT_ALLOWED)
        return Verdict(address, is_held=True)

    def steps(self, sender: str, to: Recipient | None, content: str) -> Steps[Verdict | None]:
        if not registry.current.is_read:
            _read()
        found = yield from registry.current.rules.steps(content, to)
        if found is None:
            return None
        registry.current.count(found.rules)
        if found.effect == BLOCK:
            raise CommandRefused.because(TEXT_NOT_ALLOWED)
        return Verdict(found.text, is_held=found.effect == HOLD)


def _read() -> None:
    """Read the rules, if this is no event loop: there, nobody can write before they were read. Raises
    DatabaseError."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        registry.current.read()
