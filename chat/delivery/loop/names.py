"""A cache of the names and pictures of people and groups, for the extensions of their messages."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import NamedTuple

from accounts.selectors import Named
from chat.delivery.loop.batcher import Batcher
from chat.naming import extension_keys, naming_of
from chat.protocol.extensions import Naming, filled
from log.rows import MembershipNotice, Nameable, Notice, Recipient

# How long a name, and a naming made of names, may be used. A change that no notice announced to this process
# takes effect after the sum of both at most.
FRESH_SECONDS = 55.0
FRESH_NAMING_SECONDS = 5.0
# How many people and groups are remembered, and how many namings.
MAX_CACHED_NAMES = 10_000


class _CachedNaming(NamedTuple):
    """`until`: the time until which the naming is fresh. `changes`: the number of changes before it was made.
    `extension`: the one for messages that have none of their own."""

    until: float
    changes: int
    naming: Naming
    extension: str


class Names:
    """Reads names when they are needed, and caches them for a while. `read_all` is `naming.read_names`."""

    def __init__(
        self,
        read_all: Callable[[Collection[Nameable]], Awaitable[Mapping[Nameable, Named | None]]],
        clock: Callable[[], float],
    ) -> None:
        self._names: Batcher[Nameable, Named | None] = Batcher(read_all)
        self._clock = clock
        self._known: OrderedDict[Nameable, tuple[float, Named | None]] = OrderedDict()
        # Some clients need one for each message, so whole namings are cached.
        self._namings: OrderedDict[tuple[str, Recipient, str], _CachedNaming] = OrderedDict()
        self._changes = 0

    async def naming(self, sender: str, to: Recipient, base_url: str) -> Naming:
        """Return the names and pictures for the extension of a message. `base_url`: the address that the
        sender's client used, as `http://host:port`. Raises DatabaseError."""
        key = (sender, to, base_url)
        cached = self._fresh_naming(key)
        if cached is None:
            # The names in it may already be old, so it is cached for a shorter time than they are.
            until, changes = self._clock() + FRESH_NAMING_SECONDS, self._changes
            naming = await self._make_naming(*key)
            cached = self._namings[key] = _CachedNaming(until, changes, naming, filled("", naming))
            self._namings.move_to_end(key)
            if len(self._namings) > MAX_CACHED_NAMES:
                self._namings.popitem(last=False)
        return cached.naming

    def cached_extension(self, sender: str, to: Recipient, base_url: str) -> str | None:
        """Return the extension of a message that has none of its own; None if `naming` would have to read
        names from the database."""
        cached = self._fresh_naming((sender, to, base_url))
        return cached.extension if cached else None

    async def name_of_person(self, userid: str) -> Named:
        """Return the person's name and picture. Raises DatabaseError."""
        return await self._get_name(userid) or Named(userid, "")

    def invalidate(self, changed: Collection[Nameable]) -> None:
        """Forget the names and pictures of these, which have changed: the next message has the new ones."""
        self._changes += 1
        for key in changed:
            self._known.pop(key, None)

    def on_notice(self, notice: Notice) -> None:
        """Forget the names that the notice changes: of its group, or of members there."""
        if not isinstance(notice, MembershipNotice):
            nicknames = notice.changed.get("nicknames", ())
            self.invalidate([notice.group, *((userid, notice.group) for userid in nicknames)])
        elif notice.left:
            self.invalidate([(userid, notice.group) for userid in notice.left])

    def _fresh_naming(self, key: tuple[str, Recipient, str]) -> _CachedNaming | None:
        cached = self._namings.get(key)
        is_fresh = cached and cached.until > self._clock() and cached.changes == self._changes
        return cached if is_fresh else None

    async def _make_naming(self, sender: str, to: Recipient, base_url: str) -> Naming:
        keys = extension_keys(sender, to)
        names = dict(zip(keys, await asyncio.gather(*map(self._get_name, keys)), strict=True))
        return naming_of(sender, to, names, base_url)

    async def _get_name(self, key: Nameable) -> Named | None:
        until, named = self._known.get(key, (0.0, None))
        if self._clock() < until:
            return named
        changes = self._changes
        named = await self._names.load(key)
        if changes == self._changes:  # otherwise the name may have been read before the change
            self._known[key] = (self._clock() + FRESH_SECONDS, named)
            self._known.move_to_end(key)
            if len(self._known) > MAX_CACHED_NAMES:
                self._known.popitem(last=False)
        return named
