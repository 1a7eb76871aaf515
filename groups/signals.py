"""What groups tells the other apps."""

from typing import NamedTuple

from django.dispatch import Signal


class Place(NamedTuple):
    """A change's position in an order of events: `id`. `last_id`: the last event of the same group before it,
    0 if there is none."""

    id: int
    last_id: int


# Sent in the transaction of the change, with group (Group), joined and left (lists of userids), and by: the
# userid of who did it, None if that is not known or was the operator. A receiver that keeps an order of
# events returns the change's Place in it; membership periods begin and end there. Without such a receiver,
# nothing is changed.
membership_changed = Signal()

# Sent in the transaction of the change, with group (Group), by (as above), and changed: what has another
# value now, and that value. `name`, `notice`: a text. `roles`: the role of each member who has another one.
# `dissolved`: true; its members leave after it. `restored`: true; they have come back. `muted`: whether only
# owners and admins write. `slow`: a member may write once in so many seconds, 0 for as often as elsewhere. A
# receiver that keeps an order of events returns the change's position in it.
group_changed = Signal()
