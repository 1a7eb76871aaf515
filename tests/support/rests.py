"""Finishes the remaining work of a command."""

from server.sockets import Rest


async def finish(rest: Rest | None) -> None:
    """Wait until the remaining work is done."""
    if rest:
        await rest()
