"""The signal by which the rest of the system learns of changes of standing."""

from django.dispatch import Signal

# Sent inside the transaction of the change, with `userid` and `change`, a standing.Change.
standing_changed = Signal()
