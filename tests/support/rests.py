"""What is left to do for a command."""

from chat.delivery.session import Rest


async def finish(rest: Rest | None) -> None:
    """Return when it is done."""
    if rest:
        await rest()
