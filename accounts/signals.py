"""The signal by which the rest of the system learns of changes of standing."""

from django.dispatch import Signal

# Sent inside the transaction of the change, with `userid` and `change`, a standing.Change. A receiver that
# keeps an order of events returns the change's position in it.
standing_changed = Signal()
