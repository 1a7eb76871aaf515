"""What groups tells the other apps."""

from functools import partial

from django.db import transaction
from django.dispatch import Signal

# Sent in the transaction of a change of members, when it has its place in the log, with group (Group), joined
# and left (sequences of userids), and by: the userid of who did it, None if that is not known or was the
# operator.
membership_changed = Signal()

# Sent with userid, group_id and notice_id once it is committed that the member has confirmed the notice, from
# the thread that committed it.
notice_confirmed = Signal()

# Sent with group_id once it is committed that the group shows another picture, from the thread that
# committed it.
picture_changed = Signal()

# Sent with group_id and userid in the transaction in which the person asks to join the group.
join_requested = Signal()

# Sent with group_id once it may have changed who asks to join the group, or who manages it, from the thread
# that committed it.
requests_changed = Signal()


def announce_requests(group_id: int) -> None:
    """Send `requests_changed` once it is committed."""
    transaction.on_commit(partial(requests_changed.send, sender=None, group_id=group_id))
