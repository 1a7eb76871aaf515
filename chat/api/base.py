"""The base class of the API views of messages, and the lookup of conversations."""

from functools import partial
from typing import Any

from django.db import transaction

from accounts import refusals
from accounts.api.base import ApiView
from accounts.api.errors import ApiError, not_found
from accounts.authentication.proofs import Scope
from accounts.codes import Name
from accounts.names.userids import is_userid
from chat.failures import CommandRefused
from chat.signals import conversation_changed, private_read
from groups.groupids import is_group_id
from log.rows import Recipient


def parse_peer(name: str) -> Recipient | None:
    """Return the person or the group of a conversation id, `u:<userid>` or `g:<groupid>`; None if the id is
    malformed."""
    kind, _, id_ = name.partition(":")
    if kind == "u" and is_userid(id_):
        return id_
    return int(id_) if kind == "g" and is_group_id(id_) else None


def no_such_conversation() -> ApiError:
    return not_found("There is no such conversation.")


class ChatView(ApiView):
    scope = Scope.MESSAGES

    def log_private_read(self, peer: Recipient | None) -> None:
        """Send `private_read` if a backend reads messages of the conversation with `peer`, or of all if None.
        Call this before the messages are returned."""
        if self.key and not isinstance(peer, int):
            arguments = {"key": self.key, "address": self.address, "userid": self.userid, "peer": peer or ""}
            private_read.send(sender=type(self), **arguments)

    def notify_own_devices(self, peer: Recipient, **changed: Any) -> None:
        """Notify the person's devices on commit that these settings of the conversation have changed."""
        arguments = {"userid": self.userid, "peer": peer, "changed": changed}
        transaction.on_commit(partial(conversation_changed.send, sender=type(self), **arguments))

    def log_refusal(self, failed: Exception) -> None:
        super().log_refusal(failed)
        if isinstance(failed, CommandRefused) and failed.name.status == Name.NOT_ALLOWED.status:
            refusals.log_refusal(self.route, self.by or "", self.address, str(failed))


def peer_or_404(name: str) -> Recipient:
    """Return the person or the group of a conversation id. Raise ApiError if the id is malformed."""
    peer = parse_peer(name)
    if peer is None:
        raise no_such_conversation()
    return peer
