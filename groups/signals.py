"""What groups tells the other apps."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from django.dispatch import Signal


class LogPosition(NamedTuple):
    """A change's position in an order of events: `id`. `last_id`: the last event of the same group before it,
    0 if there is none. `joined_since`: who joined any group between `since` (see `membership_changed`) and
    here. `refused_since`: as `refusals_wanted`, if people may have said meanwhile who reaches them."""

    id: int
    last_id: int
    joined_since: frozenset[str]
    refused_since: Mapping[str, Exception] = MappingProxyType({})


# Sent in the transaction of a change of membership, before it, with group (Group). A receiver that keeps an
# order of events returns the last position in it so far. Without such a receiver, nothing is changed.
position_wanted = Signal()

# Sent before people are put into a group, with inviting: those who put them in, userids, and group_id: None
# if it is a new one or is not known yet. A receiver that knows who may reach people returns, for those of the
# userids who may not be put in, the error that says so. It may raise Forbidden and TooManyBots.
refusals_wanted = Signal()

# Sent with userid and others (userids). A receiver that knows whom people know returns those of the others
# whom this one knows by an act of their own.
acquaintances_wanted = Signal()

# Sent with stays: a list of Stay. A receiver that knows what people do returns the ids of those stays in
# which the person has written or read something, as a set.
accepted_wanted = Signal()

# Sent in the transaction of the change, with group (Group), joined and left (lists of userids), by: the
# userid of who did it, None if that is not known or was the operator, inviting: see refusals_wanted, and
# since: a position that was returned before. A receiver that keeps an order of events returns the change's
# LogPosition in it; membership periods end there, and begin there or, in a new group, before it. Nobody else
# can change memberships from then on until the transaction ends. Without such a receiver, nothing is changed.
membership_changed = Signal()

# Sent before a member gives a group a text that others read, outside of a transaction, with by: the userid,
# group_id: 0 for a new one, kind: `name`, `notice` or `nickname`, text, which is not empty, and
# takes(text): whether another one could be stored. A receiver that knows rules for texts returns what is
# stored in its place, or raises NotAllowed or NotChecked.
text_given = Signal()

# Sent in the transaction in which a member confirms a notice, with userid, group_id, and notice_id.
notice_confirmed = Signal()

# Sent with group_id once it is committed that the group shows another picture, from the thread that
# committed it.
picture_shown = Signal()

# Sent in the transaction of the change, with group (Group), by (as above), and changed: what has another
# value now, and that value. `name`, `notice`: a text. By its name, what `log.group_choices` has. `picture`:
# whether the group has a picture of its own. `nicknames`: a list of members who are called something else
# there. `roles`: the role of each member who has another one. `dissolved`: true; its members leave after it.
# `restored`: true; they have come back. `muted`: whether only owners and admins write. `slow`: a member may
# write once in so many seconds, 0 for as often as elsewhere. A receiver that keeps an order of events returns
# the change's position in it.
group_changed = Signal()
