"""What is left to do for a command."""

from server.sockets import Rest


async def finish(rest: Rest | None) -> None:
    """Return when it is done."""
    if rest:
        await rest()
