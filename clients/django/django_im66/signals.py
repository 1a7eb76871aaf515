"""What the chat server tells the project."""

from typing import Any

from django.dispatch import Signal

# Sent for each webhook whose signature is right, once for each id. `type`: such as "message.created"; `data`:
# what docs/webhooks.md of im66 says of it; `id`: the same if the webhook comes again. If a receiver raises an
# error, the webhook comes again.
event = Signal()

_by_type: dict[str, Signal] = {}


def of(type_: str) -> Signal:
    """The signal for events of one type: `@receiver(of("message.created"))`."""
    return _by_type.setdefault(type_, Signal())


def send(type_: str, data: Any, id_: str) -> None:
    """Raises what a receiver raises."""
    for signal in (event, _by_type.get(type_)):
        if signal:
            signal.send(sender=None, type=type_, data=data, id=id_)
