"""The names and pictures of people and groups, for the extensions of their messages."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import NamedTuple

from accounts.selectors import Named
from chat.delivery.loop.batcher import Batcher
from chat.naming import named_in, naming_of
from chat.protocol.extensions import Naming, filled
from log.rows import MembershipNotice, Nameable, Notice, Recipient

# A change of which nobody has told this process is seen after the sum of these at most.
FRESH_SECONDS = 55.0
FRESH_NAMING_SECONDS = 5.0
# How many people and groups are remembered.
REMEMBERED = 10_000


class _Made(NamedTuple):
    """A naming, until when it is fresh, after how many changes of names it was made, and the extension of a
    message that has none of its own."""

    until: float
    changes: int
    naming: Naming
    extension: str


class Names:
    """Reads names when they are needed, and remembers them for a while. `read_all` is `naming.read_names`."""

    def __init__(
        self,
        read_all: Callable[[Collection[Nameable]], Awaitable[Mapping[Nameable, Named | None]]],
        clock: Callable[[], float],
    ) -> None:
        self._names: Batcher[Nameable, Named | None] = Batcher(read_all)
        self._clock = clock
        self._known: OrderedDict[Nameable, tuple[float, Named | None]] = OrderedDict()
        # Made for each message of some clients, and so kept whole.
        self._namings: OrderedDict[tuple[str, Recipient, str], _Made] = OrderedDict()
        self._changes = 0

    async def naming(self, sender: str, to: Recipient, base_url: str) -> Naming:
        """What the extension of a message says. `base_url`: the address that the sender's client used, as
        `http://host:port`. Raises DatabaseError."""
        key = (sender, to, base_url)
        made = self._fresh(key)
        if made is None:
            # A name in it may be older already, so it is kept for a shorter time than those.
            until, changes = self._clock() + FRESH_NAMING_SECONDS, self._changes
            naming = await self._make(*key)
            made = self._namings[key] = _Made(until, changes, naming, filled("", naming))
            self._namings.move_to_end(key)
            if len(self._namings) > REMEMBERED:
                self._namings.popitem(last=False)
        return made.naming

    def extension(self, sender: str, to: Recipient, base_url: str) -> str | None:
        """The extension of a message that has none of its own; None if `naming` has to read something."""
        made = self._fresh((sender, to, base_url))
        return made.extension if made else None

    async def of_person(self, userid: str) -> Named:
        """Raises DatabaseError."""
        return await self._get(userid) or Named(userid, "")

    def forget(self, changed: Collection[Nameable]) -> None:
        """Their names or pictures have changed: the next message has the new ones."""
        self._changes += 1
        for key in changed:
            self._known.pop(key, None)

    def on_notice(self, notice: Notice) -> None:
        """The same of what a notice says of a group and its members."""
        if not isinstance(notice, MembershipNotice):
            nicknames = notice.changed.get("nicknames", ())
            self.forget([notice.group, *((userid, notice.group) for userid in nicknames)])
        elif notice.left:
            self.forget([(userid, notice.group) for userid in notice.left])

    def _fresh(self, key: tuple[str, Recipient, str]) -> _Made | None:
        made = self._namings.get(key)
        is_fresh = made and made.until > self._clock() and made.changes == self._changes
        return made if is_fresh else None

    async def _make(self, sender: str, to: Recipient, base_url: str) -> Naming:
        keys = named_in(sender, to)
        names = dict(zip(keys, await asyncio.gather(*map(self._get, keys)), strict=True))
        return naming_of(sender, to, names, base_url)

    async def _get(self, key: Nameable) -> Named | None:
        until, named = self._known.get(key, (0.0, None))
        if self._clock() < until:
            return named
        changes = self._changes
        named = await self._names.ask(key)
        if changes == self._changes:  # else what was read may be older than the change
            self._known[key] = (self._clock() + FRESH_SECONDS, named)
            self._known.move_to_end(key)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return named
