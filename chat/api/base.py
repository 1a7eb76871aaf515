"""What the calls about messages have in common."""

from accounts import refusals
from accounts.api.base import ApiView
from accounts.api.errors import ApiError
from accounts.authentication.proofs import Scope
from chat.access import CommandRefused
from chat.api.failures import as_error
from chat.api.names import no_such_conversation, peer_of
from chat.protocol.replies import Code
from chat.protocol.rows import Recipient
from chat.signals import private_read


class ChatView(ApiView):
    scope = Scope.MESSAGES

    def tell_reading(self, peer: Recipient | None) -> None:
        """Call it before the person is given messages of the conversation with `peer`; None: of all."""
        if self.key and not isinstance(peer, int):
            told = {"key": self.key, "address": self.address, "userid": self.userid, "peer": peer or ""}
            private_read.send(sender=type(self), **told)

    def as_error(self, failed: Exception) -> ApiError | None:
        return as_error(failed)

    def log_refusal(self, failed: Exception) -> None:
        super().log_refusal(failed)
        if isinstance(failed, CommandRefused) and failed.failure.code is Code.NOT_ALLOWED:
            refusals.tell(self.route, self.by or "", self.address, failed.failure.reason)


def peer_named(name: str) -> Recipient:
    """Raises ApiError for what is no conversation's name."""
    peer = peer_of(name)
    if peer is None:
        raise no_such_conversation()
    return peer
