"""What groups tells the other apps."""

from typing import NamedTuple

from django.dispatch import Signal


class Place(NamedTuple):
    """A change's position in an order of events: `id`. `last_id`: the last event of the same group before it,
    0 if there is none."""

    id: int
    last_id: int


# Sent in the transaction of the change, with group (Group), joined and left (lists of userids). A receiver
# that keeps an order of events returns the change's Place in it; membership periods begin and end there.
# Without such a receiver, nothing is changed.
membership_changed = Signal()
