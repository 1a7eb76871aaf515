"""Whether people are told how far others have read what they wrote."""

from django.conf import settings

from chat.pairs import blocked_among
from chat.protocol.rows import Recipient


def are_told(userid: str, peer: Recipient) -> bool:
    """Whether the other person of a conversation is told what the person has read in it: not in groups, and
    not if one of the two has blocked the other."""
    if not settings.IM66.read_receipts or isinstance(peer, int) or peer == userid:
        return False
    both = (userid, peer)
    return not blocked_among(both, both)
