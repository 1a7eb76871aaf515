"""The names and pictures of people and groups, for the extensions of their messages."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import NamedTuple

from accounts.selectors import Named
from chat.delivery.loop.batcher import Batcher
from chat.naming import naming_of
from chat.protocol.extensions import Naming, filled
from chat.protocol.rows import Recipient

# A change of a name is seen after the sum of these at most.
FRESH_SECONDS = 55.0
FRESH_NAMING_SECONDS = 5.0
# How many people and groups are remembered.
REMEMBERED = 10_000


class _Made(NamedTuple):
    """A naming, until when it is fresh, and the extension of a message that has none of its own."""

    until: float
    naming: Naming
    extension: str


class Names:
    """Reads names when they are needed, and remembers them for a while. `read_all` is `naming.read_names`."""

    def __init__(
        self,
        read_all: Callable[[Collection[Recipient]], Awaitable[Mapping[Recipient, Named | None]]],
        clock: Callable[[], float],
    ) -> None:
        self._names: Batcher[Recipient, Named | None] = Batcher(read_all)
        self._clock = clock
        self._known: OrderedDict[Recipient, tuple[float, Named | None]] = OrderedDict()
        # Made for each message of some clients, and so kept whole.
        self._namings: OrderedDict[tuple[str, Recipient, str], _Made] = OrderedDict()

    async def naming(self, sender: str, to: Recipient, base_url: str) -> Naming:
        """What the extension of a message says. `base_url`: the address that the sender's client used, as
        `http://host:port`. Raises DatabaseError."""
        key = (sender, to, base_url)
        found = self._fresh(key)
        if found is None:
            # A name in it may be older already, so it is kept for a shorter time than those.
            until = self._clock() + FRESH_NAMING_SECONDS
            naming = await self._make(*key)
            found = self._namings[key] = _Made(until, naming, filled("", naming))
            self._namings.move_to_end(key)
            if len(self._namings) > REMEMBERED:
                self._namings.popitem(last=False)
        return found.naming

    def extension(self, sender: str, to: Recipient, base_url: str) -> str | None:
        """The extension of a message that has none of its own; None if `naming` has to read something."""
        found = self._fresh((sender, to, base_url))
        return found.extension if found else None

    def _fresh(self, key: tuple[str, Recipient, str]) -> _Made | None:
        found = self._namings.get(key)
        return found if found and found.until > self._clock() else None

    async def _make(self, sender: str, to: Recipient, base_url: str) -> Naming:
        person = await self.of_person(sender)
        group = await self._get(to) if isinstance(to, int) else None
        return naming_of(sender, person, to, group, base_url)

    async def of_person(self, userid: str) -> Named:
        """Raises DatabaseError."""
        return await self._get(userid) or Named(userid, "")

    async def _get(self, key: Recipient) -> Named | None:
        until, named = self._known.get(key, (0.0, None))
        if self._clock() < until:
            return named
        named = await self._names.ask(key)
        self._known[key] = (self._clock() + FRESH_SECONDS, named)
        self._known.move_to_end(key)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return named
