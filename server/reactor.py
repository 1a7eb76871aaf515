"""Twisted's reactor on uvloop's event loop."""

import logging

from twisted.internet import asyncioreactor

logger = logging.getLogger(__name__)


def install() -> None:
    """Call this before anything is imported that uses a reactor. Where there is no wheel of uvloop (Windows,
    PyPy), daphne.server installs the reactor on asyncio's own loop."""
    try:
        import uvloop
    except ImportError:
        logger.warning("uvloop is not installed: serving on asyncio's event loop, which is slower.")
        return
    asyncioreactor.install(uvloop.new_event_loop())  # type: ignore[no-untyped-call]
