"""Whether people are told how far others have read what they wrote."""

from django.conf import settings

from chat.models import HeldMessage
from chat.pairs import blocked_among
from chat.protocol.rows import LogId, Recipient


def are_told(userid: str, peer: Recipient, upto: LogId) -> bool:
    """Whether the other person of a conversation is told that the person has read up to this id in it: not in
    groups, not if one of the two has blocked the other, and not if that is a text of the person which waits
    for a moderator."""
    if not settings.IM66.read_receipts or isinstance(peer, int) or peer == userid:
        return False
    both = (userid, peer)
    if blocked_among(both, both):
        return False
    return not HeldMessage.objects.filter(pk=upto, sender=userid).exists()
