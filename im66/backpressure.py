"""Whether a client takes what it is sent."""

import asyncio
from collections.abc import Callable


class Backpressure:
    """A push producer in Twisted's sense, for a transport to tell how full it is.

    `on_taking` is called when the client takes more, and let go of when it is gone.
    """

    def __init__(self, on_taking: Callable[[], None] | None = None) -> None:
        self._on_taking = on_taking
        self._taking = asyncio.Event()
        self._taking.set()

    @property
    def is_taking(self) -> bool:
        """Whether what is sent now goes out, rather than pile up."""
        return self._taking.is_set()

    async def wait(self) -> None:
        """Return when the client takes more, or is gone."""
        await self._taking.wait()

    # What the transport calls.

    def pauseProducing(self) -> None:  # noqa: N802
        self._taking.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self._taking.set()
        if self._on_taking:
            self._on_taking()

    def stopProducing(self) -> None:  # noqa: N802
        self._taking.set()
        self._on_taking = None
