"""What groups tells the rest of the system."""

from typing import NamedTuple

from django.dispatch import Signal


class Place(NamedTuple):
    """Where a change stands in an order of events: `id`. `last_id`: the last event of the same group before
    it, 0 if there is none."""

    id: int
    last_id: int


# Sent in the transaction of the change, with group (Group), joined and left (lists of userids). A receiver
# that keeps an order of events returns the change's Place in it; the stays begin and end there. Without one,
# nothing is changed.
membership_changed = Signal()
